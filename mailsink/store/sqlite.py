"""The SQLite store: messages in one file, written by one thread and read by any.

Several processes may use a file at once; each publishes the events of its own changes, and of mail that
others stored.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

from ..errors import StoreError
from ..events import Events
from ..message import Message, Summary
from ..meters import StoreMeter
from ..model import Session
from ..query import EVERYTHING, Query
from ..retention import Retention
from . import changes, indexer
from .codec import decode_session, decode_text, encode_text
from .contract import Counts, Done, Page, Store
from .counting import Known
from .eviction import evict
from .insertion import insert_all, put_sessions
from .leftovers import sweep
from .neighbours import Neighbours
from .outbox import Outbox
from .places import LAST
from .readers import Readers
from .rows import LISTED, WHOLE, message_of, summary_of
from .schema import connect, open_file
from .search import Search
from .writer import Job, Writer

__all__ = ["SQLiteStore"]

# A transcript is bounded by 64 KiB, so these take 640 MiB at the very most and 20 MiB as a rule.
MAX_SESSIONS = 10_000
# How many ids a scan reads at a time; contents are read one by one, so that memory stays bounded.
CHUNK = 200
# Messages that are marked or deleted in a transaction: some milliseconds of work.
MOST_CHANGED = 200
# A search reads so many messages itself that are not in the index yet; for more of them it waits.
MOST_PENDING = 20
# How much of the chores is left where nobody will ever wait for it.
SOME = 0.001
# A file that grows over this is worth a word.
BIG = 10 * 1024**3
# Seconds between two looks at how big it is.
LOOK = 1.0

# CROSS: SQLite must walk the messages by an index, not the inboxes, or it would sort them all.
_TABLES = "messages CROSS JOIN inboxes ON number = inbox AND NOT cleared CROSS JOIN details USING (seq)"
_LIST = f"SELECT {LISTED} FROM {_TABLES} WHERE seq = ?"  # noqa: S608
_OLDER = "id < ? ORDER BY id DESC"
_NEWER = "id > ? ORDER BY id"
_AFTER_ALL = "\x7f"  # sorts after every id: they are alphanumeric
_log = logging.getLogger("mailsink.store")

_ID = "SELECT id FROM messages WHERE seq = ?"
_HAS = "SELECT 1 FROM messages JOIN inboxes ON number = inbox AND NOT cleared WHERE id = ?"
_GET = f"SELECT {WHOLE} FROM {_TABLES} JOIN contents USING (seq) WHERE id = ?"  # noqa: S608


class SQLiteStore(Store):
    """Messages in the SQLite file *where*, made if it is not there.

    A message whose `done` was called with ``None`` survives the death of the process; a loss of power
    may take the last ones. What goes beyond *retention* is deleted. Raises StartError naming the file and
    what to do.
    """

    def __init__(
        self, where: str | os.PathLike[str], events: Events, retention: Retention | None = None
    ) -> None:
        super().__init__(events)
        self._where = os.fspath(where)
        file = Path(self._where).absolute()
        self.retention = retention or Retention()
        self._evict = _Evict(file, self.retention, events)
        self._writer = Writer(open_file(file), file, _index, self._evict)
        self.after_done = self._writer.after_settling
        self._readers = Readers(file)
        self._neighbours = Neighbours(events, self._writer.version, self._readers.lend)
        self._known = Known()
        # Ended sessions that are on their way into the file.
        self._unwritten: dict[str, Session] = {}
        # What became too much while nobody had the file open.
        self._writer.submit(_Wait())

    @property
    def description(self) -> str:
        return self._where

    def add(self, message: Message, done: Done) -> None:
        self._neighbours.is_own(message.id)
        self._writer.submit(_Add(message, done, self.events, self.meter))

    def add_all(self, messages: Sequence[tuple[Message, Done]]) -> None:
        for message, _ in messages:
            self._neighbours.is_own(message.id)
        jobs = [_Add(message, done, self.events, self.meter) for message, done in messages]
        if not self._writer.write_now(jobs):
            for job in jobs:
                self._writer.submit(job)

    def get(self, message_id: str) -> Message | None:
        self._expire()
        with self._readers.lend() as connection:
            row = connection.execute(_GET, (changes.key(message_id),)).fetchone()
        return None if row is None else message_of(row)

    def has(self, message_id: str) -> bool:
        self._expire()
        with self._readers.lend() as connection:
            return connection.execute(_HAS, (changes.key(message_id),)).fetchone() is not None

    def latest(self, *, inbox: str | None = None) -> Message | None:
        self._expire()
        return next(self._messages(inbox, _AFTER_ALL, _OLDER, 1), None)

    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        self._expire()
        limit = max(limit, 0)
        if query is None or query == EVERYTHING:
            summaries = self._listed(inbox, limit + 1, before)
        else:
            summaries = self._found(inbox, query, limit + 1, before)
        more = len(summaries) > limit > 0
        return Page(summaries=tuple(summaries[:limit]), next=summaries[limit - 1].id if more else None)

    def scan(
        self,
        *,
        inbox: str | None = None,
        after: str = "",
        query: Query | None = None,
        newest_first: bool = False,
    ) -> Iterator[Message]:
        self._expire()
        if query is not None and query != EVERYTHING:
            return self._searched(inbox, query, after, newest_first=newest_first)
        if not newest_first:
            return self._messages(inbox, after, _NEWER, CHUNK)
        return takewhile(lambda m: m.id > after, self._messages(inbox, _AFTER_ALL, _OLDER, CHUNK))

    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        self._expire()
        if query is None or query == EVERYTHING:
            return self._counted(inbox)
        self._catch_up()
        with self._snapshot() as connection:
            return Search(connection, inbox, query, self._known, self._readers.lend).counts()

    def octets(self) -> int:
        self._expire()
        with self._readers.lend() as connection:
            (octets,) = connection.execute("SELECT coalesce(sum(octets), 0) FROM inboxes").fetchone()
        return int(octets)

    def inboxes(self) -> dict[str, Counts]:
        self._expire()
        with self._readers.lend() as connection:
            rows = connection.execute("SELECT name, total, unread FROM inboxes WHERE NOT cleared").fetchall()
        named = sorted((decode_text(name), total, unread) for name, total, unread in rows)
        return {name: Counts(total=total, unread=unread) for name, total, unread in named}

    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        work = partial(changes.mark, read=read, starred=starred, tags=tags)
        return self._change_some("changed", ids, work)

    def mark_all_read(self, *, inbox: str | None = None) -> int:
        return self._change("changed", lambda c: changes.mark_all_read(c, inbox))

    def delete(self, ids: Collection[str]) -> int:
        return self._change_some("deleted", ids, changes.delete)

    def clear(self, *, inbox: str | None = None) -> int:
        job = _Clear(inbox, self.events)
        self._writer.submit(job)
        return job.result.result()

    def put_session(self, session: Session) -> None:
        self._unwritten[session.id] = session
        self._writer.submit_later(_PutSession(session, self.events, self._unwritten))

    def session(self, session_id: str) -> Session | None:
        if (unwritten := self._unwritten.get(session_id)) is not None:
            return unwritten
        with self._readers.lend() as connection:
            row = connection.execute(
                "SELECT session FROM sessions WHERE id = ?", (changes.key(session_id),)
            ).fetchone()
        return None if row is None else decode_session(row[0])

    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        # Looked at first: what is written meanwhile is found twice, never missed.
        found = {key: s for key, s in list(self._unwritten.items()) if not before or key < before}
        with self._readers.lend() as connection:
            rows = connection.execute(
                "SELECT session FROM sessions WHERE :before = '' OR id < :before"
                " ORDER BY id DESC LIMIT :limit",
                {"before": changes.key(before), "limit": max(limit, 0)},
            ).fetchall()
        for (octets,) in rows:
            session = decode_session(octets)
            found.setdefault(session.id, session)
        newest_first = sorted(found.values(), key=lambda session: session.id, reverse=True)
        return tuple(newest_first[: max(limit, 0)])

    def session_ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        found = {key for key in list(self._unwritten) if not before or key < before}
        with self._readers.lend() as connection:
            rows = connection.execute(
                "SELECT id FROM sessions WHERE :before = '' OR id < :before ORDER BY id DESC LIMIT :limit",
                {"before": changes.key(before), "limit": max(limit, 0)},
            ).fetchall()
        found.update(key for (key,) in rows)
        return tuple(sorted(found, reverse=True)[: max(limit, 0)])

    @property
    def has_hooks(self) -> bool:
        with self._readers.lend() as connection:
            return connection.execute("SELECT 1 FROM hooks LIMIT 1").fetchone() is not None

    def _open_outbox(self) -> Outbox:
        file = Path(self._where).absolute()
        return Outbox(connect(file), file)

    def close(self) -> None:
        self._neighbours.close()
        self._close_outbox()
        self._writer.close()
        self._readers.close()

    def _expire(self) -> None:
        """Delete what has become too old, before it is shown."""
        if self._evict.is_due():
            job = _Wait()
            self._writer.submit(job)
            job.result.result()

    def _change_some(
        self,
        kind: str,
        ids: Collection[str],
        work: Callable[..., changes.Changed],
    ) -> int:
        """Do *work* with some of *ids* after the others: mail that comes meanwhile is written in between."""
        ids = tuple(dict.fromkeys(ids))
        changed = 0
        for start in range(0, max(len(ids), 1), MOST_CHANGED):
            changed += self._change(kind, partial(work, ids=ids[start : start + MOST_CHANGED]))
        return changed

    def _change(self, kind: str, work: Callable[[sqlite3.Connection], changes.Changed]) -> int:
        job = _Change(kind, work, self.events)
        self._writer.submit(job)
        return job.result.result()

    def _counted(self, inbox: str | None) -> Counts:
        where, parameters = ("", ()) if inbox is None else ("WHERE name = ?", (encode_text(inbox),))
        with self._readers.lend() as connection:
            total, unread = connection.execute(
                f"SELECT coalesce(sum(total), 0), coalesce(sum(unread), 0) FROM inboxes {where}",  # noqa: S608
                parameters,
            ).fetchone()
        return Counts(total=total, unread=unread)

    def _listed(self, inbox: str | None, limit: int, before: str) -> list[Summary]:
        return self._summaries(self._rows(LISTED, inbox, before or _AFTER_ALL, _OLDER, limit))

    def _summaries(self, rows: list[tuple[Any, ...]]) -> list[Summary]:
        summaries: list[Summary] = []
        computed: list[Summary] = []
        for row in rows:
            if row[-1] is not None:
                summaries.append(summary_of(row))
            elif message := self.get(row[0]):
                summaries.append(message.summary)
                computed.append(message.summary)
        if computed:
            self._writer.submit(_Remember(computed))
        return summaries

    def _found(self, inbox: str | None, query: Query, limit: int, before: str) -> list[Summary]:
        self._catch_up()
        with self._snapshot() as connection:
            start = _start(connection, before) if before else LAST
            places = Search(connection, inbox, query).places(start=start, limit=limit)
            rows = [connection.execute(_LIST, (place,)).fetchone() for place in places]
        return self._summaries(rows)

    def _searched(
        self, inbox: str | None, query: Query, after: str, *, newest_first: bool
    ) -> Iterator[Message]:
        self._catch_up()
        start = LAST if newest_first else -1
        while True:
            with self._snapshot() as connection:
                end = _end(connection, after) if after else -1
                start = start if newest_first else max(start, end)
                places = Search(connection, inbox, query).places(
                    start=start, limit=CHUNK, newest_first=newest_first
                )
                ids = [connection.execute(_ID, (place,)).fetchone()[0] for place in places if place > end]
            for message_id in ids:
                if message := self.get(message_id):
                    yield message
            if len(ids) < CHUNK:
                return
            start = places[-1]

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A reading connection that sees one moment."""
        with self._readers.lend() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def _catch_up(self) -> None:
        """Wait until what is here now is indexed, unless it is so little that a search reads it faster."""
        if self._writer.is_own_thread:
            return
        with self._readers.lend() as connection:
            rows = connection.execute("SELECT seq FROM pending LIMIT ?", (MOST_PENDING + 1,)).fetchall()
            if len(rows) <= MOST_PENDING:
                return
            (last,) = connection.execute("SELECT max(seq) FROM pending").fetchone()
        self._writer.hurry(lambda connection: _is_indexed(connection, last)).result()

    def _messages(self, inbox: str | None, start: str, way: str, chunk: int) -> Iterator[Message]:
        """Whole messages beyond the id *start*; those that are deleted meanwhile do not come."""
        while rows := self._rows("id", inbox, start, way, chunk):
            for (start,) in rows:  # the last id of a chunk is where the next one starts
                if message := self.get(start):
                    yield message

    def _rows(
        self, columns: str, inbox: str | None, start: str, way: str, limit: int
    ) -> list[tuple[Any, ...]]:
        parameters: tuple[Any, ...] = (changes.key(start), limit)
        which = ""
        if inbox is not None:
            parameters = (encode_text(inbox), *parameters)
            which = "inbox = (SELECT number FROM inboxes WHERE name = ?) AND"
        with self._readers.lend() as connection:
            return connection.execute(
                f"SELECT {columns} FROM {_TABLES} WHERE {which} {way} LIMIT ?",  # noqa: S608
                parameters,
            ).fetchall()


