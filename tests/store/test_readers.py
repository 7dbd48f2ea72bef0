"""The pool of reading connections."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from mailsink.errors import StoreError
from mailsink.store import readers
from mailsink.store.readers import Readers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "mail.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER)")
    return file


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def test_a_connection_is_used_again(file: Path):
    with closing(Readers(file)) as pool:
        with pool.lend() as first:
            pass
        with pool.lend() as second:
            assert second is first


def test_readers_at_one_moment_have_a_connection_each_and_few_are_kept(file: Path):
    with closing(Readers(file)) as pool:
        with ExitStack() as stack:
            lent = [stack.enter_context(pool.lend()) for _ in range(readers.KEPT + 3)]
            assert len(set(lent)) == readers.KEPT + 3

        assert [is_closed(connection) for connection in lent].count(False) == readers.KEPT


def test_a_reader_cannot_write(file: Path):
    with (
        closing(Readers(file)) as pool,
        pytest.raises(StoreError, match="attempt to write a readonly database"),
        pool.lend() as connection,
    ):
        connection.execute("INSERT INTO numbers VALUES (1)")


def test_what_sqlite_raises_comes_out_as_ours_and_the_connection_goes_back(file: Path):
    with closing(Readers(file)) as pool:
        with pytest.raises(StoreError) as raised, pool.lend() as connection:
            connection.execute("SELECT * FROM nowhere")

        assert str(raised.value) == f"{file}: no such table: nowhere"
        with pool.lend() as again:
            assert again is connection


def test_a_file_that_is_gone_is_a_store_error(tmp_path: Path):
    with (
        closing(Readers(tmp_path / "none" / "mail.db")) as pool,
        pytest.raises(StoreError, match="unable to open database file"),
        pool.lend(),
    ):
        pass


def test_a_closed_pool_lends_nothing(file: Path):
    pool = Readers(file)
    pool.close()

    with pytest.raises(StoreError, match="the store is closed"), pool.lend():
        pass


def test_a_connection_that_comes_back_after_close_is_closed(file: Path):
    pool = Readers(file)

    with pool.lend() as connection:
        pool.close()
        connection.execute("SELECT * FROM numbers")

    assert is_closed(connection)
