"""What was deleted and still takes room: put aside at once, swept away when nothing else is to do.

To delete a hundred thousand rows takes seconds, and whoever clears an inbox should not wait for them. Each
function is a part of the caller's transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

__all__ = ["BIG_TABLES", "forget", "leave", "put_aside", "sweep"]

# The tables with most of the octets; nothing is found in them that `messages` does not name.
BIG_TABLES = {
    "contents": "CREATE TABLE contents (seq INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT",
    # wire: peer, greeting, tls, auth, notes. summary: what a list shows, NULL until it is first known.
    "details": (
        "CREATE TABLE details"
        " (seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL, wire BLOB NOT NULL, summary BLOB) STRICT"
    ),
}
# Fewer rows are deleted sooner than a table is made.
MANY = 5_000
# Rows that are deleted between two looks whether somebody waits; some milliseconds of work.
SLICE = 200

_GONE = re.compile(r"gone_\d+")
_PIECE = re.compile(r"words_\d+")


def put_aside(connection: sqlite3.Connection, rows: int) -> None:
    """Empty the big tables, which hold about so many *rows*, and the full-text index."""
    connection.execute("DELETE FROM shards")
    connection.execute("DELETE FROM gone")
    connection.execute("DELETE FROM dead")
    for table, statement in BIG_TABLES.items():
        if rows < MANY:
            # Without WHERE, SQLite drops the whole tree (sqlite.org/lang_delete.html §3.1).
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
            continue
        numbers = [int(name.removeprefix("gone_")) for name in _tables(connection, _GONE)]
        connection.execute(f"ALTER TABLE {table} RENAME TO gone_{max(numbers, default=0) + 1}")
        connection.execute(statement)


def leave(connection: sqlite3.Connection, select: str, rows: int) -> None:
    """Delete the *rows* that *select* names out of the big tables; later, if they are many."""
    if rows >= MANY:
        connection.execute(f"INSERT OR IGNORE INTO gone {select}")
        return
    for table in BIG_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE seq IN ({select})")  # noqa: S608


def forget(connection: sqlite3.Connection, seq: int) -> None:
    """Delete one row of the big tables."""
    for table in BIG_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))  # noqa: S608


def sweep(connection: sqlite3.Connection, enough: Callable[[], bool]) -> bool:
    """Delete some of what was put aside, until *enough* says so; whether there is more."""
    while _sweep_slice(connection):
        if enough():
            return True
    return False


def _sweep_slice(connection: sqlite3.Connection) -> bool:
    rows = connection.execute(
        "DELETE FROM gone WHERE seq IN (SELECT seq FROM gone LIMIT ?) RETURNING seq", (SLICE,)
    )
    if gone := rows.fetchall():
        for table in BIG_TABLES:
            connection.executemany(f"DELETE FROM {table} WHERE seq = ?", gone)  # noqa: S608
        return True
    for table in _tables(connection, _GONE):
        some = f"SELECT seq FROM {table} ORDER BY seq LIMIT ?"  # noqa: S608
        deleted = connection.execute(f"DELETE FROM {table} WHERE seq IN ({some})", (SLICE,))  # noqa: S608
        if not deleted.rowcount:
            connection.execute(f"DROP TABLE {table}")
        return True
    for table in _tables(connection, _PIECE):
        number = int(table.removeprefix("words_"))
        if connection.execute("SELECT 1 FROM shards WHERE number = ?", (number,)).fetchone() is None:
            connection.execute(f"DROP TABLE {table}")
            return True
    return False


def _tables(connection: sqlite3.Connection, pattern: re.Pattern[str]) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in names.fetchall() if pattern.fullmatch(name)]
