"""Each client checks our certificate, and we check theirs."""

from __future__ import annotations

import pytest
from interop.table import CLIENTS

from mailsink.smtp.tls import Certificates

TRANSPORTS = ("starttls", "implicit")


@pytest.fixture
def strangers():
    """A CA that nobody here knows."""
    certificates = Certificates()
    yield certificates
    certificates.close()


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_that_does_not_trust_the_ca_refuses(client, tls, sink, order, session, strangers):
    client.need()

    report = client.deliver(order(tls, trust=strangers.ca_file()))

    assert not report.delivered
    assert session().end == client.distrust
    assert sink.inbox.counts().total == 0


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_certificate_is_recorded(client, tls, sink, order, tmp_path):
    client.need()
    certificate = sink.certificates.issue("ada", directory=tmp_path)

    report = client.deliver(order(tls, certificate=certificate))

    assert report.delivered, report.said
    assert sink.inbox.expect().tls.client_certificate == "ada"


@pytest.mark.parametrize("tls", TRANSPORTS)
@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_certificate_of_a_stranger_is_refused(client, tls, sink, order, session, strangers, tmp_path):
    client.need()
    certificate = strangers.issue("ada", directory=tmp_path)

    report = client.deliver(order(tls, certificate=certificate))

    assert not report.delivered
    assert session().end == "The TLS handshake failed: CERTIFICATE_VERIFY_FAILED."
    assert sink.inbox.counts().total == 0
