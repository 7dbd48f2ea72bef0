"""The statements that change rows, on a real file and without threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from keeping import mail

from mailsink.store import changes
from mailsink.store.insertion import insert_all
from mailsink.store.schema import open_file


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / "mail.db")) as opened:
        yield opened


def counters(connection: sqlite3.Connection) -> list[tuple[bytes, int, int]]:
    return connection.execute("SELECT name, total, unread FROM inboxes ORDER BY name").fetchall()


def size(connection: sqlite3.Connection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_key_is_the_id_itself_unless_it_cannot_be_one():
    assert changes.key("8DqiU3TzbcKUT0FKUtJRnu") == "8DqiU3TzbcKUT0FKUtJRnu"
    assert changes.key("8Dqi\udc80") == "8Dqi?"


def test_mark_with_nothing_to_set_changes_nothing(connection: sqlite3.Connection):
    message = mail("a")
    insert_all(connection, [message])

    changed = changes.mark(connection, [message.id], read=None, starred=None, tags=None)

    assert changed == {"a": [message.id]}
    assert counters(connection) == [(b"a", 1, 1)]


def test_marking_twice_counts_once(connection: sqlite3.Connection):
    message = mail("a")
    insert_all(connection, [message])

    for _ in range(2):
        changes.mark(connection, [message.id], read=True, starred=None, tags=None)

    assert counters(connection) == [(b"a", 1, 0)]


def test_mark_all_read_names_what_was_unread(connection: sqlite3.Connection):
    messages = [mail("a"), mail("a", read=True), mail("b")]
    for message in messages:
        insert_all(connection, [message])

    assert changes.mark_all_read(connection, "a") == {"a": [messages[0].id]}
    assert counters(connection) == [(b"a", 2, 0), (b"b", 1, 1)]
    assert changes.mark_all_read(connection, None) == {"b": [messages[2].id]}


def test_delete_leaves_no_content_and_no_empty_inbox(connection: sqlite3.Connection):
    messages = [mail("a"), mail("a", read=True), mail("b")]
    for message in messages:
        insert_all(connection, [message])

    changed = changes.delete(connection, [messages[0].id, messages[2].id])

    assert changed == {"a": [messages[0].id], "b": [messages[2].id]}
    assert counters(connection) == [(b"a", 1, 0)]
    assert size(connection, "contents") == 1


@pytest.mark.parametrize(("inbox", "count", "left"), [("a", 2, 1), ("none", 0, 3), (None, 3, 0)])
def test_clear_leaves_no_content_behind(
    connection: sqlite3.Connection, inbox: str | None, count: int, left: int
):
    for message in (mail("a"), mail("a"), mail("b")):
        insert_all(connection, [message])

    assert changes.clear(connection, inbox) == count
    assert (size(connection, "messages"), size(connection, "contents")) == (left, left)


def test_a_summary_is_remembered_once_and_only_for_messages_that_are_there(connection: sqlite3.Connection):
    there, gone = mail(), mail()
    insert_all(connection, [there])

    changes.remember(connection, [there.summary, gone.summary])

    ((summary,),) = connection.execute("SELECT summary FROM details").fetchall()
    assert b'"subject":"Hello"' in summary
    connection.execute("UPDATE details SET summary = x'00'")
    changes.remember(connection, [there.summary])
    assert connection.execute("SELECT summary FROM details").fetchall() == [(b"\0",)]
