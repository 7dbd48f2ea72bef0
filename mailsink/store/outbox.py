"""What is to be told elsewhere, until it is: hooks, and the deliveries to each, a queue and a log in one.

In the store's file, so that it survives the process, or in memory where the store is. Knows no HTTP: what a
hook and a delivery are is the business of `mailsink.webhooks`, which encodes them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreError

__all__ = ["DONE", "FAILED", "TABLES", "WAITING", "Delivery", "Outbox"]

WAITING, DONE, FAILED = "waiting", "delivered", "failed"
# Of those that are over, so many are kept to be read.
KEPT = 10_000
# Of those that wait in memory, so many; a file has no bound but the disk.
MOST_IN_MEMORY = 10_000

TABLES = (
    # seen: the newest message that the hook was asked about.
    """
    CREATE TABLE hooks (
        id TEXT PRIMARY KEY,
        seen TEXT NOT NULL,
        data BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # due: seconds since 1970 before which nobody takes it; whoever takes it moves that on.
    """
    CREATE TABLE deliveries (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        hook TEXT NOT NULL,
        message TEXT NOT NULL,
        state TEXT NOT NULL,
        due REAL NOT NULL,
        data BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX deliveries_due ON deliveries (hook, state, due)",
)
_COLUMNS = "place, id, hook, message, state, due, data, body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something to tell a hook.

    *place* orders the log, 0 before it is in it. *due* is in seconds since 1970. *data* and *body* are the
    caller's.
    """

    place: int = 0
    id: str
    hook: str
    message: str
    state: str = WAITING
    due: float = 0.0
    data: bytes
    body: bytes


class Outbox:
    """Hooks and their deliveries, over a connection of its own. Safe from any thread; raises StoreError."""

    def __init__(self, connection: sqlite3.Connection, file: Path | None = None) -> None:
        self._connection = connection
        self._file = file
        self._lock = threading.Lock()
        self.closed = False

    @classmethod
    def in_memory(cls) -> Outbox:
        """An empty one that is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for statement in TABLES:
            connection.execute(statement)
        return cls(connection)

    def hooks(self) -> dict[str, tuple[str, bytes]]:
        """By id: the newest message that each was asked about, and its data."""
        with self._use() as connection:
            rows = connection.execute("SELECT id, seen, data FROM hooks ORDER BY id").fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}

    def put_hook(self, hook: str, data: bytes, *, seen: str) -> None:
        """Add a hook, or replace the data of the one that is there; *seen* is for a new one."""
        with self._use() as connection:
            connection.execute(
                "INSERT INTO hooks VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
                (hook, seen, data),
            )

    def remove_hook(self, hook: str) -> int:
        """Forget a hook and what it is owed; returns how many deliveries waited."""
        with self._use() as connection:
            connection.execute("DELETE FROM hooks WHERE id = ?", (hook,))
            waiting = self._count(connection, hook, WAITING)
            connection.execute("DELETE FROM deliveries WHERE hook = ?", (hook,))
        return waiting

    def enqueue(self, seen: str, deliveries: list[Delivery]) -> None:
        """Add *deliveries*, but those that are there; all hooks were asked up to the message *seen*."""
        with self._use() as connection:
            for one in deliveries:
                connection.execute(
                    "INSERT OR IGNORE INTO deliveries (id, hook, message, state, due, data, body) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (one.id, one.hook, one.message, one.state, one.due, one.data, one.body),
                )
            if seen:
                connection.execute("UPDATE hooks SET seen = max(seen, ?)", (seen,))
            self._tidy(connection)

    def put(self, one: Delivery) -> None:
        """Write what became of a delivery; nothing where it was removed meanwhile."""
        with self._use() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, due = ?, data = ? WHERE id = ?",
                (one.state, one.due, one.data, one.id),
            )

    def revive(self, delivery: str, *, due: float) -> None:
        """Let a delivery wait again, until *due*; what is known of it stays."""
        with self._use() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, due = ? WHERE id = ?", (WAITING, due, delivery)
            )

    def take(self, hook: str, *, now: float, until: float) -> Delivery | None:
        """The delivery that is due first, or ``None``; nobody else takes it before *until*."""
        with self._use() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE hook = ? AND state = ? AND due <= ? "  # noqa: S608
                "ORDER BY due, place LIMIT 1",
                (hook, WAITING, now),
            ).fetchone()
            if row is not None:
                connection.execute("UPDATE deliveries SET due = ? WHERE place = ?", (until, row[0]))
        return None if row is None else _delivery(row)

    def next_due(self, hook: str) -> float | None:
        """When the next delivery is due; ``None`` where none waits."""
        with self._use() as connection:
            (due,) = connection.execute(
                "SELECT min(due) FROM deliveries WHERE hook = ? AND state = ?", (hook, WAITING)
            ).fetchone()
        return None if due is None else float(due)

    def get(self, delivery: str) -> Delivery | None:
        with self._use() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE id = ?",  # noqa: S608
                (delivery,),
            ).fetchone()
        return None if row is None else _delivery(row)

    def list(self, hook: str, *, limit: int, before: int = 0, state: str = "") -> tuple[Delivery, ...]:
        """The newest deliveries of *hook*, before the place *before*; *state* narrows them."""
        with self._use() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM deliveries WHERE hook = :hook "  # noqa: S608
                "AND (:before = 0 OR place < :before) AND (:state = '' OR state = :state) "
                "ORDER BY place DESC LIMIT :limit",
                {"hook": hook, "before": before, "state": state, "limit": limit},
            ).fetchall()
        return tuple(map(_delivery, rows))

    def counts(self, hook: str) -> dict[str, int]:
        """How many deliveries are in each state."""
        with self._use() as connection:
            return {state: self._count(connection, hook, state) for state in (WAITING, DONE, FAILED)}

    def totals(self) -> dict[str, int]:
        """How many deliveries of all hooks together are in each state."""
        with self._use() as connection:
            rows = connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall()
        return dict.fromkeys((WAITING, DONE, FAILED), 0) | dict(rows)

    def close(self) -> None:
        """Close the connection. A second call does nothing."""
        with self._lock:
            self.closed = True
            self._connection.close()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        """The connection, inside a transaction."""
        with self._lock:
            if self.closed:
                raise StoreError("the queue of webhooks is closed")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(f"{self._file or 'memory'}: the queue of webhooks: {error}") from error

    @staticmethod
    def _count(connection: sqlite3.Connection, hook: str, state: str) -> int:
        (count,) = connection.execute(
            "SELECT count(*) FROM deliveries WHERE hook = ? AND state = ?", (hook, state)
        ).fetchone()
        return int(count)

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Forget the oldest of those that are over, and in memory of those that wait."""
        keeps = [("state <> ?", KEPT)] + ([("state = ?", MOST_IN_MEMORY)] if self._file is None else [])
        for which, most in keeps:
            connection.execute(
                f"DELETE FROM deliveries WHERE {which} AND place <= (SELECT place FROM deliveries "  # noqa: S608
                f"WHERE {which} ORDER BY place DESC LIMIT 1 OFFSET ?)",
                (WAITING, WAITING, most),
            )


def _delivery(row: tuple[int, str, str, str, str, float, bytes, bytes]) -> Delivery:
    place, id_, hook, message, state, due, data, body = row
    return Delivery(
        place=place, id=id_, hook=hook, message=message, state=state, due=due, data=data, body=body
    )
