"""What the memory store promises beyond the contract."""

from __future__ import annotations

from keeping import keep, mail, session

from mailsink.events import Events
from mailsink.store import Counts, Store, open_store
from mailsink.store.memory import MAX_SESSIONS, MemoryStore


def test_the_memory_store_is_called_memory():
    assert open_store("memory").description == "memory"


def test_done_is_called_before_add_returns():
    told = []

    MemoryStore(Events()).add(mail(), told.append)

    assert told == [None]


def test_the_oldest_sessions_go_when_there_are_too_many():
    store = MemoryStore(Events())
    ended = [session() for _ in range(MAX_SESSIONS + 2)]

    for each in ended:
        store.put_session(each)

    assert store.session(ended[1].id) is None
    assert store.sessions(limit=MAX_SESSIONS * 2) == tuple(reversed(ended[2:]))


def test_clearing_the_only_inbox_leaves_nothing():
    store = MemoryStore(Events())
    keep(store, mail("a"), mail("a"))

    assert store.clear(inbox="a") == 2
    assert store.inboxes() == {}
    assert store.counts() == Counts(total=0, unread=0)


def test_a_closed_memory_store_can_still_be_read():
    store: Store = MemoryStore(Events())
    (added,) = keep(store, mail())

    store.close()

    assert store.get(added.id) == added
