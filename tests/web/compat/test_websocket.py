from __future__ import annotations

import http.client
import threading

import pytest
from sending import mail, send
from websockets import RefusedError, WebSocket
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from mailsink_web.server import serve

PATH = "/mailhog/api/v2/websocket"
HANDSHAKE = {
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
def open_socket(web):
    opened = []

    def open_(path=PATH, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        opened.append(WebSocket(web.host, web.port, path, headers=names))
        return opened[-1]

    yield open_
    for each in opened:
        each.socket.close()


def subject(message):
    return message["Content"]["Headers"]["Subject"][0]


def test_what_comes_is_told(open_socket, captured):
    opened = open_socket()

    captured(mail("First"))
    captured(mail("Second", "x" * 200_000))

    assert [subject(opened.json()), subject(opened.json())] == ["First", "Second"]


def test_what_the_client_says_is_passed_over(open_socket, captured):
    opened = open_socket()

    opened.send(TextMessage(data="x" * 300_000))
    opened.send(BytesMessage(data=b"\xff" * 70_000))
    captured(mail("First"))

    assert subject(opened.json()) == "First"


def test_a_ping_is_answered_with_its_words(open_socket):
    opened = open_socket()

    opened.send(Ping(payload=b"hello"))

    assert opened.event() == Pong(payload=bytearray(b"hello"))


def test_a_quiet_socket_is_pinged(open_socket, monkeypatch):
    monkeypatch.setattr("mailsink_web.compat.following.HEARTBEAT", 0.01)

    assert isinstance(open_socket().event(), Ping)


def test_a_close_is_answered(open_socket):
    opened = open_socket()

    opened.send(CloseConnection(code=1000))

    assert opened.closed() == 1000
    assert opened.socket.recv(1) == b""


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\x81\x01x", 1002),  # not masked
        (b"\xf1\x80\0\0\0\0", 1002),  # reserved bits
        (b"\x81\x81\0\0\0\0\xff", 1007),  # not UTF-8
        (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),  # a ping that is too long
    ],
)
def test_what_breaks_the_protocol_ends_it(open_socket, octets, code):
    opened = open_socket()

    opened.socket.sendall(octets)

    assert opened.closed() == code


def test_a_closing_server_says_so(sink):
    with serve(sink, port=0) as web:
        opened = WebSocket(web.host, web.port, PATH)

    assert opened.closed() == 1001
    opened.socket.close()


def test_a_client_that_goes_leaves_no_seat_and_no_thread(web, open_socket):
    opened = open_socket()
    assert web.seats.wait_taken(1, timeout=5)
    threads = {thread.name for thread in threading.enumerate()}

    opened.socket.close()

    assert "mailsink-websocket" in threads
    assert web.seats.wait_taken(0, timeout=5)
    for thread in threading.enumerate():
        if thread.name == "mailsink-websocket":
            thread.join(5)
            assert not thread.is_alive()


def test_no_more_sockets_than_seats(web, open_socket):
    web.seats.most = 1
    open_socket()

    with pytest.raises(RefusedError) as refused:
        open_socket()

    assert refused.value.status == 503


def test_a_page_from_elsewhere_is_refused(open_socket):
    with pytest.raises(RefusedError) as refused:
        open_socket(Origin="http://evil.example")

    assert refused.value.status == 403


def test_a_foreign_host_is_refused(http):
    assert http.ask("GET", PATH, headers=HANDSHAKE | {"Host": "evil.example"}).status == 403


def test_our_own_page_is_welcome(web, open_socket, captured):
    opened = open_socket(Origin=web.url)

    captured(mail("First"))

    assert subject(opened.json()) == "First"


@pytest.mark.parametrize(
    ("method", "changed", "status"),
    [
        ("GET", {"Upgrade": "h2c"}, 426),
        ("GET", {"Connection": "close"}, 426),
        ("GET", {"Sec-WebSocket-Version": "8"}, 426),
        ("GET", {"Sec-WebSocket-Key": "short"}, 400),
        ("GET", {"Sec-WebSocket-Key": "%%%"}, 400),
        ("GET", {"Sec-WebSocket-Key": ""}, 400),
        ("HEAD", {}, 426),
        ("POST", {}, 405),
    ],
)
def test_a_wrong_handshake_is_refused(http, web, method, changed, status):
    answer = http.ask(method, PATH, headers=HANDSHAKE | changed)

    assert answer.status == status
    assert web.seats.taken == 0


def test_the_handshake_is_that_of_the_standard(web):
    connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
    connection.request("GET", PATH, headers=HANDSHAKE)
    answer = connection.getresponse()

    # RFC 6455 §1.3 has this key and this answer.
    assert answer.status == 101
    assert answer.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer.headers["Transfer-Encoding"] is None
    connection.close()


def test_many_at_once_are_each_told(sink, open_socket):
    opened = [open_socket() for _ in range(20)]

    for number in range(10):
        send((sink.host, sink.port), mail(f"Mail {number}"))

    for each in opened:
        assert [subject(each.json()) for _ in range(10)] == [f"Mail {number}" for number in range(10)]
