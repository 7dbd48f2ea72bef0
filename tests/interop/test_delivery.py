"""Each client delivers in the clear, with STARTTLS, with implicit TLS, and over a UNIX socket."""

from __future__ import annotations

import pytest
from interop.table import CLIENTS, clients_that

from mailsink.policy import Policy

TRANSPORTS = ("none", "starttls", "implicit")


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_mail_arrives_as_its_client_is_documented_to_send_it(client, tls, sink, order):
    client.need()
    delivery = order(tls)

    report = client.deliver(delivery)

    assert report.delivered, report.said
    message = sink.inbox.expect(count=1)[0]
    assert message.content == client.changes(delivery.content)
    assert message.envelope.reverse_path == "shop@example.com"
    assert message.envelope.forward_paths == ("ada@example.org", "audit@example.org")
    assert message.bcc == ("audit@example.org",)
    assert message.notes == ()


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_in_the_clear_a_mail_has_neither_tls_nor_auth(client, sink, order):
    client.need()

    report = client.deliver(order())

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert (message.tls, message.auth) == (None, None)
    assert message.greeting == "client.example.org"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_an_encrypted_mail_says_how(client, tls, sink, order):
    client.need()

    report = client.deliver(order(tls))

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.tls.mode == tls
    assert message.tls.version == "TLSv1.3"
    assert message.tls.cipher.startswith("TLS_")
    assert message.tls.server_name == "localhost"
    assert message.tls.client_certificate == ""


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_session_says_how_it_ended(no_failure, client, tls, order, session):
    client.need()

    report = client.deliver(order(tls))

    assert report.delivered, report.said
    assert session().end == client.end


@pytest.mark.parametrize("client", clients_that("unix"), ids=str)
def test_a_mail_arrives_by_a_unix_socket(client, sink, order, tmp_path):
    client.need()
    delivery = order(at=f"unix:{tmp_path}/smtp")

    report = client.deliver(delivery)

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.content == client.changes(delivery.content)
    assert str(message.peer) == "unix socket"


@pytest.mark.parametrize("at", ["127.0.0.1", "unix:"])
@pytest.mark.parametrize("client", clients_that("lmtp"), ids=str)
def test_a_mail_arrives_by_lmtp(client, at, sink, order, tmp_path):
    client.need()
    where = f"unix:{tmp_path}/lmtp" if at == "unix:" else at
    delivery = order(at=where, policy=Policy(lmtp=True), lmtp=True, recipients=("ada@example.org",))

    report = client.deliver(delivery)

    assert report.delivered, report.said
    assert sink.inbox.expect().content == client.changes(delivery.content)


@pytest.mark.parametrize("client", clients_that("lmtp-many"), ids=str)
def test_lmtp_answers_for_every_recipient(client, sink, order):
    client.need()

    report = client.deliver(order(policy=Policy(lmtp=True), lmtp=True))

    assert report.delivered, report.said
    assert sink.inbox.expect().envelope.forward_paths == ("ada@example.org", "audit@example.org")
