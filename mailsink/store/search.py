"""A plan, run over the pieces of the index and what is not in it yet.

Each function is one read inside the caller's transaction: all of it sees the same moment. Knows no threads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from ..message import Message
from ..query import Query
from .codec import encode_text
from .contract import Counts
from .counting import Known, Shard, count_ahead
from .leftovers import SEEN
from .places import LAST
from .rows import WHOLE, message_of
from .tokens import NEVER, inbox_fact
from .translate import WORDS, Index, Plan, plan_of

__all__ = ["Search"]

_GET = (
    f"SELECT {WHOLE} FROM messages JOIN inboxes ON number = inbox"  # noqa: S608
    " JOIN contents USING (seq) JOIN details USING (seq) WHERE seq = ?"
)
_CLEARED = "SELECT EXISTS (SELECT 1 FROM inboxes WHERE cleared)"
_DEAD = "CASE WHEN total = live THEN 0 ELSE (SELECT count(*) FROM dead WHERE seq BETWEEN low AND high) END"
# How many candidates are asked for at once where the query must be asked about each.
CANDIDATES = 100


class Search:
    """The messages of *inbox* (``None``: of all) that match *query*, as *connection* sees them now."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        inbox: str | None,
        query: Query,
        known: Known | None = None,
        lend: Callable[[], AbstractContextManager[sqlite3.Connection]] | None = None,
    ) -> None:
        """*known* remembers counts from one search to the next; *lend* lends connections to count with."""
        self._connection = connection
        self._query = query
        self._known = Known() if known is None else known
        self._lend = lend
        self._inbox = None if inbox is None else self._number(inbox)
        self._nowhere = inbox is not None and self._inbox is None
        self._asked = plan_of(query, Index(self._number))
        # For pieces of the index that have the tokens for what is short, and for those that have not.
        self._plan = self._bounded(self._asked)
        self._older = self._bounded(plan_of(query, Index(self._number, brief=False)))
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
        if self._asked in _ALONE:
            return self._counted_by_flag(_ALONE[self._asked])
        total = unread = 0
        self._total, self._unread = self._connection.execute(
            "SELECT coalesce(sum(total), 0), coalesce(sum(unread), 0) FROM inboxes"
        ).fetchone()
        shards = self._shards(0, LAST, count_dead=True)
        if self._lend is not None:
            count_ahead(self._lend, shards, self._known)
        for shard in shards:
            more, more_unread = self._count_in(shard)
            total += more
            unread += more_unread
        for seq in self._pending(0, LAST):
            message = self._message(seq)
            if self._query.matches(message):
                total += 1
                unread += not message.read
        return Counts(total=total, unread=unread)

    def _counted_by_flag(self, unread: int) -> Counts:
        """How many are read or, with 1, unread: the inboxes know it."""
        count = "unread" if unread else "total - unread"
        found = self._one(
            f"SELECT coalesce(sum({count}), 0) FROM inboxes"  # noqa: S608
            " WHERE NOT cleared AND (:inbox IS NULL OR number = :inbox)",
            {"inbox": self._inbox},
        )
        return Counts(total=found, unread=found * unread)

    # One piece of the index.

    def _shards(
        self, low: int, high: int, *, newest_first: bool = True, count_dead: bool = False
    ) -> list[Shard]:
        counted = _DEAD if count_dead else "0"
        rows = self._connection.execute(
            f"SELECT number, low, high, total, live, {counted}, briefed FROM shards"  # noqa: S608
            " WHERE high >= ? AND low <= ? AND newest >= ? AND oldest <= ? AND live > 0 ORDER BY low",
            (low, high, self._plan.since, self._plan.until),
        )
        shards = [
            Shard(number, low, high, total, live, dead, self._plan if briefed == LAST else self._older)
            for number, low, high, total, live, dead, briefed in rows
        ]
        return shards[::-1] if newest_first else shards

    def _in_shard(self, shard: Shard, low: int, high: int, limit: int, *, newest_first: bool) -> list[int]:
        plan = shard.plan
        low, high = max(low, shard.low), min(high, shard.high)
        order = "DESC" if newest_first else "ASC"
        found: list[int] = []
        while len(found) < limit and low <= high:
            most = limit if plan.exact else CANDIDATES
            source, parameters = _source(shard, low, high)
            rows = self._connection.execute(
                f"SELECT m.seq FROM {source} ORDER BY {_order(plan)} {order} LIMIT ?",  # noqa: S608
                (*parameters, most),
            ).fetchall()
            for (seq,) in rows:
                if plan.exact or self._query.matches(self._message(seq)):
                    found.append(seq)
            if plan.exact or len(rows) < most:
                break
            low, high = (low, rows[-1][0] - 1) if newest_first else (rows[-1][0] + 1, high)
        return found[:limit]

    def _count_in(self, shard: Shard) -> tuple[int, int]:
        plan = shard.plan
        if not plan.exact:
            return self._count_slowly(shard)
        if shard.knows_all:
            return self._count_by_index(shard)
        source, parameters = _source(shard, shard.low, shard.high)
        row = self._connection.execute(
            f"SELECT count(*), coalesce(sum(m.read = 0), 0) FROM {source}",  # noqa: S608
            parameters,
        ).fetchone()
        return row[0], row[1]

    def _count_by_index(self, shard: Shard) -> tuple[int, int]:
        """Without a look at the messages, but for the few that are read, or the few that are not."""
        found = shard.found(self._connection, self._known)
        if found and shard.dead:
            found -= shard.found_among(self._connection, "dead WHERE true")
        if not found or self._unread in (0, self._total):
            return found, found if self._unread else 0
        # Of read and unread, those that are fewer in all are looked up.
        if self._total - self._unread < self._unread:
            read = "messages INDEXED BY messages_read WHERE read = 1"
            return found, found - shard.found_among(self._connection, read)
        unread = "messages INDEXED BY messages_unread WHERE read = 0"
        return found, shard.found_among(self._connection, unread)

    def _one(self, statement: str, parameters: tuple[Any, ...] | dict[str, Any]) -> int:
        return int(self._connection.execute(statement, parameters).fetchone()[0])

    def _count_slowly(self, shard: Shard) -> tuple[int, int]:
        total = unread = 0
        for seq in self._in_shard(shard, 0, LAST, LAST, newest_first=True):
            total += 1
            unread += not self._message(seq).read
        return total, unread

    def _bounded(self, plan: Plan) -> Plan:
        """The same plan in the inbox, and without what was cleared."""
        if self._inbox is not None:
            return _within(plan, self._inbox)
        return _seen(plan) if self._one(_CLEARED, ()) else plan

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


