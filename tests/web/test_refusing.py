from __future__ import annotations

import socket

from mailsink_web import refusing
from mailsink_web.refusing import refusal, refuse


def test_a_refusal_is_one_sentence_and_closes():
    assert refusal(503, "Busy.", retry_after=1) == (
        b"HTTP/1.1 503 Service Unavailable\r\n"
        b"Server: mailsink\r\n"
        b"Connection: close\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"X-Content-Type-Options: nosniff\r\n"
        b"Cache-Control: no-store\r\n"
        b"Content-Length: 6\r\n"
        b"Retry-After: 1\r\n"
        b"\r\n"
        b"Busy.\n"
    )


def test_who_says_nothing_is_told_too(monkeypatch):
    monkeypatch.setattr(refusing, "PATIENCE", 0.01)
    client, server = socket.socketpair()
    with client:
        with server:
            refuse(server, b"no")

        assert client.recv(10) == b"no"


def test_who_is_gone_is_not_told():
    client, server = socket.socketpair()
    client.close()
    with server:
        refuse(server, b"no")
