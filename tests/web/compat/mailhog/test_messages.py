from __future__ import annotations

import pytest
from mails import PIXEL, order

V1, V2 = "/mailhog/api/v1", "/mailhog/api/v2"


def subjects(items):
    return [item["Content"]["Headers"]["Subject"][0] for item in items]


def test_an_empty_box_is_an_empty_list(http):
    answer = http.get(f"{V2}/messages")

    assert answer.json == {"total": 0, "count": 0, "start": 0, "items": []}
    assert answer.headers["Content-Type"] == "text/json"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Third", "Second", "First"]),
        ("?start=1&limit=1", ["Second"]),
        ("?limit=0", ["Third", "Second", "First"]),
        ("?limit=-1&start=x", ["Third", "Second", "First"]),
        ("?start=9", []),
    ],
)
def test_messages_come_newest_first(http, three, query, shown):
    answer = http.get(f"{V2}/messages{query}").json

    assert subjects(answer["items"]) == shown
    assert (answer["total"], answer["count"]) == (3, len(shown))


def test_version_1_lists_all(http, three):
    assert subjects(http.get(f"{V1}/messages").json) == ["Third", "Second", "First"]


def test_a_search_pages_through_what_it_finds(http, three):
    answer = http.get(f"{V2}/search?kind=to&query=ada&start=1&limit=1").json

    assert subjects(answer["items"]) == ["Second"]
    assert (answer["total"], answer["count"], answer["start"]) == (3, 1, 1)


def test_a_message_is_read_and_not_marked(http, sink, three):
    answer = http.get(f"{V1}/messages/{three[0].id}")

    assert subjects([answer.json]) == ["First"]
    assert not sink.everything.get(three[0].id).read


def test_a_message_is_deleted(http, sink, three):
    answer = http.delete(f"{V1}/messages/{three[0].id}")

    assert (answer.status, answer.body) == (200, b"")
    assert [message.subject for message in sink.everything] == ["Second", "Third"]


def test_all_are_deleted(http, sink, three):
    answer = http.delete(f"{V1}/messages")

    assert (answer.status, answer.body) == (200, b"")
    assert len(sink.everything) == 0


def test_a_message_is_saved_octet_for_octet(http, captured):
    message = captured(b"Subject: caf\xe9\r\n\r\nHi\r\n")

    answer = http.get(f"{V1}/messages/{message.id}/download")

    assert (answer.body, answer.headers["Content-Type"]) == (message.content, "message/rfc822")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{message.id}.eml"'


def test_a_part_is_saved_decoded(http, captured):
    message = captured(bytes(order()))

    answer = http.get(f"{V1}/messages/{message.id}/mime/part/1/download")

    assert answer.body.startswith(b"%PDF-1.4")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="order-10482.pdf"'
    assert PIXEL not in answer.body


def test_a_part_that_holds_parts_is_saved_as_it_lies_there(http, captured):
    message = captured(bytes(order()))

    answer = http.get(f"{V1}/messages/{message.id}/mime/part/0/download")

    assert answer.headers["Content-Type"] == "multipart/alternative"
    assert answer.body.count(b"Content-Type: ") == 4


@pytest.mark.parametrize("index", ["2", "-1", "x", "9" * 30, "1.1"])
def test_a_part_that_is_not_there(http, captured, index):
    message = captured(bytes(order()))

    assert http.get(f"{V1}/messages/{message.id}/mime/part/{index}/download").status == 404


def test_a_message_that_is_not_there_is_null(http):
    answer = http.get(f"{V1}/messages/nothing")

    assert (answer.status, answer.json) == (404, None)


def test_nothing_is_released(http, three):
    answer = http.ask("POST", f"{V1}/messages/{three[0].id}/release", json_body={"Host": "mail.example"})

    assert answer.status == 400
    assert answer.json == {"error": "Nothing leaves this machine: mailsink releases no message."}


def test_there_is_nowhere_to_release_to(http):
    assert http.get(f"{V2}/outgoing-smtp").json == {}
