from __future__ import annotations

import datetime as dt

import pytest
from messages import message

from mailsink.events import Events
from mailsink.model import Peer, Session
from mailsink.query import query_of
from mailsink.sessions import Sessions
from mailsink.store import open_store
from mailsink.testing.window import PartialSessions, PartialStore


@pytest.fixture
def whole():
    store = open_store("memory", events=Events())
    yield store
    store.close()


@pytest.fixture
def part(whole):
    return PartialStore(whole, lambda m: m.subject.startswith("Mine"))


def keep(store, subject, inbox="default"):
    kept = message(subject=subject, state={"inbox": inbox})
    store.add(kept, lambda _: None)
    return kept


def test_only_what_belongs_is_shown(whole, part):
    mine, other = keep(whole, "Mine"), keep(whole, "Other")

    assert [m.id for m in part.scan()] == [mine.id]
    assert (part.get(mine.id).id, part.get(other.id), part.get("none")) == (mine.id, None, None)
    assert part.latest().id == mine.id
    assert part.latest(inbox="none") is None
    assert (part.counts().total, part.counts(query=query_of(subject="Mine 2")).total) == (1, 0)
    assert part.inboxes() == {"default": part.counts()}
    assert (part.description, part.events) == ("memory", whole.events)


def test_each_is_asked_about_once(whole):
    asked = []
    part = PartialStore(whole, lambda m: asked.append(m.id) is None)
    keep(whole, "Mine")

    assert len([*part.scan(), *part.scan()]) == 2
    assert len(asked) == 1


def test_pages_are_newest_first_and_go_on(whole, part):
    kept = [keep(whole, f"Mine {n}") for n in range(3)]
    keep(whole, "Other")

    page = part.page(limit=2)
    rest = part.page(limit=2, before=page.next)

    assert [s.id for s in page.summaries] == [kept[2].id, kept[1].id]
    assert ([s.id for s in rest.summaries], rest.next) == ([kept[0].id], None)


def test_changes_touch_what_is_shown_alone(whole, part):
    mine, other = keep(whole, "Mine"), keep(whole, "Other")
    both = [mine.id, other.id]

    assert part.mark(both, starred=True) == 1
    assert (part.mark_all_read(), part.counts().unread, whole.counts().unread) == (1, 0, 1)
    assert part.delete(both) == 1
    keep(part, "Mine again")
    assert part.clear() == 1
    assert [m.id for m in whole.scan()] == [other.id]


def test_closing_it_leaves_the_store_open(whole, part):
    part.close()

    assert keep(whole, "Mine").id in [m.id for m in part.scan()]


def session(number: int) -> Session:
    return Session(id=str(number), listener="", peer=Peer(""), started_at=dt.datetime.now(dt.UTC))


class NoneOpen:
    def sessions(self):
        return ()

    def session(self, _):
        return None

    def began_at(self, _):
        return None


def test_only_sessions_that_belong_are_shown(whole, part):
    for number in range(4):
        part.put_session(session(number))
    sessions = PartialSessions(Sessions(whole, NoneOpen()), lambda s: s.id in "02")
    kept = message()

    assert [s.id for s in sessions.list()] == ["2", "0"]
    assert [s.id for s in sessions.list(limit=1)] == ["2"]
    assert sessions.ids() == ("2", "0")
    assert (sessions.get("2").id, sessions.get("1"), len(sessions)) == ("2", None, 2)
    assert sessions.began_at(kept) == kept.received_at
    assert (len(part.sessions()), part.session("1").id) == (4, "1")
