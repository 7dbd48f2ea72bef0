from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink_web import wire, wsgi
from mailsink_web.guests import Guests
from mailsink_web.wsgi import Server


def hello(environ, start):
    start("200 OK", [("Content-Length", "5"), ("Content-Type", "text/plain")])
    return [b"hello"]


def parts(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return iter([b"one", b"", b"two"])


def echo(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def serving():
    """Serve an app; returns its address."""
    servers = []

    def serve(app, **words):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Server(listener, app, **words)
        server.start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.close()


class Raw:
    def __init__(self, server):
        self.socket = socket.create_connection((server.host, server.port), timeout=10)
        self.file = self.socket.makefile("rb")

    def say(self, text):
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def head(self):
        """The status line and the header fields of the next answer."""
        status = self.file.readline().decode().strip()
        fields = {}
        while line := self.file.readline().decode().strip():
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        return status, fields

    def answer(self):
        status, fields = self.head()
        return status, fields, self.file.read(int(fields["content-length"]))

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture
def raw():
    clients = []

    def connect(server):
        clients.append(Raw(server))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


GET = "GET / HTTP/1.1\nHost: localhost\n\n"


def test_a_connection_is_kept_for_the_next_request(serving, raw):
    client = raw(serving(hello))

    client.say(GET)
    first = client.answer()
    client.say(GET)
    second = client.answer()

    assert first[0] == second[0] == "HTTP/1.1 200 OK"
    assert "connection" not in first[1]


def test_requests_may_be_pipelined(serving, raw):
    client = raw(serving(hello))

    client.say(GET * 3)

    assert [client.answer()[2] for _ in range(3)] == [b"hello"] * 3


def test_the_server_names_itself_without_versions(serving, raw):
    client = raw(serving(hello))

    client.say(GET)

    assert client.answer()[1]["server"] == "mailsink"


def test_an_answer_of_unknown_length_is_chunked(serving, raw):
    client = raw(serving(parts))

    client.say(GET)
    _, fields = client.head()

    assert fields["transfer-encoding"] == "chunked"
    assert client.file.read(21) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


def test_http_1_0_gets_no_chunks_and_is_closed(serving, raw):
    client = raw(serving(parts))

    client.say("GET / HTTP/1.0\n\n")
    _, fields = client.head()

    assert "transfer-encoding" not in fields
    assert client.file.read() == b"onetwo"


def test_an_answer_larger_than_any_buffer_arrives_whole(serving, raw):
    octets = bytes(range(256)) * 40_000

    def large(environ, start):
        start("200 OK", [("Content-Length", str(len(octets)))])
        return [octets]

    client = raw(serving(large))
    client.say(GET)

    assert client.answer()[2] == octets


def test_a_client_that_stops_reading_is_given_up(serving, raw, monkeypatch):
    monkeypatch.setattr(wsgi.Handler, "timeout", 0.05)
    given_up = threading.Event()

    def endless(environ, start):
        start("200 OK", [])
        try:
            while True:
                yield b"x" * 65_536
        finally:
            given_up.set()

    raw(serving(endless)).say(GET)

    assert given_up.wait(5)


def test_a_header_field_of_the_app_is_sent_once(serving, raw):
    def dated(environ, start):
        start("200 OK", [("Content-Length", "0"), ("Date", "Mon, 02 Mar 2026 09:30:00 GMT")])
        return [b""]

    client = raw(serving(dated))
    client.say("GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n")

    assert client.file.read().lower().count(b"\r\ndate:") == 1


def test_http_1_0_is_closed_even_if_it_asks_to_be_kept(serving, raw):
    client = raw(serving(hello))

    client.say("GET / HTTP/1.0\nConnection: keep-alive\n\n")

    assert client.answer()[1]["connection"] == "close"
    assert client.file.read() == b""


def test_a_body_that_never_comes_is_not_waited_for_long(serving, raw, monkeypatch):
    monkeypatch.setattr(wsgi, "LINGER", 0.05)
    client = raw(serving(hello))

    client.say("POST / HTTP/1.1\nHost: localhost\nContent-Length: 10\n\nabc")

    assert client.answer()[2] == b"hello"
    assert client.file.read() == b""


def test_head_has_no_body_and_keeps_the_connection(serving, raw):
    client = raw(serving(parts))

    client.say("HEAD / HTTP/1.1\nHost: localhost\n\n")
    status, _ = client.head()
    client.say(GET)

    assert status == "HTTP/1.1 200 OK"
    assert client.head()[0] == "HTTP/1.1 200 OK"


def test_connection_close_is_obeyed(serving, raw):
    client = raw(serving(hello))

    client.say("GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n")

    assert client.answer()[1]["connection"] == "close"
    assert client.file.read() == b""


def test_a_body_is_read_to_its_length_and_no_further(serving, raw):
    client = raw(serving(echo))

    client.say("POST / HTTP/1.1\nHost: localhost\nContent-Length: 3\n\nabc" + GET)

    assert client.answer()[2] == b"abc"
    assert client.answer()[2] == b""


def test_a_body_that_nobody_read_does_not_become_the_next_request(serving, raw):
    client = raw(serving(hello))

    client.say(f"POST / HTTP/1.1\nHost: localhost\nContent-Length: {len(GET) + 3}\n\n{GET}" + GET)

    assert client.answer()[2] == b"hello"
    assert client.answer()[2] == b"hello"


def test_a_large_body_that_nobody_read_still_gets_its_answer(serving, raw):
    client = raw(serving(hello))

    client.say("POST / HTTP/1.1\nHost: localhost\nContent-Length: 3000000\n\n")
    client.socket.sendall(b"x" * 3_000_000)

    assert client.answer()[1]["connection"] == "close"
    assert client.file.read() == b""


def test_a_chunked_body_is_decoded(serving, raw):
    client = raw(serving(echo))

    client.say("POST / HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n")

    assert client.answer()[2] == b"abc"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("Host: a\nContent-Length: 1\nContent-Length: 2\n", id="two lengths"),
        pytest.param("Host: a\nContent-Length: -1\n", id="negative length"),
        pytest.param("Host: a\nContent-Length: 1_0\n", id="length with underscore"),
        pytest.param("Host: a\nContent-Length: 3\nTransfer-Encoding: chunked\n", id="length and chunks"),
        pytest.param("Host: a\nHost: b\n", id="two hosts"),
        pytest.param("", id="no host"),
    ],
)
def test_a_request_whose_end_or_host_is_in_doubt_is_refused(serving, raw, head):
    client = raw(serving(echo))

    client.say(f"POST / HTTP/1.1\n{head}\nabc")
    status, _ = client.head()

    assert status == "HTTP/1.1 400 Bad Request"


