from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from sending import TO_FULL, raw, send

from mailsink.model import Peer, Session


def test_an_open_session_is_listed_and_read(http, sink):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO client.example.org")
        (listed,) = http.get("/api/sessions").json["sessions"]
        shown = http.get(f"/api/sessions/{listed['id']}").json

    assert listed["ended_at"] is None
    assert shown["greeting"] == "client.example.org"
    assert "EHLO client.example.org" in [entry["text"] for entry in shown["transcript"]]


def test_a_session_names_its_message(http, captured):
    message = captured()

    shown = http.get(f"/api/sessions/{message.session_id}").json

    assert shown["message_ids"] == [message.id]
    assert shown["transactions"][0]["envelope"]["reverse_path"] == "shop@example.com"


def test_pages_of_sessions_follow_each_other(http, captured):
    for _ in range(3):
        captured()

    first = http.get("/api/sessions?limit=2").json
    second = http.get(f"/api/sessions?limit=2&cursor={first['next']}").json

    ids = [session["id"] for session in first["sessions"] + second["sessions"]]
    assert len(ids) == 3
    assert ids == sorted(ids, reverse=True)
    assert second["next"] is None


def test_a_session_that_is_not_there_is_a_404_that_says_so(http):
    answer = http.get("/api/sessions/x")

    assert answer.status == 404
    assert answer.json["detail"] == "There is no session with the id 'x'; only the newest are kept."


@pytest.fixture
def three(sink, in_turn, ended):
    """One captured, one refused, one without mail, in this order."""
    send((sink.host, sink.port))
    sink.inbox.faults.add(stage="rcpt", rcpt="*@full.example", reply="452 4.2.2 Mailbox full")
    in_turn(*TO_FULL)
    in_turn(b"EHLO health-check", b"QUIT")
    ended(3)


@pytest.fixture
def in_turn(sink):
    def say(*lines):
        with raw((sink.host, sink.port)) as client:
            client.reply()
            for line in lines:
                client.ask(line)

    return say


@pytest.mark.parametrize(
    ("query", "greetings"),
    [
        ("outcome=refused", ["worker-3.example"]),
        ("outcome=faults", ["worker-3.example"]),
        ("outcome=failed", []),
        ("client=WORKER", ["worker-3.example"]),
        ("client=ada@full", ["worker-3.example"]),
        ("client=health&outcome=captured", []),
    ],
)
def test_outcome_and_client_narrow_the_list(three, http, query, greetings):
    shown = http.get(f"/api/sessions?{query}").json

    assert [session["greeting"] for session in shown["sessions"]] == greetings
    assert shown["next"] is None


def test_a_narrowed_list_has_pages_too(three, http):
    first = http.get("/api/sessions?client=127.0.0.1&limit=1").json
    second = http.get(f"/api/sessions?client=127.0.0.1&limit=2&cursor={first['next']}").json

    assert [session["greeting"] for session in first["sessions"]] == ["health-check"]
    assert len(second["sessions"]) == 2
    assert second["next"] is None


def test_what_was_before_is_left_out(three, http, sink):
    newest = sink.sessions.list(limit=1)[0]

    at = quote(newest.started_at.isoformat())
    later = quote((newest.started_at + dt.timedelta(seconds=1)).isoformat())

    assert len(http.get(f"/api/sessions?since={at}").json["sessions"]) == 1
    assert http.get(f"/api/sessions?since={later}").json == {"sessions": [], "next": None}


def test_a_list_has_whole_sessions_where_full_ones_are_asked_for(three, http):
    (bare, *_), full = (http.get(f"/api/sessions{query}").json["sessions"] for query in ("", "?full=true"))

    assert full == [http.get(f"/api/sessions/{one['id']}").json for one in full]
    assert "transcript" not in bare
    assert [len(one["transactions"]) for one in full] == [0, 1, 1]


def test_a_page_of_whole_sessions_holds_a_hundred(http, sink):
    moment = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    for number in range(101):
        sink.store.put_session(
            Session(id=f"{number:022}", listener="127.0.0.1:25", peer=Peer("127.0.0.1"), started_at=moment)
        )

    page = http.get("/api/sessions?full=true&limit=500").json
    rest = http.get(f"/api/sessions?full=true&cursor={page['next']}").json

    assert len(page["sessions"]) == 100
    assert ([one["id"] for one in rest["sessions"]], rest["next"]) == (["0" * 22], None)


@pytest.mark.parametrize("since", ["yesterday", "2026-03-02T09:30:00", "2026-03-02"])
def test_a_time_without_its_zone_is_refused(http, since):
    answer = http.get(f"/api/sessions?since={since}")

    assert (answer.status, answer.json["field"]) == (400, "since")
    assert answer.json["detail"] == (
        f"since must be a time with its zone, such as 2026-03-02T09:30:00Z, not '{since}'."
    )


def test_an_unknown_outcome_is_told_the_known_ones(http):
    assert http.get("/api/sessions?outcome=lost").json["detail"] == (
        "outcome must be one of captured, failed, faults, refused, not 'lost'."
    )
