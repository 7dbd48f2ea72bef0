"""Each client checks our certificate, and we check theirs."""

from __future__ import annotations

import pytest
import trustme
from interop.delivery import Delivery
from interop.table import CLIENTS, clients_that

from mailsink import Sink
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
    assert client.distrust in session().end
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
def test_a_client_certificate_of_a_stranger_is_refused(
    client, tls, sink, order, session, strangers, tmp_path
):
    client.need()
    certificate = strangers.issue("ada", directory=tmp_path)

    report = client.deliver(order(tls, certificate=certificate))

    assert not report.delivered
    assert session().end == "The TLS handshake failed: CERTIFICATE_VERIFY_FAILED."
    assert sink.inbox.counts().total == 0


@pytest.mark.parametrize("client", clients_that("names"), ids=str)
def test_a_certificate_for_another_host_is_refused(client, tmp_path):
    client.need()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("mail.example.org").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "server.pem")
    )

    with Sink(smtp=(), certificates=Certificates(cert_file=str(tmp_path / "server.pem"))) as sink:
        listener = sink.listen(tls="starttls")
        report = client.deliver(
            Delivery(port=listener.port, tls="starttls", trust=tmp_path / "ca.pem", folder=tmp_path)
        )

        assert not report.delivered
        assert sink.inbox.counts().total == 0
