from __future__ import annotations

import pytest

API = "/mailpit/api/v1"


def subjects(answer):
    return [message["Subject"] for message in answer.json["messages"]]


def test_an_empty_box_is_an_empty_list(http):
    assert http.get(f"{API}/messages").json == {
        "total": 0,
        "unread": 0,
        "count": 0,
        "messages_count": 0,
        "messages_unread": 0,
        "start": 0,
        "tags": [],
        "messages": [],
    }


def test_messages_come_newest_first(http, three):
    answer = http.get(f"{API}/messages")

    assert subjects(answer) == ["Third", "Second", "First"]
    assert (answer.json["total"], answer.json["count"], answer.json["messages_count"]) == (3, 3, 3)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?start=1&limit=1", ["Second"]),
        ("?limit=0", ["Third", "Second", "First"]),
        ("?start=x&limit=y", ["Third", "Second", "First"]),
        ("?before=2001-01-01", []),
    ],
)
def test_a_list_is_parted(http, three, query, shown):
    assert subjects(http.get(f"{API}/messages{query}")) == shown


def test_a_search_counts_what_it_finds(http, sink, three):
    sink.everything.mark([three[0].id], read=True)

    answer = http.get(f"{API}/search?query=subject:f*+OR+subject:second&limit=1")

    assert subjects(answer) == ["Second"]
    assert [answer.json[name] for name in ("total", "unread", "count")] == [3, 2, 1]
    assert [answer.json[name] for name in ("messages_count", "messages_unread")] == [2, 1]


def test_a_search_with_a_limit_of_nothing_only_counts(http, three):
    answer = http.get(f"{API}/search?query=second&limit=0")

    assert (subjects(answer), answer.json["messages_count"]) == ([], 1)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_search_for_nothing_is_refused(http, sink, three, method):
    answer = http.ask(method, f"{API}/search?query=+")

    assert (answer.status, answer.body) == (400, b"Error: no search query")
    assert len(sink.everything) == 3


def test_what_a_search_finds_is_deleted(http, sink, three):
    answer = http.delete(f"{API}/search?query=subject:second")

    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "text/plain", b"ok")
    assert [message.subject for message in sink.everything] == ["First", "Third"]


def test_a_search_with_a_wrong_date_deletes_nothing(http, sink, three):
    answer = http.delete(f"{API}/search?query=subject:second+before:soon")

    assert answer.status == 400
    assert b"soon is not a time" in answer.body
    assert len(sink.everything) == 3


def read(sink):
    return [message.read for message in sink.everything]


def put(http, body, **headers):
    words = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.ask("PUT", f"{API}/messages", body=body, headers=words)


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (b'{"Read": true}', [True, True, True]),
        (b"{}", [False, False, False]),
        (b'{"read": true, "ids": ["%s"]}', [True, False, True]),
        (b'{"Read": true, "IDs": [], "Search": "third"}', [True, False, True]),
        (b'{"IDs": ["nothing"], "Read": true}', [True, False, False]),
    ],
)
def test_messages_are_marked(http, sink, three, body, after):
    sink.everything.mark([three[0].id], read=True)

    answer = put(http, body.replace(b"%s", three[2].id.encode()))

    assert (answer.status, answer.body) == (200, b"ok")
    assert read(sink) == after


@pytest.mark.parametrize(
    ("form", "after"),
    [(b"ids=%s&Read=true", [False, True, False]), (b"Read=True", [True, True, True])],
)
def test_a_form_marks_messages_too(http, sink, three, form, after):
    kind = "application/x-www-form-urlencoded"

    answer = put(http, form.replace(b"%s", three[1].id.encode()), Content_Type=kind)

    if b"ids" in form:
        assert (answer.status, read(sink)) == (200, after)
    else:
        assert (answer.status, read(sink)) == (400, [False] * 3)


@pytest.mark.parametrize("body", [b"", b"read", b'{"Read": "yes"}', b'{"IDs": ["a"], "Search": "b"}'])
def test_what_cannot_be_read_marks_nothing(http, sink, three, body):
    assert put(http, body).status == 400
    assert read(sink) == [False] * 3


@pytest.mark.parametrize("body", [b"", b"{}", b'{"IDs": []}', b'{"ids": null}'])
def test_no_ids_delete_all(http, sink, three, body):
    answer = http.ask("DELETE", f"{API}/messages", body=body)

    assert (answer.status, answer.body) == (200, b"ok")
    assert len(sink.everything) == 0


@pytest.mark.parametrize("name", ["IDs", "ids"])
def test_ids_are_deleted(http, sink, three, name):
    http.ask("DELETE", f"{API}/messages", json_body={name: [three[0].id, "nothing", three[1].id]})

    assert [message.subject for message in sink.everything] == ["Third"]


def test_ids_in_a_form_are_deleted(http, sink, three):
    body = f"ids={three[0].id}&ids={three[1].id}".encode()

    http.ask(
        "DELETE", f"{API}/messages", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert [message.subject for message in sink.everything] == ["Third"]


def test_json_is_json_though_curl_calls_it_a_form(http, sink, three):
    body = f'{{"IDs": ["{three[0].id}"]}}'.encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    http.ask("DELETE", f"{API}/messages", body=body, headers=kind)

    assert [message.subject for message in sink.everything] == ["Second", "Third"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"nonsense", "text/plain"),
        (b"[]", "application/x-www-form-urlencoded"),
        (b"&ids=a" * 10_001, "application/x-www-form-urlencoded"),
        (b'["a"]', "application/json"),
        (b'{"id": ["a"]}', "application/json"),
        (b'{"IDs": "a"}', "application/json"),
        (b"id=a", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_cannot_be_read_deletes_nothing(http, sink, three, body, kind):
    answer = http.ask("DELETE", f"{API}/messages", body=body, headers={"Content-Type": kind})

    assert answer.status == 400
    assert len(sink.everything) == 3
