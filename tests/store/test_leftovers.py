"""What was deleted goes at once for everybody who looks, and out of the file a bit later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from keeping import index_all, keep, mail

from mailsink.events import Events
from mailsink.message import id_of
from mailsink.query_text import parse
from mailsink.store import Counts, leftovers
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
    more = []
    store._change("changed", lambda c: more.append(leftovers.sweep(c, lambda: enough)) or {})
    return more[0]


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


def test_clearing_an_inbox_leaves_its_contents_for_later(store: SQLiteStore):
    added = keep(store, *(mail("ab"[n % 2]) for n in range(20)))

    assert store.clear(inbox="a") == 10
    assert (rows(store, "contents"), rows(store, "gone")) == (20, 10)
    assert list(store.scan()) == list(added[1::2])

    assert not sweep(store)
    assert (rows(store, "contents"), rows(store, "details"), rows(store, "gone")) == (10, 10, 0)
    assert list(store.scan()) == list(added[1::2])


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
    store.clear(inbox="default")

    assert sweep(store, enough=True)
    assert rows(store, "gone") == 7
