from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sending import mail, send


def subjects(answer):
    return [message["subject"] for message in answer.json["messages"]]


@pytest.fixture
def three(sink, captured):
    return [captured(mail(subject)) for subject in ("First", "Second", "Third")]


def test_an_empty_inbox_is_an_empty_list(http):
    assert http.get("/api/messages").json == {"messages": [], "next": None, "total": 0, "unread": 0}


def test_messages_come_newest_first(http, three):
    answer = http.get("/api/messages")

    assert subjects(answer) == ["Third", "Second", "First"]
    assert (answer.json["total"], answer.json["unread"]) == (3, 3)


def test_a_message_is_listed_with_its_envelope(http, captured):
    message = captured(sender="bounce@example.com", rcpt=["ada@example.org", "eve@example.org"])

    (shown,) = http.get("/api/messages").json["messages"]

    assert shown["id"] == message.id
    assert shown["envelope"]["reverse_path"] == "bounce@example.com"
    assert [r["path"] for r in shown["envelope"]["recipients"]] == ["ada@example.org", "eve@example.org"]
    assert [r["reply"]["code"] for r in shown["envelope"]["recipients"]] == [250, 250]
    assert shown["session_id"] == message.session_id


def test_pages_follow_each_other(http, three):
    first = http.get("/api/messages?limit=2")
    second = http.get(f"/api/messages?limit=2&cursor={first.json['next']}")

    assert subjects(first) == ["Third", "Second"]
    assert subjects(second) == ["First"]
    assert second.json["next"] is None
    assert second.json["total"] == 3


def test_a_search_narrows_the_list_and_the_counts(http, three):
    answer = http.get("/api/messages?q=subject:second")

    assert subjects(answer) == ["Second"]
    assert answer.json["total"] == 1


def test_an_inbox_narrows_the_list(http, sink, captured):
    captured(mail("Here"))
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))

    assert subjects(http.get("/api/messages?inbox=other")) == ["There"]
    assert subjects(http.get("/api/messages?inbox=default")) == ["Here"]
    assert subjects(http.get("/api/messages?inbox=nothing")) == []
    assert subjects(http.get("/api/messages")) == ["There", "Here"]


def test_a_search_that_cannot_be_read_says_where(http):
    answer = http.get("/api/messages?q=subjct:hello")

    assert answer.status == 400
    assert answer.json["field"] == "q"
    assert answer.json["start"] < answer.json["end"]
    assert "subject" in answer.json["hint"] + answer.json["detail"]


def test_an_unknown_parameter_names_the_nearest(http):
    answer = http.get("/api/messages?limt=3")

    assert answer.status == 400
    assert answer.json["detail"] == "There is no parameter 'limt'; did you mean limit?"
    assert answer.json["field"] == "limt"


def test_reading_does_not_mark_as_read(http, captured):
    message = captured()

    for path in ("", "/content", "/text", "/parts/1"):
        http.get(f"/api/messages/{message.id}{path}")

    assert http.get("/api/messages").json["unread"] == 1


def test_a_message_is_read_in_full(http, captured):
    message = captured(mail("Hello", "Hi there"), rcpt=["ada@example.org", "eve@example.org"])

    shown = http.get(f"/api/messages/{message.id}").json

    assert shown["subject"] == "Hello"
    assert shown["text"].strip() == "Hi there"
    assert shown["bcc"] == ["eve@example.org"]
    assert ["Subject", "Hello"] in shown["headers"]
    assert shown["parts"][0]["content_type"] == "text/plain"


def test_latest_is_the_newest(http, three):
    assert http.get("/api/messages/latest").json["subject"] == "Third"


def test_latest_can_be_narrowed(http, sink, three):
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))

    assert http.get("/api/messages/latest").json["subject"] == "There"
    assert http.get("/api/messages/latest?inbox=default").json["subject"] == "Third"
    assert http.get("/api/messages/latest?q=subject:first").json["subject"] == "First"


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("x", "There is no message with the id 'x'; it may have been deleted."),
        ("latest", "There is no message yet."),
        ("latest?inbox=shop", "There is no message in the inbox 'shop' yet."),
        ("latest?q=subject:hello", "There is no message that matches 'subject:hello' yet."),
    ],
)
def test_a_message_that_is_not_there_is_a_404_that_says_so(http, path, detail):
    answer = http.get(f"/api/messages/{path}")

    assert answer.status == 404
    assert answer.json["detail"] == detail


def test_a_message_of_another_inbox_is_not_found(http, captured):
    message = captured()

    assert http.get(f"/api/messages/{message.id}?inbox=other").status == 404
    assert http.get(f"/api/messages/{message.id}?q=subject:other").status == 404


