"""A plan, run over the pieces of the index and what is not in it yet.

Each function is one read inside the caller's transaction: all of it sees the same moment. Knows no threads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..message import Message
from ..query import Query
from .codec import encode_text
from .contract import Counts
from .places import LAST
from .rows import WHOLE, message_of
from .tokens import inbox_fact
from .translate import WORDS, Plan, plan_of

__all__ = ["Known", "Search"]

_GET = (
    f"SELECT {WHOLE} FROM messages JOIN inboxes ON number = inbox"  # noqa: S608
    " JOIN contents USING (seq) JOIN details USING (seq) WHERE seq = ?"
)
# How many candidates are asked for at once where the query must be asked about each.
CANDIDATES = 100
MOST_KNOWN = 2_000


class Known:
    """How many messages a piece of the index has for an expression; most pieces do not change any more.

    Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[int, int, str], int] = OrderedDict()

    def get(self, key: tuple[int, int, str]) -> int | None:
        with self._lock:
            return self._counts.get(key)

    def put(self, key: tuple[int, int, str], count: int) -> None:
        with self._lock:
            self._counts[key] = count
            while len(self._counts) > MOST_KNOWN:
                self._counts.popitem(last=False)


class Search:
    """The messages of *inbox* (``None``: of all) that match *query*, as *connection* sees them now."""

    def __init__(
        self, connection: sqlite3.Connection, inbox: str | None, query: Query, known: Known | None = None
    ) -> None:
        """*known* remembers counts from one search to the next."""
        self._connection = connection
        self._query = query
        self._known = Known() if known is None else known
        plan = plan_of(query, self._number)
        self._inbox = None if inbox is None else self._number(inbox)
        self._nowhere = inbox is not None and self._inbox is None
        if self._inbox is not None:
            plan = _within(plan, self._inbox)
        self._plan = plan
        self._total = self._unread = -1

    def places(self, *, start: int, limit: int, newest_first: bool = True) -> list[int]:
        """The rows of up to *limit* messages beyond the row *start*, in order."""
        if self._nowhere or limit <= 0:
            return []
        low, high = (0, start - 1) if newest_first else (start + 1, LAST)
        found: list[int] = []
        for shard in self._shards(low, high, newest_first=newest_first):
            found += self._in_shard(shard, low, high, limit - len(found), newest_first=newest_first)
            if len(found) >= limit:
                break
        waiting = [m for m in self._pending(low, high) if self._query.matches(self._message(m))]
        return sorted({*found, *waiting}, reverse=newest_first)[:limit]

    def counts(self) -> Counts:
        """How many match, and how many of them are unread."""
        if self._nowhere:
            return Counts(total=0, unread=0)
        total = unread = 0
        self._total, self._unread = self._connection.execute(
            "SELECT coalesce(sum(total), 0), coalesce(sum(unread), 0) FROM inboxes"
        ).fetchone()
        for shard in self._shards(0, LAST):
            more, more_unread = self._count_in(shard) if self._plan.exact else self._count_slowly(shard)
            total += more
            unread += more_unread
        for seq in self._pending(0, LAST):
            message = self._message(seq)
            if self._query.matches(message):
                total += 1
                unread += not message.read
        return Counts(total=total, unread=unread)

    # One piece of the index: (number, low, high, total, live).

    def _shards(self, low: int, high: int, *, newest_first: bool = True) -> list[tuple[int, ...]]:
        rows = self._connection.execute(
            "SELECT number, low, high, total, live FROM shards"
            " WHERE high >= ? AND low <= ? AND newest >= ? AND oldest <= ? AND live > 0 ORDER BY low",
            (low, high, self._plan.since, self._plan.until),
        ).fetchall()
        return rows[::-1] if newest_first else rows

    def _in_shard(
        self, shard: tuple[int, ...], low: int, high: int, limit: int, *, newest_first: bool
    ) -> list[int]:
        low, high = max(low, shard[1]), min(high, shard[2])
        order = "DESC" if newest_first else "ASC"
        found: list[int] = []
        while len(found) < limit and low <= high:
            most = limit if self._plan.exact else CANDIDATES
            source, parameters = self._source(shard[0], low, high)
            rows = self._connection.execute(
                f"SELECT m.seq FROM {source} ORDER BY {_order(self._plan)} {order} LIMIT ?",  # noqa: S608
                (*parameters, most),
            ).fetchall()
            for (seq,) in rows:
                if self._plan.exact or self._query.matches(self._message(seq)):
                    found.append(seq)
            if self._plan.exact or len(rows) < most:
                break
            low, high = (low, rows[-1][0] - 1) if newest_first else (rows[-1][0] + 1, high)
        return found[:limit]

    def _source(self, number: int, low: int, high: int) -> tuple[str, tuple[Any, ...]]:
        """The tables and the condition for candidates in a piece, and their parameters."""
        words = f"words_{number}"
        where = self._plan.where.replace(WORDS, words)
        more = f" AND {where}" if where else ""
        if not self._plan.match:
            return (
                f"messages AS m {_hint(self._plan)} WHERE m.seq BETWEEN ? AND ?{more}",
                (low, high, *self._plan.parameters),
            )
        tables = f"{words} AS w CROSS JOIN messages AS m ON m.seq = w.rowid"
        return (
            f"{tables} WHERE w.{words} MATCH ? AND w.rowid BETWEEN ? AND ?{more}",
            (self._plan.match, low, high, *self._plan.parameters),
        )

    def _count_in(self, shard: tuple[int, ...]) -> tuple[int, int]:
        number, low, high, total, live = shard
        if self._plan.match and not self._plan.where and total == live:
            return self._count_by_index(shard)
        source, parameters = self._source(number, low, high)
        if self._plan.where in _READ:
            # Out of an index that holds nothing else.
            counted = self._one(f"SELECT count(*) FROM {source}", parameters)  # noqa: S608
            return counted, counted * _READ[self._plan.where]
        row = self._connection.execute(
            f"SELECT count(*), coalesce(sum(m.read = 0), 0) FROM {source}",  # noqa: S608
            parameters,
        ).fetchone()
        return row[0], row[1]

    def _count_by_index(self, shard: tuple[int, ...]) -> tuple[int, int]:
        """Without a look at the messages, but for the few that are read, or the few that are not."""
        number, low, high, total, _ = shard
        words = f"words_{number}"
        count = f"SELECT count(*) FROM {words} WHERE {words} MATCH ?"  # noqa: S608
        key = (number, total, self._plan.match)
        found = self._known.get(key)
        if found is None:
            found = self._one(count, (self._plan.match,))
            self._known.put(key, found)
        if not found or self._unread in (0, self._total):
            return found, found if self._unread else 0
        # Of read and unread, those that are fewer in all are looked up.
        read = int(self._total - self._unread < self._unread)
        index = "messages_read" if read else "messages_unread"
        those = f"SELECT seq FROM messages INDEXED BY {index} WHERE read = {read} AND seq BETWEEN ? AND ?"  # noqa: S608
        if not self._one(f"SELECT EXISTS ({those})", (low, high)):
            return found, found if read else 0
        some = self._one(f"{count} AND +rowid IN ({those})", (self._plan.match, low, high))
        return found, found - some if read else some

    def _one(self, statement: str, parameters: tuple[Any, ...]) -> int:
        return int(self._connection.execute(statement, parameters).fetchone()[0])

    def _count_slowly(self, shard: tuple[int, ...]) -> tuple[int, int]:
        total = unread = 0
        for seq in self._in_shard(shard, 0, LAST, LAST, newest_first=True):
            total += 1
            unread += not self._message(seq).read
        return total, unread

    # Single messages.

    def _pending(self, low: int, high: int) -> Iterator[int]:
        rows = self._connection.execute(
            "SELECT seq FROM pending CROSS JOIN messages USING (seq)"
            " WHERE pending.seq BETWEEN :low AND :high AND (:inbox IS NULL OR inbox = :inbox)",
            {"low": low, "high": high, "inbox": self._inbox},
        ).fetchall()
        return (seq for (seq,) in rows)

    def _message(self, seq: int) -> Message:
        return message_of(self._connection.execute(_GET, (seq,)).fetchone())

    def _number(self, inbox: str) -> int | None:
        row = self._connection.execute(
            "SELECT number FROM inboxes WHERE name = ?", (encode_text(inbox),)
        ).fetchone()
        return None if row is None else int(row[0])


def _order(plan: Plan) -> str:
    return "w.rowid" if plan.match else "m.seq"


# Conditions that an index of their own holds the rows of.
_HINTS = {
    "m.read = 0": "INDEXED BY messages_unread",
    "m.read = 1": "INDEXED BY messages_read",
    "m.starred = 1": "INDEXED BY messages_starred",
}
# And those that say whether every message they hold for is unread.
_READ = {"m.read = 0": 1, "m.read = 1": 0}


def _hint(plan: Plan) -> str:
    return next(
        (
            hint
            for condition, hint in _HINTS.items()
            if plan.where == condition or plan.where.startswith(f"({condition} AND ")
        ),
        "",
    )


def _within(plan: Plan, number: int) -> Plan:
    """The same plan in one inbox."""
    if not plan.match and plan.where == "m.starred = 1":
        # They are few as a rule.
        return replace(plan, where=f"({plan.where} AND m.inbox = ?)", parameters=(number,))
    place = inbox_fact(number)
    return replace(plan, match=f"({place} AND {plan.match})" if plan.match else place)