@pytest.fixture
def held(serving):
    """Serve an app that answers when the test is over; returns what starts it with *words*."""
    over = threading.Event()

    def held(environ, start):
        start("200 OK", [])
        yield b"begun"
        over.wait(10)

    yield lambda **words: serving(held, **words)
    over.set()


def test_too_many_connections_are_told_so(held, raw):
    server = held(guests=Guests(most=2))
    for _ in range(2):
        client = raw(server)
        client.say(GET)
        client.head()
    third = raw(server)

    third.say(GET)
    status, fields, body = third.answer()

    assert status == "HTTP/1.1 503 Service Unavailable"
    assert fields["retry-after"] == "1"
    assert body == b"Every connection is taken: close some pages of mailsink, or try again in a moment.\n"


def test_of_too_many_at_once_some_are_closed_without_a_word(held, raw, monkeypatch):
    monkeypatch.setattr(wsgi, "MAX_REFUSALS", 0)
    client = raw(held(guests=Guests(most=0)))

    with contextlib.suppress(ConnectionError):
        assert client.file.read() == b""


def test_who_waits_longest_for_nothing_makes_room(serving, raw):
    server = serving(hello, guests=Guests(most=2, patience=0))
    first, second, third = raw(server), raw(server), raw(server)

    third.say(GET)
    second.say(GET)

    assert third.answer()[2] == second.answer()[2] == b"hello"
    assert first.file.read() == b""


def test_a_connection_that_ends_makes_room(serving, raw):
    server = serving(hello, guests=Guests(most=1))
    first = raw(server)
    first.say("GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    first.answer()
    first.file.read()
    assert server.guests.wait_gone(5)
    second = raw(server)

    second.say(GET)

    assert second.answer()[2] == b"hello"


def test_a_silent_connection_is_given_up(serving, raw, monkeypatch):
    monkeypatch.setattr(wsgi.Handler, "timeout", 0.05)
    client = raw(serving(hello))

    assert client.file.read() == b""


def test_a_header_section_that_takes_too_long_is_told_so(serving, raw, monkeypatch):
    monkeypatch.setattr(wire, "HEAD_TIME", 0.05)
    client = raw(serving(hello))

    client.say("GET / HTTP/1.1\nHost: local")
    status, _, body = client.answer()

    assert status == "HTTP/1.1 408 Request Timeout"
    assert body == b"The request did not come whole in time; send it anew.\n"
    assert client.file.read() == b""


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("GET /" + "x" * 80_000 + " HTTP/1.1\n", id="long line"),
        pytest.param("GET / HTTP/1.1\nX: " + "x" * 80_000 + "\n", id="long field"),
        pytest.param("GET / HTTP/1.1\n" + f"X: {'x' * 2_000}\n" * 50, id="many long fields"),
        pytest.param("GET / HTTP/1.1\n" + "X: x\n" * 500, id="many fields"),
    ],
)
def test_a_header_section_that_is_too_long_is_told_so(serving, raw, head):
    client = raw(serving(hello))

    client.say(head)

    assert client.answer()[0] == "HTTP/1.1 431 Request Header Fields Too Large"


