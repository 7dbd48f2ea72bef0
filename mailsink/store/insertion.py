"""New messages and sessions as rows, many to a statement: each statement is a hand-over between threads.

Runs inside the caller's transaction. Keeps the counters of `inboxes` right; knows no threads and no events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from ..errors import StoreError
from ..message import Message
from ..model import Session
from .codec import encode_envelope, encode_session, encode_tags, encode_text, encode_time, encode_wire
from .labels import NO_TAGS, set_labels
from .leftovers import forget_cleared
from .places import free_place, places_at_end

__all__ = ["insert_all", "put_sessions"]

# Rows of the largest statement: those for so many and fewer are kept prepared.
_MOST_ROWS = 16

_MESSAGES = (
    "INSERT INTO messages (seq, id, inbox, received_at, size, read, starred, tags, session_id) VALUES",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "ON CONFLICT (id) DO NOTHING",
)
_CONTENTS = ("INSERT INTO contents VALUES", "(?, ?)", "")
_DETAILS = ("INSERT INTO details VALUES", "(?, ?, ?, NULL)", "")
_PENDING = ("INSERT INTO pending VALUES", "(?)", "")
_SESSIONS = (
    "INSERT INTO sessions (id, session) VALUES",
    "(?, ?)",
    "ON CONFLICT (id) DO UPDATE SET session = excluded.session",
)
_COUNT = (
    "INSERT INTO inboxes (name, total, unread, octets) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET total = total + excluded.total,"
    " unread = unread + excluded.unread, octets = octets + excluded.octets "
    "RETURNING number"
)


def insert_all(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    """Add *messages* in their order. Raises StoreError when an id is there already."""
    ids = [message.id for message in messages]
    forget_cleared(connection, ids)
    places = places_at_end(connection, ids)
    if places is not None:
        _insert(connection, messages, places)
        return
    for message in messages:
        _insert(connection, [message], [free_place(connection, message.id)])


def put_sessions(connection: sqlite3.Connection, sessions: Sequence[Session], *, most: int) -> None:
    """Keep *sessions*; of all, the *most* that came last stay."""
    _add_rows(connection, _SESSIONS, [(session.id, encode_session(session)) for session in sessions])
    connection.execute("DELETE FROM sessions WHERE seq <= (SELECT max(seq) FROM sessions) - ?", (most,))


def _insert(connection: sqlite3.Connection, messages: Sequence[Message], places: Sequence[int]) -> None:
    numbers = _counted(connection, messages)
    placed = list(zip(places, messages, strict=True))
    rows = [
        (
            place,
            message.id,
            numbers[message.inbox],
            encode_time(message.received_at),
            message.size,
            message.read,
            message.starred,
            encode_tags(message.tags) if message.tags else NO_TAGS,
            message.session_id,
        )
        for place, message in placed
    ]
    if _add_rows(connection, _MESSAGES, rows) < len(rows):
        raise StoreError(f"there is a message {messages[0].id} already")
    _add_rows(connection, _CONTENTS, [(place, message.content) for place, message in placed])
    _add_rows(
        connection,
        _DETAILS,
        [(place, encode_envelope(message.envelope), encode_wire(message)) for place, message in placed],
    )
    _add_rows(connection, _PENDING, [(place,) for place in places])
    for place, message in placed:
        if message.tags:
            set_labels(connection, place, NO_TAGS, message.tags)


def _counted(connection: sqlite3.Connection, messages: Sequence[Message]) -> dict[str, int]:
    """Count *messages* into their inboxes; the inboxes' numbers."""
    counts: dict[str, tuple[int, int, int]] = {}
    for message in messages:
        total, unread, octets = counts.get(message.inbox, (0, 0, 0))
        counts[message.inbox] = (total + 1, unread + (not message.read), octets + message.size)
    numbers = {}
    for inbox, counted in counts.items():
        ((numbers[inbox],),) = connection.execute(_COUNT, (encode_text(inbox), *counted)).fetchall()
    return numbers


def _add_rows(
    connection: sqlite3.Connection, parts: tuple[str, str, str], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Run the statement of *parts* for all *rows*; how many rows it added or changed."""
    return sum(
        connection.execute(_statement(parts, len(some)), [value for row in some for value in row]).rowcount
        for some in _pieces(rows)
    )


def _pieces(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    for start in range(0, len(rows), _MOST_ROWS):
        yield rows[start : start + _MOST_ROWS]


@cache
def _statement(parts: tuple[str, str, str], rows: int) -> str:
    head, values, tail = parts
    return f"{head} {', '.join([values] * rows)} {tail}"
