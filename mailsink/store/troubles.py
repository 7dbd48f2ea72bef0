"""What SQLite's errors mean for who keeps mail in a file, in words for people.

Knows no tables and no threads.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import StoreError

__all__ = ["is_busy", "is_trouble", "store_error"]


def store_error(file: Path, error: Exception) -> StoreError:
    """*error* in words for people, with what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        advice = "; free some disk space"
    elif is_busy(error):
        advice = "; another process is writing to the file"
    elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        advice = "; give this user write permission on the file and its directory"
    elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        advice = "; stop mailsink, move the file away, and start with another one"
    else:
        advice = ""
    stored = StoreError(f"{file}: {error}{advice}", full=code == sqlite3.SQLITE_FULL)
    stored.__cause__ = error
    return stored


def is_trouble(error: Exception | None) -> bool:
    """Whether the file is to blame, not what was to be written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code not in (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG)


def is_busy(error: Exception) -> bool:
    """Whether another process is writing."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
