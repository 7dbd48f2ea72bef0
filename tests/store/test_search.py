"""A plan run over the pieces of the index; that it finds the right ones is in test_agreement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from keeping import index_all, keep
from messages import message

from mailsink.events import Events
from mailsink.query_text import parse
from mailsink.store import Counts, indexer
from mailsink.store.search import Search
from mailsink.store.sqlite import SQLiteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStore]:
    """100 messages in pieces of 10, and 5 that are not in the index."""
    monkeypatch.setattr(indexer, "SMALLEST", 10)
    monkeypatch.setattr(indexer, "SHARE", 1000)
    with closing(SQLiteStore(tmp_path / "mail.db", Events())) as opened:
        keep(opened, *(message(subject=f"Mail {n} {'even' if n % 2 == 0 else 'odd'}") for n in range(100)))
        index_all(opened)
        opened._writer._chore = lambda _connection, _enough: False
        keep(opened, *(message(subject=f"Mail {n} even") for n in range(100, 105)))
        yield opened


def subjects(store: SQLiteStore, text: str, **how) -> list[str]:
    return [summary.subject for summary in store.page(query=parse(text), **how).summaries]


def test_pieces_are_searched_from_the_newest_on(store: SQLiteStore):
    assert subjects(store, "subject:even", limit=7)[:7] == [
        *(f"Mail {n} even" for n in (104, 103, 102, 101, 100, 98, 96)),
    ]
    assert len(subjects(store, "subject:odd", limit=1000)) == 50


def test_the_pieces_that_a_page_needs_are_read_and_no_more(store: SQLiteStore):
    statements: list[str] = []
    with store._snapshot() as connection:
        connection.set_trace_callback(statements.append)
        found = Search(connection, None, parse("subject:odd")).places(start=2**62, limit=3)
        connection.set_trace_callback(None)

    assert len(found) == 3
    assert sum("MATCH" in statement and "words_" in statement for statement in statements) < 10


@pytest.mark.parametrize("read", [0, 10, 60, 105])
def test_the_unread_are_counted_whether_they_are_few_or_many(store: SQLiteStore, read: int):
    ids = [m.id for m in store.scan()]
    store.mark(ids[:read], read=True)

    counted = store.counts(query=parse("subject:even"))

    assert counted.total == 55
    assert counted.unread == sum(not m.read for m in store.scan() if "even" in m.subject)
    assert store.counts(query=parse("is:unread")) == Counts(total=105 - read, unread=105 - read)
    assert store.counts(query=parse("is:read")) == Counts(total=read, unread=0)


def test_what_was_deleted_is_not_counted(store: SQLiteStore):
    ids = [m.id for m in store.scan()]
    assert store.counts(query=parse("subject:even")).total == 55

    store.delete(ids[:20])

    assert store.counts(query=parse("subject:even")).total == 45
    assert len(subjects(store, "subject:even", limit=1000)) == 45


def test_an_inbox_that_is_not_there_has_nothing(store: SQLiteStore):
    assert subjects(store, "subject:even", inbox="none") == []
    assert store.counts(query=parse("subject:even"), inbox="none") == Counts(total=0, unread=0)


def test_in_an_inbox_a_phrase_is_looked_for_where_its_rarest_piece_is(store: SQLiteStore):
    with store._snapshot() as connection:
        search = Search(connection, "default", parse("subject:mail body:alice"))

    assert search._plan.match.startswith('(((xin1 AND ("s')
    assert len(subjects(store, "subject:even", inbox="default", limit=1000)) == 55
    assert store.counts(query=parse("subject:even (body:alice OR body:bob)"), inbox="default").total == 55
