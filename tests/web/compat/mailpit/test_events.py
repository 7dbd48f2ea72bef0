from __future__ import annotations

import pytest
from sending import mail, send
from websockets import WebSocket

import mailsink
from mailsink.events import Event
from mailsink_web.compat.mailpit.events import texts

VERSION = f"mailsink {mailsink.__version__}"


@pytest.fixture(params=["/api/events", "/mailpit/api/events"], ids=["root", "path"])
def opened(web, request):
    with WebSocket(web.host, web.port, request.param) as opened:
        assert opened.json() == {"Type": "stats", "Data": {"Total": 0, "Unread": 0, "Version": VERSION}}
        yield opened


def next_of(opened, kind):
    while (event := opened.json())["Type"] == "stats":
        pass
    assert event["Type"] == kind
    return event["Data"]


def test_a_new_message_is_told_as_the_list_shows_it(http, opened, captured):
    captured(mail("Hello"))

    assert opened.json() == {"Type": "new", "Data": http.get("/mailpit/api/v1/messages").json["messages"][0]}
    assert opened.json() == {"Type": "stats", "Data": {"Total": 1, "Unread": 1, "Version": VERSION}}


def test_a_change_is_told(sink, opened, captured):
    message = captured()
    next_of(opened, "new")

    sink.everything.mark([message.id], read=True, tags=("b", "a"))

    assert next_of(opened, "update") == {"ID": message.id, "Read": True, "Tags": ["a", "b"]}


def test_a_deletion_is_told(sink, opened, captured):
    first = captured()
    captured()
    next_of(opened, "new")
    next_of(opened, "new")

    sink.everything.delete([first.id])
    assert next_of(opened, "delete") == {"ID": first.id}

    sink.everything.clear()
    assert next_of(opened, "truncate") is None


def test_a_deletion_of_one_inbox_means_that_the_list_is_read_again(sink, opened, captured):
    captured()
    other = sink.listen(inbox="other")
    send((other.host, other.port))
    next_of(opened, "new")
    next_of(opened, "new")

    sink.inboxes["other"].clear()

    assert next_of(opened, "prune") is None


def test_one_inbox_can_be_followed_alone(web, sink, captured):
    other = sink.listen(inbox="other")
    with WebSocket(web.host, web.port, "/inboxes/other/mailpit/api/events") as opened:
        captured(mail("Here"))
        send((other.host, other.port), mail("There"))

        assert next_of(opened, "new")["Subject"] == "There"


@pytest.mark.parametrize("kind", ["changed", "deleted"])
def test_very_many_are_told_at_once(sink, kind):
    ids = tuple(str(number) for number in range(201))

    first, _ = texts(sink.everything, Event(1, kind, "default", ids))

    assert first == b'{"Type":"prune","Data":null}'
