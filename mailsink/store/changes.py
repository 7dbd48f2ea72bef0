"""The SQL that changes rows: each function is one change inside the caller's transaction.

Keeps the counters of `inboxes` right; knows no threads and no events.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from ..message import Summary
from .codec import (
    decode_text,
    encode_summary,
    encode_tags,
    encode_text,
)
from .labels import set_labels
from .leftovers import SEEN, clear_inbox, forget, put_aside

__all__ = [
    "Changed",
    "clear",
    "delete",
    "key",
    "mark",
    "mark_all_read",
    "remember",
]

# Ids of the messages that a change concerned, by inbox.
Changed = dict[str, list[str]]


def key(identifier: str) -> str:
    """*identifier* as SQLite can bind it; one that holds lone surrogates is nobody's id."""
    return identifier.encode("utf-8", "replace").decode("utf-8")


def mark(
    connection: sqlite3.Connection,
    ids: Iterable[str],
    *,
    read: bool | None,
    starred: bool | None,
    tags: tuple[str, ...] | None,
) -> Changed:
    """Set the flags that are not ``None``."""
    marked: dict[int, list[str]] = {}
    unread: Counter[int] = Counter()
    written_tags = None if tags is None else encode_tags(tags)
    for message_id in dict.fromkeys(map(key, ids)):
        row = connection.execute(
            f"SELECT seq, inbox, read, tags FROM messages WHERE id = ? AND {SEEN}",  # noqa: S608
            (message_id,),
        ).fetchone()
        if row is None:
            continue
        seq, number, was_read, old_tags = row
        connection.execute(
            "UPDATE messages SET read = coalesce(?, read), starred = coalesce(?, starred),"
            " tags = coalesce(?, tags) WHERE id = ?",
            (read, starred, written_tags, message_id),
        )
        if tags is not None:
            set_labels(connection, seq, old_tags, tags)
        marked.setdefault(number, []).append(message_id)
        if read is not None:
            unread[number] += was_read - read
    for number, more in unread.items():
        connection.execute("UPDATE inboxes SET unread = unread + ? WHERE number = ?", (more, number))
    return _named(connection, marked)


def mark_all_read(connection: sqlite3.Connection, inbox: str | None) -> Changed:
    """Mark every message of *inbox* read; what was read already is not among the result."""
    marked: dict[int, list[str]] = {}
    rows = connection.execute(
        "UPDATE messages SET read = 1 WHERE read = 0 AND inbox IN"
        " (SELECT number FROM inboxes WHERE unread > 0 AND (:inbox IS NULL OR name = :inbox))"
        " RETURNING inbox, id",
        {"inbox": _name(inbox)},
    )
    for number, message_id in rows.fetchall():
        marked.setdefault(number, []).append(message_id)
    connection.execute(
        "UPDATE inboxes SET unread = 0 WHERE :inbox IS NULL OR name = :inbox", {"inbox": _name(inbox)}
    )
    return _named(connection, marked)


def delete(connection: sqlite3.Connection, ids: Iterable[str]) -> Changed:
    """Delete the messages that are there."""
    deleted: dict[int, list[str]] = {}
    unread: Counter[int] = Counter()
    octets: Counter[int] = Counter()
    for message_id in dict.fromkeys(map(key, ids)):
        rows = connection.execute(
            f"DELETE FROM messages WHERE id = ? AND {SEEN} RETURNING seq, inbox, read, tags, size",  # noqa: S608
            (message_id,),
        ).fetchall()
        for seq, number, was_read, tags, size in rows:
            forget(connection, seq)
            set_labels(connection, seq, tags, ())
            _leave_index(connection, seq)
            deleted.setdefault(number, []).append(message_id)
            unread[number] += not was_read
            octets[number] += size
    changed = _named(connection, deleted)
    for number, gone in deleted.items():
        connection.execute(
            "UPDATE inboxes SET total = total - ?, unread = unread - ?, octets = octets - ? WHERE number = ?",
            (len(gone), unread[number], octets[number], number),
        )
        connection.execute("DELETE FROM inboxes WHERE number = ? AND total = 0", (number,))
    return changed


def clear(connection: sqlite3.Connection, inbox: str | None) -> int:
    """Delete every message of *inbox*; returns how many. Most of what they take is swept away later."""
    (count,) = connection.execute(
        "SELECT coalesce(sum(total), 0) FROM inboxes WHERE :inbox IS NULL OR name = :inbox",
        {"inbox": _name(inbox)},
    ).fetchone()
    if inbox is None:
        put_aside(connection, count)
        for table in ("labels", "pending", "messages", "inboxes"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand one line above
    elif count:
        clear_inbox(connection, encode_text(inbox), count)
    return int(count)


def _leave_index(connection: sqlite3.Connection, seq: int) -> None:
    """Count a message out of the index, or out of what is to be indexed."""
    if connection.execute("DELETE FROM pending WHERE seq = ?", (seq,)).rowcount:
        return
    less = "UPDATE shards SET live = live - 1 WHERE low <= ? AND high >= ?"
    if connection.execute(less, (seq, seq)).rowcount:
        connection.execute("INSERT INTO dead VALUES (?)", (seq,))


def remember(connection: sqlite3.Connection, summaries: Iterable[Summary]) -> None:
    """Keep what was computed, for messages that are still there and have nothing kept."""
    connection.executemany(
        "UPDATE details SET summary = ?"
        " WHERE summary IS NULL AND seq = (SELECT seq FROM messages WHERE id = ?)",
        [(encode_summary(summary), summary.id) for summary in summaries],
    )


def _name(inbox: str | None) -> bytes | None:
    return None if inbox is None else encode_text(inbox)


def _named(connection: sqlite3.Connection, by_number: dict[int, list[str]]) -> Changed:
    names: Changed = {}
    for number, ids in by_number.items():
        (name,) = connection.execute("SELECT name FROM inboxes WHERE number = ?", (number,)).fetchone()
        names[decode_text(name)] = ids
    return names
