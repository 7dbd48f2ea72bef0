"""Counts of the pieces of the index: remembered, side by side, without what is dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from keeping import index_all, keep, older_index, on_writer
from messages import message

from mailsink.errors import StoreError
from mailsink.events import Events
from mailsink.query_text import parse
from mailsink.store import Counts, counting, indexer
from mailsink.store.counting import Known, count_ahead
from mailsink.store.search import Search
from mailsink.store.sqlite import SQLiteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStore]:
    """100 messages in pieces of 10."""
    monkeypatch.setattr(indexer, "SMALLEST", 10)
    monkeypatch.setattr(indexer, "SHARE", 1000)
    monkeypatch.setattr(counting, "WORTH_A_THREAD", 10)
    with closing(SQLiteStore(tmp_path / "mail.db", Events())) as opened:
        keep(opened, *(message(subject=f"Mail {n} {'even' if n % 2 == 0 else 'odd'}") for n in range(100)))
        index_all(opened)
        opened._writer._chore = lambda _connection, _enough: False
        yield opened


def test_counts_are_remembered_for_pieces_that_do_not_change(store: SQLiteStore):
    known = Known()
    statements: list[str] = []
    with store._snapshot() as connection:
        first = Search(connection, None, parse("subject:odd"), known).counts()
        connection.set_trace_callback(statements.append)
        again = Search(connection, None, parse("subject:odd"), known).counts()
        connection.set_trace_callback(None)

    assert first == again == Counts(total=50, unread=50)
    assert not any("MATCH" in statement for statement in statements)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "MOST_KNOWN", 2)
    known = Known()

    for number in range(3):
        known.put((number, 1, "x"), number)

    assert [known.get((number, 1, "x")) for number in range(3)] == [None, 1, 2]


def counted_ahead(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch, processors: int) -> Known:
    monkeypatch.setattr(counting.os, "cpu_count", lambda: processors)
    known = Known()
    with store._snapshot() as connection:
        search = Search(connection, None, parse("subject:odd"), known)
        count_ahead(store._readers.lend, search._shards(0, 2**62, count_dead=True), known)
    return known


def test_a_thread_for_each_processor_counts(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch):
    known = counted_ahead(store, monkeypatch, 3)

    assert list(known._counts.values()) == [5] * 10
    assert not counted_ahead(store, monkeypatch, 1)._counts


def test_what_changed_meanwhile_is_not_taken_for_what_was(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    with store._snapshot() as connection:
        shards = Search(connection, None, parse("subject:odd"))._shards(0, 2**62, count_dead=True)
    on_writer(store, lambda c: c.execute("UPDATE shards SET total = total + 1"))
    monkeypatch.setattr(counting.os, "cpu_count", lambda: 2)
    known = Known()

    count_ahead(store._readers.lend, shards, known)

    assert not known._counts


def test_what_cannot_be_counted_side_by_side_is_counted_by_who_asked(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def broken() -> Iterator[sqlite3.Connection]:
        raise StoreError("no more descriptors")
        yield

    monkeypatch.setattr(counting.os, "cpu_count", lambda: 2)
    with store._snapshot() as connection:
        counts = Search(connection, None, parse("subject:odd"), Known(), broken).counts()

    assert counts == Counts(total=50, unread=50)


def test_what_is_dead_is_counted_out_by_the_index_alone(store: SQLiteStore):
    ids = [m.id for m in store.scan()]
    store.delete(ids[2:9])
    store.mark(ids[20:23], read=True)

    with store._snapshot() as connection:
        shards = Search(connection, None, parse("subject:odd"))._shards(0, 2**62, count_dead=True)

    assert all(shard.knows_all for shard in shards)
    assert [shard.dead for shard in shards] == [0] * 9 + [7]
    assert store.counts(query=parse("subject:odd")) == Counts(total=47, unread=46)


def test_the_dead_of_an_older_index_are_found_when_it_is_renewed(store: SQLiteStore):
    with older_index():
        late = keep(store, *(message(subject="Mail odd") for _ in range(5)))
        index_all(store)
    store.delete([m.id for m in late[:2]])
    on_writer(store, lambda c: c.execute("DELETE FROM dead"))
    assert store.counts(query=parse("subject:odd")).total == 53

    for _ in range(3):
        on_writer(store, lambda c: indexer.renew(c, lambda: False))

    with store._snapshot() as connection:
        shards = Search(connection, None, parse("subject:odd"))._shards(0, 2**62, count_dead=True)
    assert (shards[0].live, shards[0].dead) == (3, 2)
    assert store.counts(query=parse("subject:odd")).total == 53