def test_a_body_that_takes_too_long_is_given_up(serving, raw, monkeypatch):
    monkeypatch.setattr(wire, "BODY_TIME", 0.05)
    client = raw(serving(echo))

    client.say("POST / HTTP/1.1\nHost: localhost\nContent-Length: 10\n\nabc")

    assert client.file.read() == b""


def test_a_silent_connection_does_not_hold_up_others(serving, raw):
    server = serving(hello)
    raw(server)
    client = raw(server)

    client.say(GET)

    assert client.answer()[2] == b"hello"


def test_an_app_that_fails_is_logged_and_answered_with_a_500(serving, raw, caplog):
    def broken(environ, start):
        raise RuntimeError("broken on purpose")

    client = raw(serving(broken))
    with caplog.at_level(logging.ERROR, "mailsink.web"):
        client.say(GET)
        status, fields = client.head()

    assert status == "HTTP/1.1 500 Internal Server Error"
    assert fields["connection"] == "close"
    assert "broken on purpose" in caplog.text


def test_nothing_is_printed(serving, raw, capfd):
    client = raw(serving(hello))
    client.say(GET)
    client.answer()
    client.say("nonsense\n\n")
    client.file.read()

    assert capfd.readouterr() == ("", "")


def test_the_result_is_closed_when_the_client_goes_away(serving, raw):
    closed = threading.Event()
    go_on = threading.Event()

    def endless(environ, start):
        start("200 OK", [])
        try:
            while True:
                yield b"x" * 65_536
                go_on.set()
        finally:
            closed.set()

    client = raw(serving(endless))
    client.say(GET)
    assert go_on.wait(5)
    client.close()

    assert closed.wait(5)


def test_close_lets_an_answer_under_way_finish(serving, raw):
    begun, closing = threading.Event(), threading.Event()

    def slow(environ, start):
        begun.set()
        closing.wait(5)
        return hello(environ, start)

    server = serving(slow)
    client = raw(server)
    client.say(GET)
    begun.wait(5)
    closer = threading.Thread(target=server.close)
    closer.start()
    server._closing.wait(5)
    closing.set()

    assert client.answer()[2] == b"hello"
    closer.join(5)
    assert client.file.read() == b""


def test_close_cuts_what_does_not_finish(serving, raw):
    begun, over = threading.Event(), threading.Event()

    def stuck(environ, start):
        begun.set()
        over.wait(10)
        return hello(environ, start)

    server = serving(stuck)
    client = raw(server)
    client.say(GET)
    begun.wait(5)
    server.close(grace=0.05)

    assert client.file.read() == b""
    over.set()


def test_out_of_descriptors_it_waits_and_goes_on(serving, raw, caplog):
    resource = pytest.importorskip("resource")
    server = serving(hello)
    client = socket.socket()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Every descriptor below the limit is taken, so that the server cannot take the connection.
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 50, hard))
    taken = []
    with caplog.at_level(logging.WARNING, "mailsink.web"):
        try:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.dup(0))
            client.connect((server.host, server.port))
            with server.guests.changed:
                assert not server.guests.changed.wait_for(lambda: len(server.guests), 0.15)
        finally:
            for descriptor in taken:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with client:
        client.settimeout(10)
        client.sendall(GET.replace("\n", "\r\n").encode())

        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert "A connection could not be taken" in caplog.text


REQUEST = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda line, fields, body: b"\r\n".join([line, *fields, b"", body]),
        st.sampled_from(
            [b"GET / HTTP/1.1", b"POST / HTTP/1.1", b"GET / HTTP/0.9", b"GET http://[ HTTP/1.1", b"GET"]
        ),
        st.lists(
            st.sampled_from(
                [
                    b"Host: a",
                    b"Content-Length: 5",
                    b"Content-Length: 99999999999999999999",
                    b"Transfer-Encoding: chunked",
                    b"Expect: 100-continue",
                    b"Connection: keep-alive",
                    b": nameless",
                    b"\xff: \xff",
                ]
            ),
            max_size=4,
        ),
        st.binary(max_size=30),
    ),
)


def test_whatever_a_client_sends_the_next_one_is_served(serving, raw):
    server = serving(echo)

    @given(octets=REQUEST)
    def check(octets):
        with socket.create_connection((server.host, server.port), timeout=10) as client:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while client.recv(65_536):
                    pass
        after = raw(server)
        after.say("GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n")
        assert after.answer()[0] == "HTTP/1.1 200 OK"
        after.close()

    check()
