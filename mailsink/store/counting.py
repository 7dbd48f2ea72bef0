"""How many messages the pieces of the index have for a plan: remembered, and counted side by side.

Knows the index alone, and no query. Most pieces do not change any more.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from ..errors import StoreError
from .translate import Plan

__all__ = ["Known", "Shard", "count_ahead"]

MOST_KNOWN = 2_000
# So many messages are counted before another thread could have begun.
WORTH_A_THREAD = 50_000

Key = tuple[int, int, str]


class Known:
    """What was counted before. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[Key, int] = OrderedDict()

    def get(self, key: Key) -> int | None:
        with self._lock:
            return self._counts.get(key)

    def put(self, key: Key, count: int) -> None:
        with self._lock:
            self._counts[key] = count
            while len(self._counts) > MOST_KNOWN:
                self._counts.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of the index as it is now, and the plan for it.

    *total* messages were put in, *live* of them are there still, and of *dead* ones the places are known.
    """

    number: int
    low: int
    high: int
    total: int
    live: int
    dead: int
    plan: Plan

    @property
    def knows_all(self) -> bool:
        """Whether what matches can be counted without a look at the messages."""
        plan = self.plan
        return bool(plan.match) and plan.exact and not plan.where and self.live + self.dead == self.total

    @property
    def key(self) -> Key:
        """Under which is known what was put in and matches."""
        return self.number, self.total, self.plan.match

    @property
    def count(self) -> str:
        """The statement that counts what was put in and matches the expression that it is given."""
        words = f"words_{self.number}"
        return f"SELECT count(*) FROM {words} WHERE {words} MATCH ?"  # noqa: S608

    def found(self, connection: sqlite3.Connection, known: Known) -> int:
        """How many were put in that match."""
        count = known.get(self.key)
        if count is None:
            count = _one(connection, self.count, self.plan.match)
            known.put(self.key, count)
        return count

    def found_among(self, connection: sqlite3.Connection, rows: str) -> int:
        """How many of those match that *rows*, a condition on a table with ``seq``, selects."""
        those = f"SELECT seq FROM {rows} AND seq BETWEEN ? AND ?"  # noqa: S608
        low, high = (
            connection.execute(f"{those} ORDER BY seq {way} LIMIT 1", (self.low, self.high)).fetchone()
            for way in ("ASC", "DESC")
        )
        if low is None:
            return 0
        # They lie together as a rule: those that were read are the newest, those that are dead the oldest.
        bounds = (*low, *high)
        statement = f"{self.count} AND rowid BETWEEN ? AND ? AND +rowid IN ({those})"
        return _one(connection, statement, self.plan.match, *bounds, *bounds)


def count_ahead(
    lend: Callable[[], AbstractContextManager[sqlite3.Connection]], shards: Sequence[Shard], known: Known
) -> None:
    """Count in *shards* what is not known yet, with a thread and a connection for each processor.

    *lend* lends a connection. What cannot be counted now is not known afterwards either.
    """
    wanted = [shard for shard in shards if shard.knows_all and known.get(shard.key) is None]
    worth = sum(shard.total for shard in wanted) // WORTH_A_THREAD
    helpers = min(os.cpu_count() or 1, len(wanted), worth) - 1
    if helpers < 1:
        return
    left = deque(wanted)
    threads = [
        threading.Thread(target=_count, args=(lend, left, known), name="mailsink-count", daemon=True)
        for _ in range(helpers)
    ]
    for thread in threads:
        thread.start()
    _count(lend, left, known)
    for thread in threads:
        thread.join()


def _count(
    lend: Callable[[], AbstractContextManager[sqlite3.Connection]], left: deque[Shard], known: Known
) -> None:
    # Who asked counts again what is missing, and hears then what is wrong.
    with suppress(StoreError), lend() as connection:
        while left:
            with suppress(IndexError):
                _count_one(connection, left.popleft(), known)


def _count_one(connection: sqlite3.Connection, shard: Shard, known: Known) -> None:
    connection.execute("BEGIN")
    try:
        # This connection may see a later moment, at which more has been put in.
        same = "SELECT EXISTS (SELECT 1 FROM shards WHERE number = ? AND total = ?)"
        if _one(connection, same, shard.number, shard.total):
            shard.found(connection, known)
    finally:
        connection.execute("ROLLBACK")


def _one(connection: sqlite3.Connection, statement: str, *parameters: object) -> int:
    return int(connection.execute(statement, parameters).fetchone()[0])
