"""Tags as rows that a search finds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from mailsink.store.codec import encode_tags
from mailsink.store.labels import NO_TAGS, insert_labels, label, set_labels


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    opened.execute(
        "CREATE TABLE labels (name BLOB, seq INTEGER, PRIMARY KEY (name, seq)) STRICT, WITHOUT ROWID"
    )
    opened.execute("CREATE TABLE messages (seq INTEGER PRIMARY KEY, tags BLOB) STRICT")
    yield opened
    opened.close()


def rows(connection: sqlite3.Connection) -> list[tuple[bytes, int]]:
    return connection.execute("SELECT name, seq FROM labels ORDER BY name, seq").fetchall()


def test_no_tags_are_written_so():
    assert encode_tags(()) == NO_TAGS


def test_tags_that_are_compared_alike_are_one_label(connection: sqlite3.Connection):
    set_labels(connection, 1, NO_TAGS, ("Red", "red", "\udc80"))

    assert rows(connection) == [(b"red", 1), (label("\udc80"), 1)]


def test_new_tags_replace_the_old_ones_of_their_row(connection: sqlite3.Connection):
    set_labels(connection, 1, NO_TAGS, ("a", "b"))
    set_labels(connection, 2, NO_TAGS, ("a",))

    set_labels(connection, 1, encode_tags(("a", "b")), ("c",))

    assert rows(connection) == [(b"a", 2), (b"c", 1)]


def test_the_tags_of_an_older_file_are_put_in(connection: sqlite3.Connection):
    connection.executemany(
        "INSERT INTO messages VALUES (?, ?)",
        [(1, encode_tags(("A", "b"))), (2, NO_TAGS), (3, encode_tags(("a",)))],
    )

    insert_labels(connection)

    assert rows(connection) == [(b"a", 1), (b"a", 3), (b"b", 1)]