def _source(shard: Shard, low: int, high: int) -> tuple[str, tuple[Any, ...]]:
    """The tables and the condition for candidates in a piece, and their parameters."""
    words, plan = f"words_{shard.number}", shard.plan
    where = plan.where.replace(WORDS, words)
    more = f" AND {where}" if where else ""
    if not plan.match:
        return (
            f"messages AS m {_hint(plan)} WHERE m.seq BETWEEN ? AND ?{more}",
            (low, high, *plan.parameters),
        )
    tables = f"{words} AS w CROSS JOIN messages AS m ON m.seq = w.rowid"
    return (
        f"{tables} WHERE w.{words} MATCH ? AND w.rowid BETWEEN ? AND ?{more}",
        (plan.match, low, high, *plan.parameters),
    )


def _order(plan: Plan) -> str:
    return "w.rowid" if plan.match else "m.seq"


# Conditions that an index of their own holds the rows of.
_HINTS = {
    "m.read = 0": "INDEXED BY messages_unread",
    "m.read = 1": "INDEXED BY messages_read",
    "m.starred = 1": "INDEXED BY messages_starred",
}
# What asks for nothing else than whether a message is unread.
_ALONE = {Plan(where="m.read = 0"): 1, Plan(where="m.read = 1"): 0}


def _hint(plan: Plan) -> str:
    return next(
        (
            hint
            for condition, hint in _HINTS.items()
            if plan.where == condition or plan.where.startswith(f"({condition} AND ")
        ),
        "",
    )


def _seen(plan: Plan) -> Plan:
    """The same plan without what is out of sight."""
    return replace(plan, where=f"({plan.where} AND m.{SEEN})" if plan.where else f"m.{SEEN}")


def _within(plan: Plan, number: int) -> Plan:
    """The same plan in one inbox."""
    if not plan.match and plan.where == "m.starred = 1":
        # They are few as a rule.
        return replace(plan, where=f"({plan.where} AND m.inbox = ?)", parameters=(number,))
    place = inbox_fact(number)
    if plan.guard:
        # FTS5 would look for the phrase wherever either is; NOT keeps it from doing so before both are.
        place = f"(({place} AND {plan.guard}) NOT {NEVER})"
    return replace(plan, match=f"({place} AND {plan.match})" if plan.match else place)
