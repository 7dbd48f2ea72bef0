"""What goes beyond the limits is deleted, in both stores alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from keeping import keep, mail
from messages import message

from mailsink.message import Message
from mailsink.retention import Limits, Retention
from mailsink.store import Counts, Store, open_store

Open = Callable[[Retention], Store]


@pytest.fixture(params=["memory", "sqlite"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    stores: list[Store] = []

    def open_with(retention: Retention) -> Store:
        where = "memory" if request.param == "memory" else str(tmp_path / "mail.db")
        stores.append(open_store(where, retention=retention))
        return stores[-1]

    yield open_with
    for store in stores:
        store.close()


def aged(seconds: float, inbox: str = "default") -> Message:
    return mail(inbox, received_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds))


def sized(octets: int) -> Message:
    return message(octets=b"x" * octets)


def kept(store: Store) -> list[Message]:
    return list(store.scan())


def test_the_oldest_go_when_there_are_too_many(opened: Open):
    store = opened(Retention(all=Limits(max_messages=3)))

    added = keep(store, *(mail("ab"[n % 2], starred=True) for n in range(5)))

    assert kept(store) == list(added[2:])
    assert store.counts() == Counts(total=3, unread=3)
    assert store.inboxes() == {"a": Counts(total=2, unread=2), "b": Counts(total=1, unread=1)}


def test_there_are_never_more_than_allowed(opened: Open):
    store = opened(Retention(all=Limits(max_messages=1)))
    seen = []

    for _ in range(3):
        store.add(mail(), lambda _error: seen.append(store.counts().total))
    store.mark([], read=True)

    assert set(seen) == {1}


def test_the_oldest_go_when_they_are_too_big(opened: Open):
    store = opened(Retention(all=Limits(max_bytes=100)))

    added = keep(store, sized(40), sized(40), sized(40), sized(10))

    assert kept(store) == list(added[1:])


def test_a_message_that_is_too_big_alone_is_kept_until_the_next(opened: Open):
    store = opened(Retention(all=Limits(max_bytes=100)))

    (big,) = keep(store, sized(500))
    assert kept(store) == [big]

    (small,) = keep(store, sized(10))
    assert kept(store) == [small]


def test_what_is_too_old_goes_when_the_next_comes(opened: Open):
    store = opened(Retention(all=Limits(max_age=60.0)))

    _, young = keep(store, aged(70), aged(0))

    assert kept(store) == [young]


def test_what_becomes_too_old_is_not_read_any_more(opened: Open):
    store = opened(Retention(all=Limits(max_age=60.0)))
    (old,) = keep(store, aged(59.9))
    with store.events.subscribe(kinds=("deleted",)) as events:
        while store.get(old.id) is not None:
            assert events.get(timeout=0.05) is None or store.get(old.id) is None

        assert store.page().summaries == ()
        assert store.counts() == Counts(total=0, unread=0)
        assert store.latest() is None
        assert store.inboxes() == {}


def test_each_inbox_has_limits_of_its_own(opened: Open):
    store = opened(
        Retention(each=Limits(max_messages=1), inboxes={"b": Limits(max_messages=2), "c": Limits()})
    )

    keep(store, *(mail("abc"[n % 3]) for n in range(9)))

    assert {name: counts.total for name, counts in store.inboxes().items()} == {"a": 1, "b": 2, "c": 3}


def test_each_inbox_has_an_age_of_its_own(opened: Open):
    store = opened(Retention(inboxes={"a": Limits(max_age=60.0)}))

    _, stays = keep(store, aged(70, "a"), aged(70, "b"))

    assert kept(store) == [stays]


def test_what_is_evicted_is_announced_after_what_came(opened: Open):
    store = opened(Retention(all=Limits(max_messages=1)))
    (first,) = keep(store, mail("a"))

    with store.events.subscribe() as subscription:
        (second,) = keep(store, mail("b"))
        store.mark([], read=True)
        events = [subscription.get(timeout=0) for _ in range(3)]

    assert [(e.kind, e.inbox, e.ids) for e in events if e] == [
        ("captured", "b", (second.id,)),
        ("deleted", "a", (first.id,)),
    ]


def test_counters_hold_when_inboxes_are_emptied(opened: Open):
    store = opened(Retention(all=Limits(max_bytes=100)))
    keep(store, *(mail("ab"[n % 2]) for n in range(2)))
    store.clear(inbox="a")
    keep(store, sized(70))

    assert len(kept(store)) == 2


def test_a_file_that_is_opened_with_a_limit_keeps_to_it(tmp_path: Path):
    file = str(tmp_path / "mail.db")
    first = open_store(file)
    added = keep(first, *(mail() for _ in range(5)))
    first.close()

    store = open_store(file, retention=Retention(all=Limits(max_messages=2)))
    store.mark([], read=True)

    assert kept(store) == list(added[3:])
    store.close()
