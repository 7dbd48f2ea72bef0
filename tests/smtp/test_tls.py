from __future__ import annotations

import socket
import ssl
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from mailsink.errors import ConfigError, StartError
from mailsink.model import Tls
from mailsink.smtp.tls import Certificates, describe


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "localhost") -> Tls:
    """A handshake between two contexts; what the server says of it. Raises what the client raises."""
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(10)
    seen: list[Tls] = []

    def serve() -> None:
        try:
            with server.wrap_socket(ends[0], server_side=True) as tls:
                seen.append(describe(tls, "implicit"))
                tls.recv(1)
        except OSError:
            ends[0].close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ends[1], server_hostname=name) as tls:
            tls.sendall(b"x")
    finally:
        ends[1].close()
        thread.join(10)
    return seen[0]


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificates.ca_pem().decode())


def test_the_test_ca_signs_for_this_machine_and_the_names_given():
    certificates = Certificates(names=("mail.example.org",))

    for name in ("localhost", "127.0.0.1", "::1", "mail.example.org"):
        assert shake_hands(certificates.context(), trusting(certificates), name).mode == "implicit"


def test_the_test_ca_signs_for_no_other_name(certificates):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certificates.context(), trusting(certificates), "mail.example.com")


def test_a_client_that_does_not_know_the_test_ca_refuses(certificates):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certificates.context(), ssl.create_default_context())


def test_what_was_negotiated_is_described(certificates):
    tls = shake_hands(certificates.context(), trusting(certificates))

    assert tls.version == "TLSv1.3"
    assert tls.cipher.startswith("TLS_")
    assert tls.server_name == "localhost"
    assert tls.client_certificate == ""


def test_the_context_is_made_once():
    certificates = Certificates()

    assert certificates.context() is certificates.context()
    assert certificates.is_test_ca


@pytest.mark.parametrize(
    ("minimum", "maximum", "version"), [("1.2", "1.2", "TLSv1.2"), ("1.3", "1.3", "TLSv1.3")]
)
def test_versions_can_be_chosen(minimum, maximum, version):
    certificates = Certificates(minimum=minimum, maximum=maximum)

    assert shake_hands(certificates.context(), trusting(certificates)).version == version


def test_a_client_below_the_minimum_fails():
    certificates = Certificates(minimum="1.3")
    old = trusting(certificates)
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(certificates.context(), old)


def test_a_client_certificate_is_described_by_its_common_name(tmp_path):
    certificates = Certificates()
    client = trusting(certificates)
    client.load_cert_chain(*certificates.issue("ada.example.org", directory=tmp_path))

    assert shake_hands(certificates.context(), client).client_certificate == "ada.example.org"


def test_the_ca_file_is_there_until_it_is_closed():
    certificates = Certificates()
    file = certificates.ca_file()
    content = file.read_bytes()
    certificates.close()
    certificates.close()

    assert content == certificates.ca_pem()
    assert content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert not file.exists()


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Certificates]:
    """A server's certificate and key as files, and whose they are."""
    authority = Certificates()
    cert, key = authority.issue("mail.example.org", directory=tmp_path)
    return str(cert), str(key), authority


def test_a_certificate_can_come_from_files(files):
    cert, key, authority = files
    certificates = Certificates(cert_file=cert, key_file=key)

    assert shake_hands(certificates.context(), trusting(authority), "mail.example.org").version
    assert certificates.ca_pem() == Path(cert).read_bytes()
    assert not certificates.is_test_ca


def test_the_key_may_stand_in_the_certificate_s_file(files):
    cert, key, authority = files
    with Path(cert).open("ab") as file:
        file.write(Path(key).read_bytes())

    context = Certificates(cert_file=cert).context()

    assert shake_hands(context, trusting(authority), "mail.example.org").version


def test_client_certificates_of_a_named_ca_are_recognized(tmp_path):
    clients = Certificates()
    certificates = Certificates(client_ca_file=str(clients.ca_file()))
    client = trusting(certificates)
    client.load_cert_chain(*clients.issue("bob.example.org", directory=tmp_path))

    assert shake_hands(certificates.context(), client).client_certificate == "bob.example.org"
    clients.close()


