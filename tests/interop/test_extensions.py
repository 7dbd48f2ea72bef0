"""Each client uses the extensions that it knows, and what it says is kept."""

from __future__ import annotations

from collections import Counter

import pytest
from interop.clients import msmtp, nodemailer, swaks
from interop.delivery import CONTENT, Dsn
from interop.table import CLIENTS, client, clients_that

from mailsink.model import Parameter, Peer
from mailsink.policy import Policy

EIGHT_BIT = CONTENT.replace(b"From here", "Von hier, schöne Grüße".encode())
DSN = {"RET": "HDRS", "ENVID": "Order-1", "NOTIFY": "SUCCESS,DELAY", "ORCPT": "rfc822;Ada@example.org"}


@pytest.mark.parametrize("client", [client for client in CLIENTS if client.dsn], ids=str)
def test_what_is_asked_for_by_dsn_is_kept(client, sink, order):
    client.need()

    report = client.deliver(order(dsn=Dsn(), recipients=("ada@example.org",)))

    assert report.delivered, report.said
    envelope = sink.inbox.expect().envelope
    said = {p.keyword: p.value for p in (*envelope.parameters, *envelope.recipients[0].parameters)}
    assert {name: said.get(name) for name in client.dsn} == {name: DSN[name] for name in client.dsn}


@pytest.mark.parametrize("client", clients_that("8bitmime"), ids=str)
def test_content_of_8_bits_is_announced_and_kept(client, sink, order):
    client.need()

    report = client.deliver(order(content=EIGHT_BIT, eight_bit=True))

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.envelope.body == "8BITMIME"
    assert message.content == EIGHT_BIT


@pytest.mark.parametrize("client", clients_that("smtputf8"), ids=str)
def test_addresses_beyond_ascii_are_kept(client, sink, order):
    client.need()

    report = client.deliver(order(utf8=True, sender="läden@example.com", recipients=("grüße@example.org",)))

    assert report.delivered, report.said
    envelope = sink.inbox.expect().envelope
    assert envelope.smtputf8
    assert envelope.reverse_path == "läden@example.com"
    assert envelope.forward_paths == ("grüße@example.org",)


@pytest.mark.parametrize("client", clients_that("requiretls"), ids=str)
def test_a_wish_for_tls_all_the_way_is_kept(client, sink, order):
    client.need()

    report = client.deliver(order("starttls", require_tls=True))

    assert report.delivered, report.said
    assert Parameter("REQUIRETLS") in sink.inbox.expect().envelope.parameters


@pytest.mark.parametrize("client", clients_that("chunking"), ids=str)
def test_binary_content_comes_in_chunks(client, sink, order):
    client.need()
    content = EIGHT_BIT + bytes(range(256)) + b"\n.\n\r.\r"

    report = client.deliver(order(content=content, chunked=True))

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.envelope.body == "BINARYMIME"
    assert message.content == content


def test_swaks_pipelines_and_gets_its_replies_in_order(sink, order):
    client("swaks").need()

    report = swaks.deliver(order(), "--pipeline", "--hide-informational")

    assert report.delivered, report.said
    said = [line[:8] for line in report.said.splitlines()]
    begin = said.index(" -> MAIL")
    assert said[begin : begin + 4] == [" -> MAIL", " -> RCPT", " -> RCPT", " -> DATA"]
    assert said[begin + 4 : begin + 8] == ["<-  250 ", "<-  250 ", "<-  250 ", "<-  354 "]
    sink.inbox.expect()


def test_msmtp_pipelines_and_gets_its_replies_in_order(sink, order):
    client("msmtp").need()

    report = msmtp.deliver(order(), "--debug")

    assert report.delivered, report.said
    said = [line[:8] for line in report.said.splitlines()]
    begin = said.index("--> MAIL")
    assert said[begin : begin + 4] == ["--> MAIL", "--> RCPT", "--> RCPT", "--> DATA"]
    sink.inbox.expect()


def test_nodemailer_sends_many_mails_over_few_connections(sink, order):
    client("Nodemailer").need()
    delivery = order("implicit", mechanism="PLAIN")

    report = nodemailer.deliver(
        delivery, copies=30, pool={"pool": True, "maxConnections": 3, "maxMessages": 10}
    )

    assert report.delivered, report.said
    messages = sink.inbox.expect(count=30)
    assert all(message.auth.user == "ada" for message in messages)
    carried = Counter(message.session_id for message in messages)
    assert max(carried.values()) <= 10
    assert len(carried) <= 6


def test_swaks_says_by_xclient_who_its_own_client_is(sink, order):
    client("swaks").need()
    delivery = order(policy=Policy(xclient=True))

    report = swaks.deliver(delivery, "--xclient-addr", "192.0.2.7", "--xclient-port", "4711")

    assert report.delivered, report.said
    assert sink.inbox.expect().peer == Peer("192.0.2.7", 4711)


@pytest.mark.parametrize("version", ["1", "2"])
def test_swaks_says_by_proxy_whose_connection_it_is(version, sink, order):
    client("swaks").need()
    options = ["--proxy-version", version, "--proxy-family", "AF_INET" if version == "2" else "TCP4"]
    options += ["--proxy-source", "192.0.2.7", "--proxy-source-port", "4711"]
    options += ["--proxy-dest", "192.0.2.8", "--proxy-dest-port", "25"]
    if version == "2":
        options += ["--proxy-protocol", "STREAM"]

    report = swaks.deliver(order(policy=Policy(proxy=True)), *options)

    assert report.delivered, report.said
    assert sink.inbox.expect().peer == Peer("192.0.2.7", 4711)
