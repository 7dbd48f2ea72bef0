"""Deletes what goes beyond the limits of a `Retention`, inside the caller's transaction.

Runs at the end of every transaction of the SQLite store, so that no reader ever sees more than is allowed.
"""

from __future__ import annotations

import sqlite3

from ..retention import MICROSECONDS, Excess, Retention
from .changes import Changed, delete
from .codec import decode_text
from .leftovers import SEEN

__all__ = ["evict"]


def evict(connection: sqlite3.Connection, retention: Retention, now: int) -> tuple[Changed, int | None]:
    """Delete what is too much at *now*; microseconds since 1970.

    Returns what was deleted, and when the next message will be too old; ``None`` for never.
    """
    evicted: Changed = {}
    if retention.each or retention.inboxes:
        rows = connection.execute(
            "SELECT number, name, total, octets FROM inboxes WHERE NOT cleared"
        ).fetchall()
        for number, name, total, octets in rows:
            excess = Excess(retention.of(decode_text(name)), now, total, octets)
            _merge(evicted, _evict(connection, excess, f"inbox = {number:d}"))
    if retention.all:
        total, octets = connection.execute(
            "SELECT coalesce(sum(total), 0), coalesce(sum(octets), 0) FROM inboxes"
        ).fetchone()
        _merge(evicted, _evict(connection, Excess(retention.all, now, total, octets), SEEN))
    return evicted, _next_end(connection, retention)


def _merge(changed: Changed, more: Changed) -> None:
    for inbox, ids in more.items():
        changed.setdefault(inbox, []).extend(ids)


def _evict(connection: sqlite3.Connection, excess: Excess, where: str) -> Changed:
    gone = []
    rows = connection.execute(f"SELECT id, size, received_at FROM messages WHERE {where} ORDER BY id")  # noqa: S608
    for message_id, size, received_at in rows:
        if not excess.takes(size, received_at):
            break
        gone.append(message_id)
    rows.close()
    return delete(connection, gone) if gone else {}


def _next_end(connection: sqlite3.Connection, retention: Retention) -> int | None:
    ends: list[tuple[float, str, tuple[int, ...]]] = []
    if age := retention.all.max_age:
        ends.append((age, SEEN, ()))
    aged = retention.each.max_age or any(limits.max_age for limits in retention.inboxes.values())
    for number, name in (
        connection.execute("SELECT number, name FROM inboxes WHERE NOT cleared") if aged else ()
    ):
        if age := retention.of(decode_text(name)).max_age:
            ends.append((age, "inbox = ?", (number,)))
    found = []
    for age, where, parameters in ends:
        row = connection.execute(
            f"SELECT received_at FROM messages WHERE {where} ORDER BY id LIMIT 1",  # noqa: S608
            parameters,
        ).fetchone()
        if row is not None:
            found.append(row[0] + int(age * MICROSECONDS))
    return min(found, default=None)
