"""One client that wants every connection, in each way there is; another is answered all the same."""

from __future__ import annotations

import contextlib
import resource
import socket

import pytest
from asking import Http

from mailsink_web.guests import MAX_OF_ONE
from mailsink_web.seats import MOST_OF_ONE

GREEDY, OTHER = "127.0.0.2", "127.0.0.3"
CROWD = 500
WAYS = {
    "silent": b"",
    "slowloris": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "slow body": b"PATCH /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{",
    "idle": b"GET /api/livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "streams": b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "waits": b"GET /api/wait?timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.fixture
def crowd(web):
    """Connect so many times from one address; returns the sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Both ends are in this process.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4_096)), hard))
    with contextlib.ExitStack() as stack:

        def connect(octets):
            sockets = []
            for _ in range(CROWD):
                client = socket.create_connection((web.host, web.port), 10, (GREEDY, 0))
                stack.enter_context(client)
                with contextlib.suppress(ConnectionError):
                    client.sendall(octets)
                sockets.append(client)
            return sockets

        yield connect
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class From(Http):
    """A client with an address of its own."""

    def __init__(self, web, address):
        super().__init__(web.host, web.port)
        self._connection.source_address = (address, 0)


@pytest.mark.parametrize("octets", WAYS.values(), ids=WAYS)
def test_another_client_is_answered(web, crowd, octets):
    crowd(octets)
    other = From(web, OTHER)

    answers = [other.get("/").status, other.get("/api/messages").status]
    other.close()

    assert answers == [200, 200]
    assert len(web._server.guests) <= MAX_OF_ONE + 1
    assert web.seats.taken <= MOST_OF_ONE


def test_who_wants_too_much_is_told(web, crowd):
    last = crowd(WAYS["streams"])[-1]

    assert last.recv(1_000).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


def test_the_greedy_client_itself_gets_pages_where_its_connections_are_idle(web, crowd, monkeypatch):
    monkeypatch.setattr(web._server.guests, "_patience", 0)
    crowd(WAYS["idle"])
    same = From(web, GREEDY)

    assert same.get("/").status == 200
    same.close()
