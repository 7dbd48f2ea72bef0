"""What was deleted goes at once for everybody who looks, and out of the file a bit later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from keeping import index_all, keep, mail, older_index, on_writer

from mailsink.events import Events
from mailsink.message import id_of
from mailsink.query_text import parse
from mailsink.retention import Limits, Retention
from mailsink.store import Counts, indexer, leftovers
from mailsink.store.eviction import evict
from mailsink.store.sqlite import SQLiteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStore]:
    """A store that puts aside what others would delete at once, and whose chores wait."""
    monkeypatch.setattr(leftovers, "MANY", 1)
    monkeypatch.setattr(leftovers, "SLICE", 3)
    with closing(SQLiteStore(tmp_path / "mail.db", Events())) as opened:
        opened._writer._chore = lambda _connection, _enough: False
        yield opened


def tables(store: SQLiteStore) -> set[str]:
    with store._readers.lend() as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {name for (name,) in rows if name.startswith(("gone_", "words_")) and name.count("_") == 1}


def rows(store: SQLiteStore, table: str) -> int:
    with store._readers.lend() as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def sweep(store: SQLiteStore, *, enough: bool = False) -> bool:
    return on_writer(store, lambda connection: leftovers.sweep(connection, lambda: enough))


def test_clearing_everything_puts_it_aside(store: SQLiteStore):
    keep(store, *(mail() for _ in range(10)))
    index_all(store)

    assert store.clear() == 10
    assert tables(store) == {"gone_1", "gone_2", "words_1"}
    assert list(store.scan(query=parse("subject:hello"))) == []

    assert not sweep(store)
    assert tables(store) == set()


def test_what_comes_after_a_clearing_is_not_swept_away(store: SQLiteStore):
    keep(store, *(mail() for _ in range(10)))
    index_all(store)
    store.clear()
    added = keep(store, *(mail() for _ in range(4)))
    index_all(store)
    store.clear()
    added = keep(store, *(mail() for _ in range(4)))
    index_all(store)

    assert not sweep(store)
    assert list(store.scan()) == list(added)
    assert len(list(store.scan(query=parse("subject:hello")))) == 4
    assert len(tables(store)) == 1


def test_clearing_an_inbox_leaves_its_messages_for_later(store: SQLiteStore):
    added = keep(store, *(mail("ab"[n % 2], tags=("Red",)) for n in range(20)))
    index_all(store)
    waiting = keep(store, mail("a"), mail("b"))
    ids, left = [m.id for m in added[::2]], [*added[1::2], waiting[1]]

    assert store.clear(inbox="a") == 11
    assert (rows(store, "messages"), rows(store, "contents"), rows(store, "pending")) == (21, 21, 1)
    for _ in range(3):
        # As though all were gone at once.
        assert list(store.scan()) == left
        assert [s.id for s in store.page().summaries] == [m.id for m in reversed(left)]
        assert store.inboxes() == {"b": store.counts()} == {"b": Counts(total=11, unread=11)}
        assert list(store.scan(inbox="a")) == list(store.scan(inbox="a", query=parse("hello"))) == []
        for text in ("subject:hello", "is:unread", "-is:read", "tag:red OR hello", "-inbox:a"):
            assert list(store.scan(query=parse(text))) == left
            assert store.counts(query=parse(text)) == Counts(total=11, unread=11)
        assert [store.get(ids[0]), store.mark(ids, read=True), store.delete(ids)] == [None, 0, 0]
        assert store.mark_all_read(inbox="a") == store.clear(inbox="a") == 0
        assert sweep(store, enough=True)

    assert not sweep(store)
    assert (rows(store, "messages"), rows(store, "contents"), rows(store, "details")) == (11, 11, 11)
    assert (rows(store, "labels"), rows(store, "inboxes"), rows(store, "dead")) == (10, 1, 10)
    assert list(store.scan()) == left
    assert store.counts(query=parse("subject:hello")) == Counts(total=11, unread=11)


def test_what_was_cleared_is_back_at_once_when_it_comes_again(store: SQLiteStore):
    added = keep(store, *(mail("a") for _ in range(10)), mail("b"))
    index_all(store)
    store.clear(inbox="a")

    keep(store, *added[2:5])

    assert list(store.scan()) == [*added[2:5], added[-1]]
    assert store.inboxes()["a"] == Counts(total=3, unread=3)
    assert not sweep(store)
    assert list(store.scan(query=parse("subject:hello"))) == [*added[2:5], added[-1]]


def test_an_inbox_of_few_messages_is_cleared_to_the_last_octet(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leftovers, "MANY", 100)
    keep(store, *(mail("a") for _ in range(10)), mail("b"))

    assert store.clear(inbox="a") == 10
    assert [rows(store, table) for table in ("messages", "contents", "details", "pending", "inboxes")] == [
        1
    ] * 5


def test_the_index_is_kept_while_an_inbox_is_swept_away(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(indexer, "FEW", 1)
    with older_index():
        added = keep(store, *(mail("ab"[n % 4 == 0]) for n in range(20)))
        index_all(store)
    keep(store, mail("a"))
    store.clear(inbox="a")
    more = keep(store, mail("b"))
    index_all(store)

    while on_writer(store, lambda c: indexer.tidy(c) or indexer.renew(c, lambda: True)):
        pass
    assert list(store.scan(query=parse("h*"))) == [*added[::4], *more]
    assert not sweep(store)
    assert on_writer(store, indexer.tidy)
    index_all(store)

    assert list(store.scan(query=parse("h*"))) == [*added[::4], *more]
    with store._readers.lend() as connection:
        shards = connection.execute("SELECT total, live FROM shards").fetchall()
    assert [sum(column) for column in zip(*shards, strict=True)] == [6, 6]


def test_limits_count_what_is_seen(store: SQLiteStore):
    added = keep(store, *(mail("a") for _ in range(5)), *(mail("b") for _ in range(5)))
    store.clear(inbox="a")

    retention = Retention(all=Limits(max_messages=3, max_age=10**11))
    changed, ends = on_writer(store, lambda connection: evict(connection, retention, 0))

    assert changed == {"b": [m.id for m in added[5:7]]}
    assert ends is not None
    assert list(store.scan()) == list(added[7:])


def test_a_message_may_take_the_place_of_one_that_is_gone(store: SQLiteStore):
    first = mail(id=id_of(1_700_000_000_000_000, 1))
    keep(store, first, mail("b"))
    store.clear(inbox=first.inbox)

    again = mail(id=id_of(1_700_000_000_000_000, 2), tags=("again",))
    keep(store, again)
    sweep(store)

    assert store.get(again.id) == again
    assert store.counts() == Counts(total=2, unread=2)


def test_sweeping_stops_when_somebody_waits(store: SQLiteStore):
    keep(store, *(mail() for _ in range(10)), mail("b"))
    index_all(store)
    store.clear(inbox="default")

    assert sweep(store, enough=True)
    assert rows(store, "messages") == 8
