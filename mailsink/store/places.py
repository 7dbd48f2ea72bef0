"""Where a message stands among the others: numbers in the order of the ids.

The full-text index finds messages by the number of their row and gives them in its order, so that order must
be that of the ids, also for messages that come late with an old id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["LAST", "PLACES", "free_place", "place_of", "places_at_end", "renumber"]

# Greater than every place.
LAST = 2**63 - 1

_VALUES = {
    digit: value
    for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}
# An id begins with its time in microseconds. In steps of 8 us the distance between neighbours takes one or
# two octets in the index, and there is room for 125,000 messages of one second that were imported.
_TIME_DIGITS = 9
_STEP = 8
# So many places there are for the messages of a second.
PLACES = 1_000_000 // _STEP
# How far from its neighbour a message is put that comes between two: room for others on both sides.
_APART = 4096
# The same for one that comes after all others and has the time of the last.
_GAP = 8


def place_of(message_id: str) -> int:
    """The place that the time in *message_id* asks for; never greater for a smaller id."""
    time = 0
    for digit in message_id[:_TIME_DIGITS].ljust(_TIME_DIGITS, "0"):
        time = time * 62 + _VALUES.get(digit, 0)
    return time // _STEP + 1


def free_place(connection: sqlite3.Connection, message_id: str) -> int:
    """A place that is free, between those of the ids before and after *message_id*.

    Where there is no room left between them, because many were imported that have the very same time, it is
    the next free one, and a search gives these in another order than a list.
    """
    before, after, last = connection.execute(_AROUND, {"id": message_id}).fetchone()
    # After all others it comes after what was deleted too, so that there is room for what comes between.
    place = _between(place_of(message_id), last if after is None else before, after)
    return place if place > last else _free_from(connection, place)


def places_at_end(connection: sqlite3.Connection, ids: Sequence[str]) -> list[int] | None:
    """Free places for *ids* where they ascend and come after all that are there, as a rule; else ``None``."""
    if any(one >= other for one, other in pairwise(ids)):
        return None
    newest, before = connection.execute(_NEWEST).fetchone()
    if ids[0] <= newest:
        return None
    places = []
    for message_id in ids:
        before = max(place_of(message_id), before + _GAP)
        places.append(before)
    return places


# The greatest place that nobody else may get.
_TAKEN = (
    "max(coalesce((SELECT max(seq) FROM messages), 0), coalesce((SELECT max(seq) FROM gone), 0),"
    " coalesce((SELECT max(seq) FROM dead), 0))"
)
_NEWEST = f"SELECT coalesce((SELECT max(id) FROM messages), ''), {_TAKEN}"  # noqa: S608
_AROUND = (
    "SELECT coalesce((SELECT seq FROM messages WHERE id < :id ORDER BY id DESC LIMIT 1), 0),"  # noqa: S608
    " (SELECT seq FROM messages WHERE id > :id ORDER BY id LIMIT 1),"
    f" {_TAKEN}"
)


def _between(wanted: int, before: int, after: int | None) -> int:
    if after is None:
        return max(wanted, before + _GAP)
    if before < wanted < after:
        return wanted
    step = max(1, min(_APART, (after - before) // 2))
    return before + step if wanted <= before else after - step


def _free_from(connection: sqlite3.Connection, place: int) -> int:
    """*place*, or the first one after it that is free; what was deleted may have left something at one."""
    for table in ("messages", "gone", "dead"):
        if connection.execute(f"SELECT 1 FROM {table} WHERE seq = ?", (place,)).fetchone():  # noqa: S608
            return _free_from(connection, _end_of_run(connection, table, place))
    return place


def _end_of_run(connection: sqlite3.Connection, table: str, place: int) -> int:
    (free,) = connection.execute(
        f"SELECT seq + 1 FROM {table} AS one WHERE seq >= ?"  # noqa: S608
        f" AND NOT EXISTS (SELECT 1 FROM {table} WHERE seq = one.seq + 1) ORDER BY seq LIMIT 1",
        (place,),
    ).fetchone()
    return int(free)


def renumber(connection: sqlite3.Connection) -> None:
    """Give every message of a file that counted them 1, 2, 3 its place."""
    connection.execute("CREATE TEMP TABLE places (old INTEGER PRIMARY KEY, new INTEGER)")
    last = 0
    for old, message_id in connection.execute("SELECT seq, id FROM messages ORDER BY id"):
        last = max(place_of(message_id), last + 1)
        connection.execute("INSERT INTO temp.places VALUES (?, ?)", (old, last))
    for table in ("messages", "contents"):
        connection.execute(
            f"UPDATE {table} SET seq = (SELECT new FROM temp.places WHERE old = seq)"  # noqa: S608
        )
    connection.execute("DROP TABLE temp.places")