def _end(connection: sqlite3.Connection, message_id: str) -> int:
    """The place of the newest message that is not newer than *message_id*; -1 where there is none."""
    row = connection.execute(
        "SELECT seq FROM messages WHERE id <= ? ORDER BY id DESC LIMIT 1", (changes.key(message_id),)
    ).fetchone()
    return -1 if row is None else int(row[0])


def _start(connection: sqlite3.Connection, message_id: str) -> int:
    """A place beyond which are all that are older than *message_id*, which may be gone."""
    row = connection.execute(
        "SELECT seq FROM messages WHERE id < ? ORDER BY id DESC LIMIT 1", (changes.key(message_id),)
    ).fetchone()
    return 0 if row is None else int(row[0]) + 1


def _is_indexed(connection: sqlite3.Connection, last: int) -> bool:
    """Whether all is in the index that has a place up to *last*."""
    row = connection.execute("SELECT 1 FROM pending WHERE seq <= ? LIMIT 1", (last,)).fetchone()
    return row is None


def _index(connection: sqlite3.Connection, enough: Callable[[], bool]) -> float:
    left = indexer.fill(connection, enough)
    if left or indexer.tidy(connection):
        return left or SOME
    return SOME if indexer.renew(connection, enough) or sweep(connection, enough) else 0.0


