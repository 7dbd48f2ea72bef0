"""Each client authenticates by every mechanism that it has, with each kind of transport."""

from __future__ import annotations

import dataclasses
from base64 import b64encode

import pytest
from interop.table import MECHANISMS

from mailsink.model import Auth

TRANSPORTS = ("none", "starttls", "implicit")
# It needs TLS and a certificate, and has no password: see below.
WITH_PASSWORD = [pair for pair in MECHANISMS if pair[1] not in ("EXTERNAL", "ANONYMOUS")]
EXTERNAL = [client for client, mechanism in MECHANISMS if mechanism == "EXTERNAL"]
ANONYMOUS = [client for client, mechanism in MECHANISMS if mechanism == "ANONYMOUS"]


@pytest.fixture
def login(order, policy):
    """Makes a delivery that authenticates, to a server that offers what makes the client use *mechanism*."""

    def make(client, mechanism, tls, **words):
        offered = (mechanism,) if mechanism in client.last_resort else policy.mechanisms
        return order(
            tls, policy=dataclasses.replace(policy, mechanisms=offered), mechanism=mechanism, **words
        )

    return make


def named(value):
    return value.name if hasattr(value, "name") else value


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize(("client", "mechanism"), WITH_PASSWORD, ids=named)
def test_the_right_password_lets_in(client, mechanism, tls, sink, login):
    client.need()
    delivery = login(client, mechanism, tls)

    report = client.deliver(delivery)

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.auth == Auth(mechanism, "ada")
    assert (message.tls.mode if message.tls else "none") == tls
    assert message.content == client.changes(delivery.content)


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize(("client", "mechanism"), WITH_PASSWORD, ids=named)
def test_a_wrong_password_keeps_out(client, mechanism, tls, sink, login, session):
    client.need()

    report = client.deliver(login(client, mechanism, tls, password="wr0ng"))

    assert not report.delivered
    ended = session()
    said = [entry.text for entry in ended.transcript]
    assert ended.auth is None
    assert any(line.startswith(f"ada failed to authenticate by {mechanism}") for line in said)
    assert sink.inbox.counts().total == 0


@pytest.mark.parametrize(("client", "mechanism"), WITH_PASSWORD, ids=named)
def test_the_transcript_keeps_no_password(client, mechanism, login, session):
    client.need()

    client.deliver(login(client, mechanism, "none"))

    said = "\n".join(entry.text for entry in session().transcript)
    assert "s3cret" not in said
    for known in (b"s3cret", b"\0ada\0s3cret", b"user=ada\x01auth=Bearer s3cret\x01\x01"):
        assert b64encode(known).decode().rstrip("=") not in said


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("client", EXTERNAL, ids=str)
def test_a_client_certificate_lets_in_by_external(client, tls, sink, order, tmp_path):
    client.need()
    certificate = sink.certificates.issue("ada", directory=tmp_path)

    report = client.deliver(order(tls, mechanism="EXTERNAL", certificate=certificate))

    assert report.delivered, report.said
    message = sink.inbox.expect()
    assert message.auth == Auth("EXTERNAL", "ada")
    assert message.tls.client_certificate == "ada"


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", EXTERNAL, ids=str)
def test_without_a_client_certificate_there_is_no_external(client, tls, sink, order):
    client.need()

    report = client.deliver(order(tls, mechanism="EXTERNAL"))

    assert not report.delivered
    assert sink.inbox.counts().total == 0


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", ANONYMOUS, ids=str)
def test_anonymous_lets_in_who_says_nothing_secret(client, tls, sink, order):
    client.need()

    report = client.deliver(order(tls, mechanism="ANONYMOUS"))

    assert report.delivered, report.said
    assert sink.inbox.expect().auth == Auth("ANONYMOUS", "anonymous")
