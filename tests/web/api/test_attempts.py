from __future__ import annotations

import contextlib
import smtplib
from dataclasses import replace

from sending import mail, send


def attempt(listener, content=None, **words) -> None:
    with contextlib.suppress(smtplib.SMTPException):
        send((listener.host, listener.port), content, **words)


def mailings(http, query="") -> list[dict]:
    return http.get(f"/api/attempts{query}").json["mailings"]


def test_nothing_was_tried_at_first(http):
    assert http.get("/api/attempts").json == {"mailings": [], "next": None}


def test_a_greylisted_mail_shows_both_tries(http, sink):
    sink.inbox.faults.preset("greylisting", seconds=0)
    for _ in range(2):
        attempt(sink)

    [mailing] = mailings(http)
    refused, kept = mailing["attempts"]
    assert mailing["key"].startswith("sha256:")
    assert mailing["captured"] == 1
    assert refused["reply"] == {
        "code": 451,
        "enhanced": "4.7.1",
        "text": "Greylisted, please try again later",
    }
    assert (refused["interval"], refused["message_id"], refused["faults"]) == (0, "", ["F1"])
    assert refused["envelope"]["recipients"][0]["fault"] == "F1"
    assert kept["reply"]["code"] == 250
    assert kept["interval"] > 0
    assert http.get(f"/api/messages/{kept['message_id']}").json["session_id"] == kept["session_id"]


def test_the_duplicate_trap_shows_two_messages_of_one_mail(http, sink):
    sink.inbox.faults.preset("duplicate_trap")
    for _ in range(2):
        attempt(sink)

    [mailing] = mailings(http)
    assert mailing["captured"] == 2
    assert [one["reply"] and one["reply"]["code"] for one in mailing["attempts"]] == [None, 250]
    assert len({one["message_id"] for one in mailing["attempts"]}) == 2


def test_what_was_too_large_to_begin_was_tried(http, sink):
    small = sink.listen(policy=replace(sink.policy, max_size=1_000))
    attempt(small, mail("Large", "x" * 2_000), sender="large@example.com")
    attempt(small, mail("Small"))

    captured, refused = mailings(http)

    assert captured["captured"] == 1
    assert [one["reply"]["code"] for one in refused["attempts"]] == [552]
    assert refused["attempts"][0]["envelope"]["reverse_path"] == "large@example.com"
    assert mailings(http, "?outcome=refused") == [refused]


def test_the_newest_mails_come_first_and_are_limited(http, sink):
    for subject in ("One", "Two", "Three"):
        attempt(sink, mail(subject), sender=f"{subject}@example.com")

    senders = [one["attempts"][0]["envelope"]["reverse_path"] for one in mailings(http, "?limit=2")]
    assert senders == ["Three@example.com", "Two@example.com"]


def test_attempts_are_those_of_the_inbox(http, sink):
    other = sink.listen(inbox="other")
    attempt(sink, mail("Mine"))
    attempt(other, mail("Other"))

    assert len(mailings(http, "?inbox=other")) == 1
    assert len(mailings(http)) == 2
    assert mailings(http, "?inbox=third") == []


def test_paths_that_are_not_utf_8_are_shown_all_the_same(http, sink):
    with smtplib.SMTP(sink.host, sink.port) as client:
        client.ehlo()
        client.send(b"MAIL FROM:<caf\xe9@example.com>\r\nRSET\r\n")
        client.getreply()
        client.getreply()

    [mailing] = mailings(http)
    assert mailing["key"] == "envelope:<caf\ufffd@example.com>"


def test_a_wrong_limit_is_a_problem(http):
    answer = http.get("/api/attempts?limit=0")

    assert answer.status == 400
    assert answer.json["detail"] == "limit must be a whole number from 1 to 1000, not '0'."
