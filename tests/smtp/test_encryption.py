from __future__ import annotations

import ssl

import pytest
from raw import Raw


def shown(session) -> str:
    return "\n".join(entry.text for entry in session.transcript)


# ------------------------------------------------------------------------- TLS


def test_one_session_goes_on_after_starttls(serve):
    served = serve(tls="starttls")
    client = served.connect_tls()
    client.begin()
    client.data(b"hi\r\n")
    client.say("QUIT")
    session = served.ended()

    assert (session.tls.mode, session.tls.version, session.tls.server_name) == (
        "starttls",
        "TLSv1.3",
        "localhost",
    )
    assert served.message().tls == session.tls
    assert "STARTTLS" in shown(session)
    assert "TLS is active: TLSv1.3, TLS_" in shown(session)


def test_tls_may_come_first(serve):
    served = serve(tls="implicit")
    client = served.connect()
    client.begin()
    client.data(b"hi\r\n")

    assert served.message().tls.mode == "implicit"


def test_after_starttls_the_client_greets_again(serve):
    client = serve(tls="starttls").connect()
    client.begin()
    client.say("STARTTLS")
    client.starttls(ssl._create_unverified_context())

    assert client.say("MAIL FROM:<a@example.com>").status == "503 5.5.1"
    assert "STARTTLS" not in client.ehlo()


def test_a_transaction_that_starttls_ends_is_in_the_session(serve):
    served = serve(tls="starttls")
    client = served.connect()
    client.begin()
    client.say("STARTTLS")
    client.starttls(served.trust())
    client.say("QUIT")

    assert [t.reply for t in served.ended().transactions] == [None]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_client_that_refuses_the_certificate_is_told_in_the_session(serve, tls):
    served = serve(tls=tls)
    client = served.connect(tls=None, greet=tls == "starttls")
    if tls == "starttls":
        client.say("STARTTLS")
    with pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(ssl.create_default_context())
    session = served.ended()

    assert session.end == "The TLS handshake failed: TLSV1_ALERT_UNKNOWN_CA."
    assert session.tls is None


def test_a_client_that_speaks_plainly_to_a_tls_port_is_told_in_the_session(serve):
    served = serve(tls="implicit")
    client = Raw(served.listener.host, served.listener.port, greet=False)
    client.send(b"EHLO client.example.org\r\n")
    client.rest()
    client.close()

    assert served.ended().end.startswith("The TLS handshake failed: ")


def test_a_client_that_leaves_during_the_handshake_is_told_in_the_session(serve):
    served = serve(tls="starttls")
    client = served.connect()
    client.say("STARTTLS")
    client.close()

    assert "the TLS handshake" in served.ended().end or "handshake failed" in served.ended().end


def test_a_sink_closes_while_a_handshake_hangs(serve):
    served = serve(tls="implicit")
    client = Raw(served.listener.host, served.listener.port, greet=False)
    client.send(b"\x16\x03\x01")
    served.sink.close()

    client.rest()
    client.close()


def test_data_after_the_end_of_a_tls_session_is_dropped(serve):
    served = serve(tls="implicit")
    client = served.connect()
    client.send(b"QUIT\r\n" + b"NOOP\r\n" * 1000)
    client.rest()

    assert served.ended().end == "The client said QUIT."


# ----------------------------------------------------------------------- PROXY


def test_proxy_says_whose_connection_it_is(serve):
    served = serve(proxy=True)
    client = served.connect(first=b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n")
    client.begin()
    client.data(b"hi\r\n")
    client.say("QUIT")

    assert str(served.message().peer) == "192.0.2.1:40000"
    assert str(served.ended().peer) == "192.0.2.1:40000"


def test_a_connection_without_the_proxy_header_is_closed(serve):
    served = serve(proxy=True)
    client = served.connect(greet=False)
    client.send(b"EHLO client.example.org\r\n")

    assert client.rest() == b""
    assert served.ended().end == "The PROXY header is wrong: PROXY unrecognized signature."
