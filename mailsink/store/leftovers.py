"""What was deleted and still takes room: put aside at once, swept away when nothing else is to do.

To delete a hundred thousand rows takes seconds, and whoever clears an inbox should not wait for them. Each
function is a part of the caller's transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable

from .labels import NO_TAGS, set_labels

__all__ = ["BIG_TABLES", "SEEN", "clear_inbox", "forget", "forget_cleared", "put_aside", "sweep"]

# The tables with most of the octets; nothing is found in them that `messages` does not name.
BIG_TABLES = {
    "contents": "CREATE TABLE contents (seq INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT",
    # wire: peer, greeting, tls, auth, notes. summary: what a list shows, NULL until it is first known.
    "details": (
        "CREATE TABLE details"
        " (seq INTEGER PRIMARY KEY, envelope BLOB NOT NULL, wire BLOB NOT NULL, summary BLOB) STRICT"
    ),
}
# A condition on `messages`: it is not of an inbox that was cleared.
SEEN = "inbox NOT IN (SELECT number FROM inboxes WHERE cleared)"
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


def clear_inbox(connection: sqlite3.Connection, name: bytes, count: int) -> None:
    """Delete the *count* messages of an inbox; if they are many, they are only out of sight at first."""
    (number,) = connection.execute("SELECT number FROM inboxes WHERE name = ?", (name,)).fetchone()
    # No name begins so: it is no octet of UTF-8. The number stays taken until all of it is swept away.
    hidden = b"\xff%d" % number
    connection.execute(
        "UPDATE inboxes SET name = ?, total = 0, unread = 0, octets = 0, cleared = 1 WHERE number = ?",
        (hidden, number),
    )
    if count < MANY:
        _sweep_inbox(connection, number, count + 1)
        return
    # So that nothing is indexed for nobody.
    waiting = "SELECT seq FROM pending CROSS JOIN messages USING (seq) WHERE inbox = ?"
    _sweep_rows(connection, waiting, (number,))


def forget_cleared(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Sweep away those of *ids* that are out of sight: they are to be added again."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM inboxes WHERE cleared)").fetchone()[0]:
        return
    for message_id in ids:
        select = f"SELECT seq FROM messages WHERE id = ? AND NOT {SEEN}"  # noqa: S608
        _sweep_rows(connection, select, (message_id,))


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
    cleared = connection.execute("SELECT number FROM inboxes WHERE cleared LIMIT 1").fetchone()
    if cleared is not None:
        _sweep_inbox(connection, cleared[0], SLICE)
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


def _sweep_inbox(connection: sqlite3.Connection, number: int, most: int) -> None:
    """Delete up to *most* messages of an inbox that was cleared, and the inbox when there are fewer."""
    select = "SELECT seq FROM messages WHERE inbox = ? LIMIT ?"
    if _sweep_rows(connection, select, (number, most)) < most:
        connection.execute("DELETE FROM inboxes WHERE number = ?", (number,))


def _sweep_rows(connection: sqlite3.Connection, select: str, parameters: tuple[object, ...]) -> int:
    """Delete the messages that *select* names, which nobody sees; how many there were."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS leaving (seq INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM temp.leaving")
    count = connection.execute(f"INSERT INTO temp.leaving {select}", parameters).rowcount
    tagged = "SELECT seq, tags FROM messages WHERE seq IN (SELECT seq FROM temp.leaving) AND tags != ?"
    for seq, tags in connection.execute(tagged, (NO_TAGS,)).fetchall():
        set_labels(connection, seq, tags, ())
    for table in ("messages", *BIG_TABLES):
        connection.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM temp.leaving)")  # noqa: S608
    # What was still to be indexed is counted in no piece of the index.
    waiting = "DELETE FROM pending WHERE seq IN (SELECT seq FROM temp.leaving) RETURNING seq"
    connection.executemany("DELETE FROM temp.leaving WHERE seq = ?", connection.execute(waiting).fetchall())
    connection.execute(
        "UPDATE shards SET live = live - (SELECT count(*) FROM temp.leaving WHERE seq BETWEEN low AND high)"
    )
    connection.execute("INSERT INTO dead SELECT seq FROM temp.leaving")
    return count


def _tables(connection: sqlite3.Connection, pattern: re.Pattern[str]) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in names.fetchall() if pattern.fullmatch(name)]
