from __future__ import annotations

import pytest
from sending import TO_FULL, converse, send

from mailsink_web import session_list
from mailsink_web.judgements import Judgements
from mailsink_web.outcome import KINDS
from mailsink_web.session_list import Narrowing, neighbours, session_page


@pytest.fixture
def sessions(sink, ended):
    """Three captured, one refused, one that brought nothing, in this order."""
    for number in range(3):
        send((sink.host, sink.port), rcpt=[f"ada{number}@example.org"])
    sink.inbox.faults.add(stage="rcpt", rcpt="*@full.example", reply="452 4.2.2 Mailbox full")
    converse((sink.host, sink.port), *TO_FULL)
    converse((sink.host, sink.port), b"EHLO health-check", b"QUIT")
    ended(5)
    return Judgements(sink.store, sink.sessions)


def words(page):
    return [outcome.word for _, outcome in page.sessions]


def test_a_page_has_all_newest_first_with_their_numbers(sessions):
    page = session_page(sessions, Narrowing())

    assert words(page) == ["no mail", "deferred", "1 captured", "1 captured", "1 captured"]
    assert page.counts == {"": 5, "captured": 3, "refused": 1, "failed": 0, "faults": 1}
    assert page.is_all
    assert page.next == ""


@pytest.mark.parametrize(("show", "number"), [("captured", 3), ("refused", 1), ("failed", 0), ("faults", 1)])
def test_a_kind_leaves_those_of_the_kind(sessions, show, number):
    assert len(session_page(sessions, Narrowing(show=show)).sessions) == number


@pytest.mark.parametrize("who", ["WORKER-3", "ops@shop", "ada@full", "127.0.0.1"])
def test_who_is_found_by_name_path_and_address(sessions, who):
    page = session_page(sessions, Narrowing(who=who, show="refused"))

    assert words(page) == ["deferred"]


def test_a_user_is_found(sink, sessions):
    assert session_page(sessions, Narrowing(who="nobody@nowhere")).sessions == ()


def test_pages_follow_one_another_without_a_gap(sessions):
    seen, before = [], ""
    while True:
        page = session_page(sessions, Narrowing(show="captured"), before=before, limit=2)
        seen += [session.id for session, _ in page.sessions]
        if not page.next:
            break
        before = page.next

    assert len(seen) == len(set(seen)) == 3


def test_a_page_looks_at_no_more_than_its_bound_and_says_where_it_stopped(sessions, monkeypatch):
    monkeypatch.setattr(session_list, "LOOKED_AT", 2)

    page = session_page(sessions, Narrowing(show="captured"))

    assert page.sessions == ()
    assert not page.is_all
    assert len(session_page(sessions, Narrowing(show="captured"), before=page.next).sessions) == 2


def test_a_session_has_neighbours_in_its_list(sessions):
    ids = [session.id for session in sessions.list()]
    captured = Narrowing(show="captured")

    assert neighbours(sessions, Narrowing(), ids[0]) == ("", ids[1])
    assert neighbours(sessions, Narrowing(), ids[1]) == (ids[0], ids[2])
    assert neighbours(sessions, Narrowing(), ids[-1]) == (ids[-2], "")
    assert neighbours(sessions, captured, ids[2]) == ("", ids[3])
    assert neighbours(sessions, captured, ids[0]) == ("", ids[2])


def test_neighbours_are_not_looked_for_for_ever(sessions, monkeypatch):
    ids = [session.id for session in sessions.list()]

    monkeypatch.setattr(session_list, "LOOKED_AT", 2)
    assert neighbours(sessions, Narrowing(), ids[4]) == (ids[1], "")


def test_an_address_keeps_what_it_narrows():
    narrowing = Narrowing.of({"show": "refused", "who": " ada "}, KINDS)

    assert narrowing == Narrowing(show="refused", who="ada")
    assert narrowing.at("/sessions", "X") == "/sessions?show=refused&who=ada&before=X"
    assert narrowing.at("/sessions", show="") == "/sessions?who=ada"
    assert Narrowing.of({"show": "odd"}, KINDS) == Narrowing()


def test_what_began_earlier_is_left_out(sessions):
    newest = sessions.list(limit=1)[0]

    page = session_page(sessions, Narrowing(since=newest.started_at))

    assert [session.id for session, _ in page.sessions] == [newest.id]
    assert page.is_all
