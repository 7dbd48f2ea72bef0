"""Places are in the order of the ids."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.message import id_of, new_id
from mailsink.store.places import free_place, place_of


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    opened.execute("CREATE TABLE messages (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)")
    for table in ("gone", "dead"):
        opened.execute(f"CREATE TABLE {table} (seq INTEGER PRIMARY KEY)")
    yield opened
    opened.close()


def add(connection: sqlite3.Connection, message_id: str) -> int:
    place = free_place(connection, message_id)
    connection.execute("INSERT INTO messages VALUES (?, ?)", (place, message_id))
    return place


def in_order(connection: sqlite3.Connection) -> bool:
    ids = [message_id for (message_id,) in connection.execute("SELECT id FROM messages ORDER BY seq")]
    return ids == sorted(ids)


@given(st.integers(0, 62**9 - 1), st.integers(0, 62**9 - 1))
def test_a_later_time_never_has_a_smaller_place(one: int, other: int):
    places = [place_of(id_of(moment, 0)) for moment in sorted((one, other))]

    assert 0 < places[0] <= places[1] < 2**63


@pytest.mark.parametrize("message_id", ["", "x", "\x00", "é" * 22, "\ud800"])
def test_every_text_has_a_place(message_id: str):
    assert place_of(message_id) > 0


def test_ids_that_come_in_order_keep_it(connection: sqlite3.Connection):
    for _ in range(500):
        add(connection, new_id())

    assert in_order(connection)


def test_ids_that_come_in_any_order_are_put_between(connection: sqlite3.Connection):
    ids = [id_of(1_700_000_000_000_000 + 1_000_000 * (n // 3), n) for n in range(400)]
    random.Random(1).shuffle(ids)

    for message_id in ids:
        add(connection, message_id)

    assert in_order(connection)


def test_the_place_of_what_was_put_aside_is_not_free(connection: sqlite3.Connection):
    message_id = new_id()
    connection.executemany("INSERT INTO gone VALUES (?)", [(place_of(message_id) + n,) for n in range(3)])

    assert add(connection, message_id) > place_of(message_id) + 2


def test_thousands_of_one_moment_all_find_a_place(connection: sqlite3.Connection):
    add(connection, id_of(1_700_000_000_000_016, 0))
    chance = random.Random(1)

    places = {add(connection, id_of(1_700_000_000_000_000, chance.getrandbits(60))) for _ in range(2000)}

    assert len(places) == 2000


@pytest.mark.parametrize("table", ["gone", "dead"])
def test_the_place_of_one_that_left_something_is_not_given_again(connection: sqlite3.Connection, table: str):
    ids = [id_of(1_700_000_000_000_000, n) for n in range(3)]
    place = add(connection, ids[0])
    connection.execute(f"INSERT INTO {table} SELECT seq FROM messages")
    connection.execute("DELETE FROM messages")

    assert add(connection, ids[2]) > place
    assert add(connection, ids[1]) > place
    assert in_order(connection)
