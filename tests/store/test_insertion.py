"""The statements that add rows, on a real file and without threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from keeping import mail, session

from mailsink.errors import StoreError
from mailsink.message import id_of
from mailsink.store.insertion import insert_all, put_sessions
from mailsink.store.schema import open_file


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / "mail.db")) as opened:
        yield opened


def ids(connection: sqlite3.Connection) -> list[str]:
    return [message_id for (message_id,) in connection.execute("SELECT id FROM messages ORDER BY seq")]


def test_messages_are_counted_into_their_inboxes(connection: sqlite3.Connection):
    insert_all(connection, [mail("a"), mail("a", read=True)])
    insert_all(connection, [mail("b", read=True)])

    counters = connection.execute("SELECT name, total, unread FROM inboxes ORDER BY name").fetchall()
    assert counters == [(b"a", 2, 1), (b"b", 1, 0)]


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 31, 50])
def test_any_number_at_once_is_kept_in_order(connection: sqlite3.Connection, count: int):
    messages = [replace(mail(), content=b"mail %d" % number) for number in range(count)]

    insert_all(connection, messages)

    contents = connection.execute("SELECT content FROM contents ORDER BY seq").fetchall()
    assert ids(connection) == [message.id for message in messages]
    assert contents == [(message.content,) for message in messages]
    for table in ("details", "pending"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)


def test_messages_that_come_late_stand_where_their_ids_do(connection: sqlite3.Connection):
    moments = [5_000, 3_000, 9_000, 4_000]
    messages = [mail(id=id_of(moment, 0)) for moment in moments]

    insert_all(connection, messages[:1])
    insert_all(connection, messages[1:])

    assert ids(connection) == sorted(message.id for message in messages)


def test_tags_are_kept_with_the_rest(connection: sqlite3.Connection):
    insert_all(connection, [mail(), mail(tags=("Shop",))])

    assert connection.execute("SELECT count(*) FROM labels").fetchone() == (1,)


def test_an_id_that_is_there_is_refused(connection: sqlite3.Connection):
    message = mail()
    insert_all(connection, [message])

    with pytest.raises(StoreError, match=f"there is a message {message.id} already"):
        insert_all(connection, [message])


def test_the_oldest_sessions_go_when_there_are_too_many(connection: sqlite3.Connection):
    ended = [session() for _ in range(5)]

    put_sessions(connection, ended[:2], most=3)
    put_sessions(connection, ended[2:], most=3)

    kept = connection.execute("SELECT id FROM sessions ORDER BY id").fetchall()
    assert kept == [(each.id,) for each in ended[2:]]


def test_a_session_that_comes_again_replaces_itself(connection: sqlite3.Connection):
    ended = session()

    put_sessions(connection, [ended, ended], most=3)

    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