def test_a_client_needs_no_certificate_where_a_ca_is_named():
    clients = Certificates()
    certificates = Certificates(client_ca_file=str(clients.ca_file()))

    assert shake_hands(certificates.context(), trusting(certificates)).client_certificate == ""
    clients.close()


def test_a_file_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "no.pem")

    with pytest.raises(ConfigError) as caught:
        Certificates(cert_file=missing).context()
    assert str(caught.value) == (
        f"--tls-cert {missing}: No such file or directory; name PEM files that can be read"
    )


def test_a_file_that_is_no_certificate_is_named(tmp_path):
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("hello")

    with pytest.raises(ConfigError) as caught:
        Certificates(cert_file=str(wrong)).context()
    assert str(caught.value) == (
        f"--tls-cert {wrong}: there is no certificate in it; "
        "name a PEM certificate and, by --tls-key, its key"
    )


def test_a_key_that_needs_a_password_is_named_and_nobody_is_asked_for_it(tmp_path, certificates):
    cert, key = certificates.issue("ada.example.org", directory=tmp_path)
    locked = tmp_path / "locked.key"
    encryption = serialization.BestAvailableEncryption(b"s3cret")
    locked.write_bytes(
        serialization.load_pem_private_key(key.read_bytes(), None).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
    )

    with pytest.raises(ConfigError) as caught:
        Certificates(cert_file=str(cert), key_file=str(locked)).context()
    assert str(caught.value) == (
        f"--tls-cert {cert}: the key in {locked} needs a password; write it without one by openssl pkey; "
        "name a PEM certificate and, by --tls-key, its key"
    )


def test_what_openssl_cannot_read_is_told_as_it_says(tmp_path, certificates):
    _, key = certificates.issue("ada.example.org", directory=tmp_path)
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    with pytest.raises(ConfigError) as caught:
        Certificates(cert_file=str(broken), key_file=str(key)).context()
    assert str(caught.value).startswith(f"--tls-cert {broken}: OpenSSL cannot read it (")


def test_a_client_ca_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "no.pem")

    with pytest.raises(ConfigError) as caught:
        Certificates(client_ca_file=missing).context()
    assert str(caught.value) == (
        f"--tls-client-ca {missing}: No such file or directory; name a PEM file of CA certificates"
    )


def test_without_trustme_there_is_no_test_ca(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)

    with pytest.raises(StartError) as caught:
        Certificates().context()
    assert str(caught.value) == (
        "a test CA needs the package trustme; install mailsink with its extra tls,"
        " or give a certificate and a key of your own"
    )


def test_old_versions_can_be_allowed():
    context = Certificates(minimum="1.0").context()

    assert context.minimum_version == ssl.TLSVersion.TLSv1


def test_a_key_in_the_certificates_file_is_not_handed_out(tmp_path):
    cert, key = Certificates().issue("mx.example.org", directory=tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())

    pem = Certificates(cert_file=str(both)).ca_pem()

    assert pem.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE KEY" not in pem


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("expired", "certificate has expired"),
        ("wrong_host", "not valid for 'localhost'"),
        ("unknown_ca", "unable to get local issuer certificate"),
        ("old_version", "PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|legacy sigalg"),
    ],
)
def test_a_careful_client_refuses_a_context_that_makes_trouble(certificates, trouble, why):
    with pytest.raises(ssl.SSLError, match=why):
        shake_hands(certificates.trouble(trouble), trusting(certificates))


def test_a_context_that_makes_trouble_is_made_once(certificates):
    assert certificates.trouble("expired") is certificates.trouble("expired")
    assert certificates.trouble("expired") is not certificates.trouble("wrong_host")


@pytest.mark.parametrize("trouble", ["expired", "wrong_host", "unknown_ca"])
def test_a_careless_client_is_served_in_spite_of_the_trouble(certificates, trouble):
    assert shake_hands(certificates.trouble(trouble), ssl._create_unverified_context()).version == "TLSv1.3"


def test_next_to_a_certificate_out_of_files_trouble_comes_of_a_ca_that_nobody_knows(files):
    cert, key, authority = files
    certificates = Certificates(cert_file=cert, key_file=key)

    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(certificates.trouble("expired"), trusting(authority), "mail.example.org")