class _Add(Job):
    def __init__(self, message: Message, done: Done, events: Events, meter: StoreMeter) -> None:
        self._began = time.perf_counter()
        self._meter = meter
        self._message = message
        self._done = done
        self._events = events
        self.size = message.size

    @classmethod
    def run_all(cls, connection: sqlite3.Connection, jobs: Sequence[Self]) -> None:
        insert_all(connection, [job._message for job in jobs])

    def settle(self, error: StoreError | None) -> None:
        if error is None:
            self._meter.added(self._message.size, time.perf_counter() - self._began)
            self._events.publish("captured", inbox=self._message.inbox, ids=(self._message.id,))
        else:
            self._meter.failed()
        self._done(error)


class _Change(Job):
    """A change that its caller waits for; *result* is how many messages it concerned."""

    def __init__(
        self, kind: str, work: Callable[[sqlite3.Connection], changes.Changed], events: Events
    ) -> None:
        self._kind = kind
        self._work = work
        self._events = events
        self._changed: changes.Changed = {}
        self.result: Future[int] = Future()

    def run(self, connection: sqlite3.Connection) -> None:
        self._changed = self._work(connection)

    def settle(self, error: StoreError | None) -> None:
        if error is not None:
            self.result.set_exception(error)
            return
        for inbox, ids in self._changed.items():
            self._events.publish(self._kind, inbox=inbox, ids=tuple(ids))
        self.result.set_result(sum(map(len, self._changed.values())))


