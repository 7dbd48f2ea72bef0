"""What is put into the index, and what is cleared away."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from keeping import index_all, keep, mail, older_index, on_writer
from messages import message

from mailsink.events import Events
from mailsink.message import id_of
from mailsink.query_text import parse
from mailsink.store import indexer
from mailsink.store.places import LAST
from mailsink.store.sqlite import SQLiteStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStore]:
    """A store whose index has small pieces, and whose chores wait until they are asked for."""
    monkeypatch.setattr(indexer, "SMALLEST", 10)
    monkeypatch.setattr(indexer, "SHARE", 1000)
    monkeypatch.setattr(indexer, "FEW", 3)
    with closing(SQLiteStore(tmp_path / "mail.db", Events())) as opened:
        opened._writer._chore = lambda _connection, _enough: False
        yield opened


def shards(store: SQLiteStore) -> list[tuple[int, int]]:
    """How many messages each piece had, and has."""
    with store._readers.lend() as connection:
        return connection.execute("SELECT total, live FROM shards ORDER BY low").fetchall()


def tidy(store: SQLiteStore) -> bool:
    return on_writer(store, indexer.tidy)


def test_pieces_are_filled_one_after_the_other(store: SQLiteStore):
    keep(store, *(mail() for _ in range(25)))
    index_all(store)

    assert shards(store) == [(10, 10), (10, 10), (5, 5)]


def test_the_index_fills_when_nothing_else_is_to_do(tmp_path: Path):
    with closing(SQLiteStore(tmp_path / "other.db", Events())) as store:
        keep(store, *(mail() for _ in range(3)))
        for _ in range(1000):
            store.mark([], read=True)
            with store._readers.lend() as connection:
                if not connection.execute("SELECT 1 FROM pending").fetchall():
                    break
            with store.events.subscribe() as quiet:
                quiet.get(timeout=0.05)

        assert shards(store) == [(3, 3)]


def test_the_index_fills_although_mail_keeps_coming(tmp_path: Path):
    with closing(SQLiteStore(tmp_path / "other.db", Events())) as store:
        for _ in range(10_000):
            keep(store, mail())
            if shards(store):
                break

        assert shards(store)


def test_mail_waits_for_an_index_that_is_far_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(indexer, "LATE", 0.001)
    with closing(SQLiteStore(tmp_path / "other.db", Events())) as store:
        keep(store, *(mail() for _ in range(500)))
        for _ in range(10_000):
            keep(store, mail())
            with store._readers.lend() as connection:
                (waiting,) = connection.execute("SELECT count(*) FROM pending").fetchone()
            if waiting < 50:
                break

    assert waiting < 50


def test_how_much_is_left_is_told_by_the_time_it_came_in(store: SQLiteStore):
    first = 1_700_000_000_000_000
    seconds = (0, 0, 0, int(indexer.LATE / 2), 0)
    keep(store, *(mail(id=id_of(first + second * 1_000_000, n)) for n, second in enumerate(seconds)))
    left = []

    def index(connection: sqlite3.Connection) -> dict[str, list[str]]:
        left.append(indexer.fill(connection, lambda: True))
        left.append(indexer.fill(connection, lambda: False))
        return {}

    store._change("changed", index)

    assert left == [pytest.approx(0.5, abs=0.01), 0.0]


def test_pieces_never_overlap_in_whatever_order_messages_come(store: SQLiteStore):
    moments = [1_700_000_000_000_000 + 1000 * n for n in range(60)]
    order = moments[40:] + moments[:20] + moments[20:40:2] + moments[39:20:-2]
    for moment in order:
        keep(store, mail(id=id_of(moment, 1)))
        index_all(store)

    with store._readers.lend() as connection:
        bounds = connection.execute("SELECT low, high FROM shards ORDER BY low").fetchall()
    assert all(high < low for (_, high), (low, _) in pairwise(bounds))
    assert sum(total for total, _ in shards(store)) == 60
    assert len(list(store.scan(query=parse("subject:hello")))) == 60


def test_the_summary_is_kept_with_it(store: SQLiteStore):
    (added,) = keep(store, message(subject="Seen"))
    index_all(store)

    with store._readers.lend() as connection:
        (summary,) = connection.execute("SELECT summary FROM details").fetchone()
    assert b'"subject":"Seen"' in summary
    assert store.page().summaries == (added.summary,)


def test_a_piece_of_which_all_are_deleted_goes(store: SQLiteStore):
    added = keep(store, *(mail() for _ in range(15)))
    index_all(store)
    store.delete([m.id for m in added[:10]])
    assert shards(store) == [(10, 0), (5, 5)]

    assert tidy(store)
    assert not tidy(store)
    assert shards(store) == [(5, 5)]


def test_what_lives_in_a_piece_that_is_mostly_dead_is_indexed_again(store: SQLiteStore):
    added = keep(store, *(mail() for _ in range(10)))
    index_all(store)
    store.delete([m.id for m in added[:7]])

    assert tidy(store)
    assert shards(store) == []
    assert [m.id for m in store.scan(query=parse("subject:hello"))] == [m.id for m in added[7:]]
    index_all(store)
    assert shards(store) == [(3, 3)]


def test_deleting_and_clearing_count_out_of_the_pieces(store: SQLiteStore):
    added = keep(store, *(mail("ab"[n % 2]) for n in range(10)))
    index_all(store)
    keep(store, mail("a"), mail("b"))

    store.delete([added[0].id, added[1].id])
    store.clear(inbox="b")

    assert shards(store) == [(10, 4)]
    with store._readers.lend() as connection:
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (1,)
    store.clear()
    assert shards(store) == []


def test_a_message_that_cannot_be_indexed_keeps_no_other_out(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    tokens_of = indexer.tokens_of
    bad, good = keep(store, mail(), mail())

    def fail(found, inbox, *, brief):
        if found.id == bad.id:
            raise RuntimeError("a bug")
        return tokens_of(found, inbox, brief=brief)

    monkeypatch.setattr(indexer, "tokens_of", fail)
    with caplog.at_level(logging.ERROR, "mailsink.store"):
        index_all(store)

    assert [m.id for m in store.scan(query=parse("subject:hello"))] == [good.id]
    assert len(list(store.scan(query=parse("-is:read")))) == 2
    assert caplog.messages == [f"{bad.id}: the message cannot be indexed; a search does not find its words"]


def renew(store: SQLiteStore, most: int) -> bool:
    return on_writer(store, lambda connection: indexer.renew(connection, lambda: False, most=most))


def test_an_index_of_an_older_version_is_renewed_bit_by_bit_and_found_in_all_the_time(store: SQLiteStore):
    with older_index():
        keep(store, *(message(subject=f"Order {n}", text="We ship it to you") for n in range(60)))
        index_all(store)
    ids = [m.id for m in store.scan(newest_first=True)]
    searches = ("or", "4", "we", "w*", "wi*", "body:shi*", "to", "q", "subject:or")
    first = {text: (found(store, text), store.counts(query=parse(text))) for text in searches}

    assert first["or"][0] == first["w*"][0] == first["body:shi*"][0] == ids
    assert first["q"][0] == first["wi*"][0] == []
    # One that comes late, into a piece that is being renewed.
    for _ in range(3):
        assert renew(store, 20)
    late = message(subject="Late", text="zz", state={"id": next_id(ids[35])})
    early = message(subject="Early", text="zz", state={"id": next_id(ids[2])})
    keep(store, late, early)
    index_all(store)
    assert found(store, "zz") == found(store, "z*") == sorted([late.id, early.id], reverse=True)
    store.delete([late.id, early.id])
    while renew(store, 20):
        assert {text: (found(store, text), store.counts(query=parse(text))) for text in searches} == first

    keep(store, message(subject="Order new"))
    index_all(store)
    assert len(found(store, "or")) == 61


def found(store: SQLiteStore, text: str) -> list[str]:
    return [summary.id for summary in store.page(query=parse(text), limit=1000).summaries]


def next_id(message_id: str) -> str:
    """The id that follows it at once."""
    return message_id[:-1] + chr(ord(message_id[-1]) + 1)


def test_a_message_that_cannot_be_renewed_keeps_no_other_from_it(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    with older_index():
        bad, good = keep(store, message(subject="or"), message(subject="or"))
        index_all(store)
    brief_tokens_of = indexer.brief_tokens_of

    def fail(found):
        if found.id == bad.id:
            raise RuntimeError("a bug")
        return brief_tokens_of(found)

    monkeypatch.setattr(indexer, "brief_tokens_of", fail)
    while renew(store, 10):
        pass

    assert found(store, "or") == [good.id]


def test_the_index_is_renewed_when_nothing_else_is_to_do(tmp_path: Path):
    file = tmp_path / "other.db"
    with closing(SQLiteStore(file, Events())) as store, older_index():
        keep(store, *(mail() for _ in range(3)))
        index_all(store)

    with closing(SQLiteStore(file, Events())) as store:
        for _ in range(1000):
            with store._readers.lend() as connection:
                if connection.execute("SELECT 1 FROM shards WHERE briefed = ?", (LAST,)).fetchall():
                    break
            with store.events.subscribe() as quiet:
                quiet.get(timeout=0.05)

        assert len(found(store, "he")) == 3
