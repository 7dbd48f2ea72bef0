from __future__ import annotations

import socket

import pytest
from asking import Stream
from sending import mail, send

from mailsink_web.api.stream import position


@pytest.fixture
def stream(web):
    """Open a stream; its head is read, so that it follows from then on."""
    streams = []

    def open_(query="", headers=None):
        stream = Stream(web.host, web.port, query, headers)
        streams.append(stream)
        return stream

    yield open_
    for stream in streams:
        stream.close()


def kinds(stream, number):
    return [stream.event().kind for _ in range(number)]


def captured_of(stream):
    """The next event ``captured``."""
    while (event := stream.event()).kind != "captured":
        pass
    return event


def test_a_stream_begins_with_a_position(stream, sink):
    opened = stream()

    head = opened.head()

    assert opened.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert head == {"retry": "1000", "id": position(sink.events)}


def test_a_captured_message_is_told_as_a_list_shows_it(stream, http, captured):
    opened = stream()
    opened.head()

    captured(mail("Hello"))

    assert captured_of(opened).data == http.get("/api/messages").json["messages"][0]


def test_a_search_leaves_the_messages_that_it_finds(stream, captured):
    opened = stream("?q=subject:welcome")
    opened.head()

    captured(mail("Hello"))
    captured(mail("Welcome"))

    assert captured_of(opened).data["subject"] == "Welcome"


def test_a_search_that_cannot_be_read_is_refused(http):
    assert http.get("/api/stream?q=(").json["field"] == "q"


def test_changes_and_deletions_are_told(stream, http, captured):
    message = captured()
    opened = stream(f"?after={position_now(http, stream)}")
    opened.head()

    http.patch(f"/api/messages/{message.id}", {"read": True})
    http.delete(f"/api/messages/{message.id}")
    told = [opened.event(), opened.event()]
    while told[-1].kind != "deleted":
        told.append(opened.event())

    told = [(event.kind, event.data) for event in told if event.kind != "session"]
    assert told == [
        ("changed", {"inbox": "default", "ids": [message.id]}),
        ("deleted", {"inbox": "default", "ids": [message.id]}),
    ]


def position_now(http, stream):
    opened = stream()
    return opened.head()["id"]


def test_nothing_is_lost_when_a_client_comes_back(stream, captured):
    opened = stream()
    opened.head()
    captured(mail("First"))
    first = captured_of(opened)
    opened.close()
    captured(mail("Second"))

    again = stream(headers={"Last-Event-ID": first.id})

    assert captured_of(again).data["subject"] == "Second"


def test_a_quiet_stream_can_be_resumed_too(stream, captured):
    opened = stream()
    head = opened.head()
    opened.close()
    captured(mail("Meanwhile"))

    again = stream(f"?after={head['id']}")

    assert captured_of(again).data["subject"] == "Meanwhile"


def test_a_message_that_is_deleted_since_is_left_out(stream, sink, captured):
    start = position(sink.events)
    message = captured()
    sink.everything.delete([message.id])

    again = stream(f"?after={start}")
    told = [again.event()]
    while told[-1].kind != "deleted":
        told.append(again.event())

    assert "captured" not in [event.kind for event in told]


@pytest.mark.parametrize("last", ["00000000-1", "nonsense", "-", "../../x"])
def test_a_client_of_another_time_is_told_to_begin_anew(stream, last):
    opened = stream(headers={"Last-Event-ID": last})

    assert opened.event().kind == "reset"


def test_a_client_that_missed_too_much_is_told_to_begin_anew(stream, sink):
    start = position(sink.events)
    for _ in range(10_001):
        sink.events.publish("changed", inbox="default")

    opened = stream(f"?after={start}")
    event = opened.event()

    assert event.kind == "reset"
    assert event.id == position(sink.events)


def test_a_position_that_is_none_is_refused(http, sink):
    answer = http.get("/api/stream?after=yesterday")

    assert answer.status == 400
    assert answer.json["detail"] == f"after must be the id of an event, such as {position(sink.events)}."


def test_a_stream_of_one_inbox_tells_of_no_other(stream, sink):
    other = sink.listen(inbox="other")
    opened = stream("?inbox=other")
    opened.head()

    send((sink.host, sink.port), mail("Here"))
    send((other.host, other.port), mail("There"))

    assert captured_of(opened).data["subject"] == "There"


def test_a_quiet_stream_shows_that_it_lives(stream, monkeypatch):
    monkeypatch.setattr("mailsink_web.api.stream.HEARTBEAT", 0.01)
    opened = stream()
    opened.head()

    assert opened.response.readline() == b": still here\n"


def test_a_client_that_hangs_up_frees_its_seat(web, sink, monkeypatch):
    monkeypatch.setattr("mailsink_web.api.stream.HEARTBEAT", 0.01)
    with socket.create_connection((web.host, web.port)) as client:
        client.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1000)
        assert web.seats.taken == 1

    assert web.seats.wait_taken(0, timeout=5)


def test_asking_for_the_head_alone_takes_no_seat(web, http):
    assert http.ask("HEAD", "/api/stream").status == 200
    assert web.seats.taken == 0


def test_no_more_streams_are_open_than_there_are_seats(web, http, stream):
    web.seats.most = 1
    stream().head()

    answer = http.get("/api/stream")

    assert answer.status == 503
    assert answer.json["detail"] == (
        "Too many streams and waiting requests are open: close some, or try again in a moment."
    )


def test_a_stream_ends_with_the_sink(stream, sink):
    opened = stream()
    opened.head()

    sink.events.close()

    assert [block for block in opened.blocks() if "data" in block] == []


def test_pages_are_served_while_many_streams_are_open(http, stream):
    for _ in range(50):
        stream().head()

    assert http.get("/api/health").status == 200