def test_a_message_is_marked(http, captured):
    message = captured()

    answer = http.patch(f"/api/messages/{message.id}", {"read": True, "starred": True, "tags": ["a", "b"]})

    assert answer.json["read"] is True
    assert answer.json["starred"] is True
    assert answer.json["tags"] == ["a", "b"]
    assert http.get("/api/messages").json["unread"] == 0


def test_what_is_not_named_is_left_as_it_is(http, captured):
    message = captured()
    http.patch(f"/api/messages/{message.id}", {"tags": ["a"]})

    answer = http.patch("/api/messages/latest", {"read": True})

    assert answer.json["tags"] == ["a"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "There is nothing to change: give read, starred or tags."),
        ({"read": "yes"}, "read must be true or false or null, not 'yes'."),
        ({"reed": True}, "There is no member 'reed'; did you mean read?"),
        (
            {"tags": ["a", ""]},
            'tags must be a list of at most 100 texts, each of 1 to 100 characters, or null, not ["a",""].',
        ),
        ([], "The body must be a JSON object."),
    ],
)
def test_a_wrong_change_says_what_is_wrong(http, captured, body, detail):
    captured()

    answer = http.patch("/api/messages/latest", body)

    assert answer.status == 400
    assert answer.json["detail"] == detail


def test_several_messages_are_marked_by_id(http, three):
    answer = http.patch("/api/messages", {"ids": [three[0].id, three[1].id, "x"], "read": True})

    assert answer.json == {"changed": 2}
    assert http.get("/api/messages").json["unread"] == 1


def test_several_messages_are_marked_by_search(http, three):
    assert http.patch("/api/messages", {"q": "subject:first OR subject:third", "starred": True}).json == {
        "changed": 2
    }


def test_a_whole_inbox_is_marked(http, three):
    assert http.patch("/api/messages", {"inbox": "default", "read": True}).json == {"changed": 3}
    assert http.patch("/api/messages", {"inbox": "other", "read": True}).json == {"changed": 0}


@pytest.mark.parametrize("name", ["q", "inbox"])
@pytest.mark.parametrize("nothing", ["", " "])
def test_what_chooses_nothing_does_not_mean_everything(http, three, name, nothing):
    query = urlencode({name: nothing})
    answers = [
        http.patch("/api/messages", {name: nothing, "read": True}),
        http.delete(f"/api/messages?{query}"),
        http.delete(f"/api/messages/latest?{query}"),
        http.ask("PATCH", f"/api/messages/latest?{query}", json_body={"read": True}),
    ]

    assert [answer.status for answer in answers] == [400] * 4
    assert answers[0].json["detail"] == f"{name} is empty. Give it a value, or leave it out."
    assert answers[1].json["field"] == name
    counts = http.get("/api/messages?q=").json
    assert (counts["total"], counts["unread"]) == (3, 3)


def test_which_messages_must_be_said(http):
    answer = http.patch("/api/messages", {"read": True})

    assert answer.status == 400
    assert answer.json["detail"] == "Say which messages: ids, q or inbox."
    assert http.patch("/api/messages", {"ids": [], "q": "subject:first", "read": True}).status == 400


def test_a_message_is_deleted(http, three):
    assert http.delete(f"/api/messages/{three[1].id}").json == {"deleted": 1}
    assert subjects(http.get("/api/messages")) == ["Third", "First"]
    assert http.delete(f"/api/messages/{three[1].id}").status == 404


def test_messages_are_deleted_by_id(http, three):
    assert http.delete(f"/api/messages?ids={three[0].id},{three[1].id}").json == {"deleted": 2}
    assert subjects(http.get("/api/messages")) == ["Third"]


def test_ids_and_a_search_together_are_refused(http, three):
    assert http.delete(f"/api/messages?ids={three[0].id}&inbox=default").status == 400
    assert http.get("/api/messages").json["total"] == 3


def test_no_ids_delete_nothing(http, three):
    assert http.delete("/api/messages?ids=").json == {"deleted": 0}


def test_messages_are_deleted_by_search(http, three):
    assert http.delete("/api/messages?q=subject:first").json == {"deleted": 1}
    assert subjects(http.get("/api/messages")) == ["Third", "Second"]


def test_an_inbox_is_cleared_and_others_are_not(http, sink, three):
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))

    assert http.delete("/api/messages?inbox=default").json == {"deleted": 3}
    assert subjects(http.get("/api/messages")) == ["There"]


def test_everything_is_deleted(http, three):
    assert http.delete("/api/messages").json == {"deleted": 3}
    assert http.get("/api/messages").json["total"] == 0


def test_a_search_that_cannot_be_read_deletes_nothing(http, three):
    assert http.delete("/api/messages?q=subjct:first").status == 400
    assert http.get("/api/messages").json["total"] == 3
