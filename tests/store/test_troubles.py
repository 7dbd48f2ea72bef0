from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mailsink.store.troubles import is_busy, is_trouble, store_error

FILE = Path("mail.db")


def test_only_a_full_disk_is_full():
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL

    assert store_error(FILE, error).full
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    assert not store_error(FILE, error).full


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "; free some disk space"),
        (sqlite3.SQLITE_BUSY, "; another process is writing to the file"),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, "; another process is writing to the file"),
        (sqlite3.SQLITE_READONLY, "; give this user write permission on the file and its directory"),
        (sqlite3.SQLITE_CORRUPT, "; stop mailsink, move the file away, and start with another one"),
        (sqlite3.SQLITE_IOERR_READ, ""),
    ],
)
def test_an_error_says_what_to_do(code: int, advice: str):
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code

    assert str(store_error(FILE, error)) == f"mail.db: trouble{advice}"


def test_what_was_to_be_written_is_no_trouble_with_the_file():
    error = sqlite3.IntegrityError("UNIQUE constraint failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_UNIQUE

    assert not is_trouble(None)
    assert not is_trouble(error)
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    assert is_trouble(error)


def test_a_lock_of_another_process_is_busy():
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT

    assert is_busy(error)
