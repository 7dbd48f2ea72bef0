from __future__ import annotations

import pytest
from sending import mail, send

FILE = (
    b"From: shop@example.com\r\nTo: ada@example.org\r\nSubject: Invoice\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="invoice.pdf"\r\n\r\n%PDF'
)


def check(http, **criteria):
    return http.post("/api/assert", {"timeout": 0} | criteria)


def test_what_is_so_is_answered_with_its_message(http, captured):
    message = captured(mail("Welcome", "Your code is 493 027."))

    answer = check(http, rcpt="ada@example.org", subject="Welcome", code="493027")

    assert answer.status == 200
    assert [m["id"] for m in answer.json["messages"]] == [message.id]


def test_what_comes_in_time_counts(web, http, sink, in_thread):
    answer = in_thread(lambda: http.post("/api/assert", {"subject": "Late", "timeout": 10}))
    assert web.seats.wait_taken(1, timeout=5)

    send((sink.host, sink.port), mail("Late"))

    assert [m["subject"] for m in answer().json["messages"]] == ["Late"]


def test_what_did_not_come_is_explained(http, captured):
    captured(mail("Welcome"))

    answer = check(http, rcpt="ada@example.org", subject="Hello")

    assert answer.status == 409
    assert answer.json["detail"] == "No messages match; 1 must."
    assert answer.json["explanation"].startswith("expected 1 message, got 0")
    assert answer.json["matched"] == []
    (miss,) = answer.json["misses"]
    assert [(r["condition"], r["matches"]) for r in miss["reasons"]] == [("rcpt", True), ("subject", False)]


def test_one_too_many_is_told_with_all_that_match(http, captured):
    messages = [captured(), captured()]

    answer = check(http, subject="Hello")

    assert (answer.status, answer.json["detail"]) == (409, "2 messages match; 1 must.")
    assert [m["id"] for m in answer.json["matched"]] == [m.id for m in messages]
    assert answer.json["misses"] == []


def test_a_search_and_words_must_both_be_met(http, captured):
    captured(mail("Welcome", "Ada"))
    captured(mail("Welcome", "Grace"))

    assert check(http, q="subject:welcome", text="Grace").status == 200
    assert check(http, q="subject:welcome", text="Barbara").status == 409


def test_exactly_so_many_are_asked_for(http, captured):
    captured()
    captured()

    assert check(http, count=2).status == 200
    assert check(http, count=3).status == 409


def test_none_is_a_number_too(http, captured):
    assert check(http, count=0).json == {"messages": []}
    captured()

    answer = check(http, count=0)

    assert (answer.status, answer.json["detail"]) == (409, "1 message matches; none must.")
    assert http.post("/api/assert", {"count": 0, "subject": "Other"}).status == 200


def test_that_none_comes_is_watched_for_a_time(web, http, sink, in_thread):
    answer = in_thread(lambda: http.post("/api/assert", {"count": 0, "timeout": 10}))
    assert web.seats.wait_taken(1, timeout=5)

    send((sink.host, sink.port))

    assert answer().status == 409


def test_only_the_inbox_and_what_came_after_an_id_count(http, sink, captured):
    first = captured()

    assert check(http, inbox="other", count=0).status == 200
    assert check(http, after=first.id, count=0).status == 200


@pytest.mark.parametrize(
    "criteria",
    [
        {"from": "shop@example.com"},
        {"header": {"Subject": "Invoice", "X-None": None}},
        {"attachment": "*.pdf"},
        {"attachment": {"filename": "invoice.pdf", "content_type": "application/pdf"}},
        {"attachment": True, "cc": None, "bcc": False, "tls": False},
        {"rcpt": ["ada@example.org"], "sender": "@example.com"},
    ],
)
def test_the_words_of_the_fixture_mean_the_same(http, captured, criteria):
    captured(FILE)

    assert check(http, **criteria).status == 200


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"subjekt": "x"}, "subjekt", "There is no member 'subjekt'; did you mean subject?"),
        ({"rcpt": []}, "rcpt", "rcpt must be a text, a list of texts, true, false or null, not []."),
        ({"rcpt": 5}, "rcpt", "rcpt must be a text, a list of texts, true, false or null, not 5."),
        ({"count": -1}, "count", "count must be a whole number from 0 to 1000, not -1."),
    ],
)
def test_wrong_criteria_are_answered_with_their_place(http, body, field, detail):
    answer = http.post("/api/assert", body)

    assert (answer.status, answer.json["field"]) == (400, field)
    assert answer.json["detail"] == detail


def test_a_search_that_cannot_be_read_is_told_with_its_place(http):
    answer = check(http, q='subject:"x')

    assert (answer.status, answer.json["field"]) == (400, "q")


def test_no_more_wait_than_there_are_seats(web, http):
    web.seats.most = 0

    assert http.post("/api/assert", {"timeout": 5}).status == 503
