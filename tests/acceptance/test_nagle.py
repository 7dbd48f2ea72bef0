"""An accepted connection does not wait to fill packets.

Nagle's algorithm and the client's delayed acknowledgements together would cost each mail 40 ms.
"""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest
from sending import TIMEOUT

from mailsink import Sink


@pytest.fixture
def sink():
    with Sink(smtp=()) as sink:
        yield sink


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_an_accepted_connection_sends_at_once(sink, host, tls):
    if tls != "none":
        pytest.importorskip("trustme")
    listener = sink.listen(host, tls=tls)

    with connected(listener, tls) as client:
        client.ehlo()

        assert [nodelay(connection) for connection in sink._run.thread._open.values()] == [True]


def connected(listener, tls: str) -> smtplib.SMTP:
    trusting = ssl._create_unverified_context()
    if tls == "implicit":
        return smtplib.SMTP_SSL(listener.host, listener.port, timeout=TIMEOUT, context=trusting)
    client = smtplib.SMTP(listener.host, listener.port, timeout=TIMEOUT)
    if tls == "starttls":
        client.starttls(context=trusting)
    return client


def nodelay(connection) -> bool:
    accepted = connection.transport.get_extra_info("socket")
    return accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