class _Clear(Job):
    def __init__(self, inbox: str | None, events: Events) -> None:
        self._inbox = inbox
        self._events = events
        self._count = 0
        self.result: Future[int] = Future()

    def run(self, connection: sqlite3.Connection) -> None:
        self._count = changes.clear(connection, self._inbox)

    def settle(self, error: StoreError | None) -> None:
        if error is not None:
            self.result.set_exception(error)
            return
        if self._count:
            self._events.publish("deleted", inbox=self._inbox or "")
        self.result.set_result(self._count)


class _PutSession(Job):
    def __init__(self, session: Session, events: Events, unwritten: dict[str, Session]) -> None:
        self._session = session
        self._unwritten = unwritten
        self._events = events

    @classmethod
    def run_all(cls, connection: sqlite3.Connection, jobs: Sequence[Self]) -> None:
        put_sessions(connection, [job._session for job in jobs], most=MAX_SESSIONS)

    def settle(self, error: StoreError | None) -> None:
        if self._unwritten.get(self._session.id) is self._session:
            del self._unwritten[self._session.id]
        if error is None:
            self._events.publish("session", ids=(self._session.id,))
        else:
            _log.warning("the session %s was not kept: %s", self._session.id, error)


class _Evict(Job):
    """Runs at the end of every transaction: deletes what is too much, and warns once of a big file."""

    def __init__(self, file: Path, retention: Retention, events: Events) -> None:
        self._file = file
        self._retention = retention
        self._events = events
        self._evicted: changes.Changed = {}
        self._next: int | None = None
        self._ends: int | None = None
        self._is_big = False
        self._looks_at = 0.0

    def is_due(self) -> bool:
        """Whether a message has become too old since the last transaction."""
        return self._ends is not None and _now() > self._ends

    def run(self, connection: sqlite3.Connection) -> None:
        self._evicted = {}
        if self._retention:
            self._evicted, self._next = evict(connection, self._retention, _now())

    def settle(self, error: StoreError | None) -> None:  # noqa: ARG002 - only after a commit
        self._ends = self._next
        for inbox, ids in self._evicted.items():
            self._events.publish("deleted", inbox=inbox, ids=tuple(ids))
        if self._is_big or self._retention.all.max_bytes or time.monotonic() < self._looks_at:
            return
        self._looks_at = time.monotonic() + LOOK
        if self._file.stat().st_size > BIG:
            self._is_big = True
            _log.warning(
                "%s has grown over 10 GiB; clear it, or limit it by --max-bytes or --max-age", self._file
            )


def _now() -> int:
    return time.time_ns() // 1000


class _Wait(Job):
    """Does nothing but end when a transaction has ended."""

    def __init__(self) -> None:
        self.result: Future[None] = Future()

    def settle(self, error: StoreError | None) -> None:  # noqa: ARG002 - who reads does not depend on it
        self.result.set_result(None)


class _Remember(Job):
    """Summaries that a list had to compute; nobody waits, and losing them costs only time."""

    def __init__(self, summaries: list[Summary]) -> None:
        self._summaries = summaries

    def run(self, connection: sqlite3.Connection) -> None:
        changes.remember(connection, self._summaries)
