from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress

import pytest
from asking import Http

from mailsink.errors import ConfigError
from mailsink.smtp.tls import Certificates
from mailsink_web import tls as tls_of
from mailsink_web.server import serve
from mailsink_web.tls import end, wrap

pytest.importorskip("trustme", reason="the test CA needs trustme")


@pytest.fixture
def web(sink):
    with serve(sink, port=0, tls=sink.certificates) as running:
        yield running


@pytest.fixture
def trusting(sink):
    """What a client trusts that knows the test CA and no other."""
    return ssl.create_default_context(cadata=sink.certificates.ca_pem().decode())


@pytest.fixture
def https(web, trusting):
    client = http.client.HTTPSConnection(web.host, web.port, context=trusting, timeout=10)
    yield client
    client.close()


def test_pages_and_the_api_are_served_under_tls(web, https):
    assert web.url == f"https://127.0.0.1:{web.port}"
    for path in ("/", "/api/health"):
        https.request("GET", path)
        answer = https.getresponse()
        answer.read()

        assert answer.status == 200
        # It would count for every other port of this host too.
        assert "Strict-Transport-Security" not in answer.headers


def test_the_ca_can_be_downloaded_though_no_listener_has_tls(https, sink):
    https.request("GET", "/api/ca.pem")

    assert https.getresponse().read() == sink.certificates.ca_pem()


def test_no_client_certificate_is_asked_for(sink):
    context = sink.certificates.for_http()

    assert context.verify_mode is ssl.CERT_NONE
    assert sink.certificates.context().verify_mode is ssl.CERT_OPTIONAL


def test_cookies_stay_under_tls(web, https):
    https.request(
        "POST",
        "/preferences",
        "theme=dark",
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": web.url},
    )

    assert "Secure" in https.getresponse().headers["Set-Cookie"]


def test_plain_http_is_told_to_write_https(web):
    client = Http(web.host, web.port)
    answer = client.get("/")
    client.close()

    assert answer.status == 400
    assert answer.body == b"This port speaks HTTPS: write https:// in the place of http://\n"


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\x16\x03\x01\x00\x05xxxxx", b"\x80\x2e\x01\x00\x02"])
def test_what_is_no_handshake_ends_the_connection_and_nothing_else(web, https, octets):
    # The end may be a reset, which overtakes what the client still does.
    with socket.create_connection((web.host, web.port), timeout=10) as client, suppress(OSError):
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        while client.recv(1_000):
            pass
    https.request("GET", "/api/livez")

    assert https.getresponse().status == 200


def test_who_says_nothing_holds_nobody_up_and_is_given_up(web, https, monkeypatch):
    with socket.create_connection((web.host, web.port), timeout=10):
        https.request("GET", "/api/livez")
        assert https.getresponse().read()
    monkeypatch.setattr(tls_of, "HANDSHAKE", 0.05)
    with socket.create_connection((web.host, web.port), timeout=10) as client:
        assert client.recv(1) == b""


def test_the_end_is_told(web, trusting):
    plain = socket.create_connection((web.host, web.port), timeout=10)
    # Without the message of TLS that nothing more comes, this would raise.
    with trusting.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as client:
        client.sendall(b"GET /api/livez HTTP/1.0\r\n\r\n")
        answer = b""
        while octets := client.recv(1_000):
            answer += octets

    assert answer.endswith(b'{"status":"ok"}')


def test_a_connection_without_a_handshake_ends_too(sink):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        under = wrap(ours, sink.certificates.for_http())
        end(under)
        end(theirs)
        under.close()


def test_close_cuts_a_stream_under_tls(sink, trusting):
    web = serve(sink, port=0, tls=sink.certificates)
    client = http.client.HTTPSConnection(web.host, web.port, context=trusting, timeout=10)
    client.request("GET", "/api/stream")
    stream = client.getresponse()
    stream.readline()
    closer = threading.Thread(target=web.close)
    closer.start()
    closer.join(5)

    assert not closer.is_alive()
    stream.read()
    client.close()


def test_a_certificate_of_its_own_is_shown(sink, tmp_path):
    maker = Certificates()
    cert, key = maker.issue("mail.example.org", directory=tmp_path)
    own = Certificates(cert_file=str(cert), key_file=str(key), option="--http-tls-cert")
    trusting = ssl.create_default_context(cadata=maker.ca_pem().decode())

    with serve(sink, port=0, allowed_hosts=["mail.example.org"], tls=own) as web:
        plain = socket.create_connection((web.host, web.port), timeout=10)
        with trusting.wrap_socket(plain, server_hostname="mail.example.org") as client:
            client.sendall(b"GET /api/ca.pem HTTP/1.0\r\nHost: mail.example.org\r\n\r\n")
            answer = client.recv(100)

    assert answer.startswith(b"HTTP/1.1 404 ")


def test_a_certificate_that_is_none_is_named(sink, tmp_path):
    (tmp_path / "cert.pem").write_text("nothing")
    own = Certificates(cert_file=str(tmp_path / "cert.pem"), option="--http-tls-cert")

    with pytest.raises(ConfigError) as caught:
        serve(sink, port=0, tls=own)

    assert str(caught.value).startswith(f"--http-tls-cert {tmp_path / 'cert.pem'}: ")
    assert str(caught.value).endswith("; name a PEM certificate and, by --http-tls-key, its key")


def test_who_finds_no_room_is_told_so_under_tls(web, https, monkeypatch):
    monkeypatch.setattr(web._server.guests, "most", 0)

    https.request("GET", "/")
    answer = https.getresponse()

    assert answer.status == 503
    assert (
        answer.read()
        == b"Every connection is taken: close some pages of mailsink, or try again in a moment.\n"
    )


def test_who_finds_no_room_and_speaks_no_tls_is_let_go(web, monkeypatch):
    monkeypatch.setattr(web._server.guests, "most", 0)
    with socket.create_connection((web.host, web.port), timeout=10) as client:
        client.sendall(b"\0")

        with suppress(ConnectionError):
            assert client.recv(1) == b""
