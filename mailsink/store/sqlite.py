"""The SQLite store: messages in one file, written by one thread and read by any.

Several processes may use a file at once; each publishes the events of its own changes only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..events import Events
from ..message import Message, Summary
from ..model import Session
from ..query import Query
from . import changes
from .codec import (
    decode_envelope,
    decode_session,
    decode_summary,
    decode_tags,
    decode_text,
    decode_time,
    decode_wire,
    encode_text,
)
from .contract import Counts, Done, Page, Store
from .readers import Readers
from .schema import open_file
from .writer import Job, Writer

__all__ = ["SQLiteStore"]

# A transcript is bounded by 64 KiB, so these take 640 MiB at the very most and 20 MiB as a rule.
MAX_SESSIONS = 10_000
# How many ids a search reads at a time; contents are read one by one, so that memory stays bounded.
CHUNK = 200

_LISTED = "id, name, received_at, size, read, starred, tags, session_id, envelope, summary"
_WHOLE = "id, name, received_at, content, read, starred, tags, session_id, envelope, wire"
# CROSS: SQLite must walk the messages by an index, not the inboxes, or it would sort them all.
_TABLES = "messages CROSS JOIN inboxes ON number = inbox"
_OLDER = "id < ? ORDER BY id DESC"
_NEWER = "id > ? ORDER BY id"
_AFTER_ALL = "\x7f"  # sorts after every id: they are alphanumeric
_GET = f"SELECT {_WHOLE} FROM {_TABLES} JOIN contents USING (seq) WHERE id = ?"  # noqa: S608


class SQLiteStore(Store):
    """Messages in the SQLite file *where*, made if it is not there.

    A message whose `done` was called with ``None`` survives the death of the process; a loss of power
    may take the last ones. Raises StartError naming the file and what to do.
    """

    def __init__(self, where: str | os.PathLike[str], events: Events) -> None:
        super().__init__(events)
        self._where = os.fspath(where)
        file = Path(self._where).absolute()
        self._writer = Writer(open_file(file), file)
        self._readers = Readers(file)

    @property
    def description(self) -> str:
        return self._where

    def add(self, message: Message, done: Done) -> None:
        self._writer.submit(_Add(message, done, self.events))

    def get(self, message_id: str) -> Message | None:
        with self._readers.lend() as connection:
            row = connection.execute(_GET, (changes.key(message_id),)).fetchone()
        return None if row is None else _message(row)

    def latest(self, *, inbox: str | None = None) -> Message | None:
        return next(self._messages(inbox, _AFTER_ALL, _OLDER, 1), None)

    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        limit = max(limit, 0)
        if query is None:
            summaries = self._listed(inbox, limit + 1, before)
        else:
            summaries = self._found(inbox, query, limit + 1, before)
        more = len(summaries) > limit > 0
        return Page(summaries=tuple(summaries[:limit]), next=summaries[limit - 1].id if more else None)

    def scan(self, *, inbox: str | None = None, after: str = "") -> Iterator[Message]:
        return self._messages(inbox, after, _NEWER, CHUNK)

    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        if query is None:
            return self._counted(inbox)
        total = unread = 0
        for message in self.scan(inbox=inbox):
            if query.matches(message):
                total += 1
                unread += not message.read
        return Counts(total=total, unread=unread)

    def inboxes(self) -> dict[str, Counts]:
        with self._readers.lend() as connection:
            rows = connection.execute("SELECT name, total, unread FROM inboxes").fetchall()
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
        ids = tuple(ids)
        return self._change("changed", lambda c: changes.mark(c, ids, read=read, starred=starred, tags=tags))

    def mark_all_read(self, *, inbox: str | None = None) -> int:
        return self._change("changed", lambda c: changes.mark_all_read(c, inbox))

    def delete(self, ids: Collection[str]) -> int:
        ids = tuple(ids)
        return self._change("deleted", lambda c: changes.delete(c, ids))

    def clear(self, *, inbox: str | None = None) -> int:
        job = _Clear(inbox, self.events)
        self._writer.submit(job)
        return job.result.result()

    def put_session(self, session: Session) -> None:
        self._writer.submit(_PutSession(session, self.events))

    def session(self, session_id: str) -> Session | None:
        with self._readers.lend() as connection:
            row = connection.execute(
                "SELECT session FROM sessions WHERE id = ?", (changes.key(session_id),)
            ).fetchone()
        return None if row is None else decode_session(row[0])

    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        with self._readers.lend() as connection:
            rows = connection.execute(
                "SELECT session FROM sessions WHERE :before = '' OR id < :before"
                " ORDER BY id DESC LIMIT :limit",
                {"before": changes.key(before), "limit": max(limit, 0)},
            ).fetchall()
        return tuple(decode_session(session) for (session,) in rows)

    def close(self) -> None:
        self._writer.close()
        self._readers.close()

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
        summaries: list[Summary] = []
        computed: list[Summary] = []
        for row in self._rows(_LISTED, inbox, before or _AFTER_ALL, _OLDER, limit):
            if row[-1] is not None:
                summaries.append(_summary(row))
            elif message := self.get(row[0]):
                summaries.append(message.summary)
                computed.append(message.summary)
        if computed:
            self._writer.submit(_Remember(computed))
        return summaries

    def _found(self, inbox: str | None, query: Query, limit: int, before: str) -> list[Summary]:
        messages = self._messages(inbox, before or _AFTER_ALL, _OLDER, CHUNK)
        return [m.summary for m in islice(filter(query.matches, messages), limit)]

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


def _message(row: tuple[Any, ...]) -> Message:
    message_id, inbox, received_at, content, read, starred, tags, session_id, envelope, wire = row
    return Message(
        id=message_id,
        inbox=decode_text(inbox),
        envelope=decode_envelope(envelope),
        content=content,
        received_at=decode_time(received_at),
        session_id=session_id,
        read=bool(read),
        starred=bool(starred),
        tags=decode_tags(tags),
        **decode_wire(wire),
    )


def _summary(row: tuple[Any, ...]) -> Summary:
    message_id, inbox, received_at, size, read, starred, tags, session_id, envelope, summary = row
    return Summary(
        id=message_id,
        inbox=decode_text(inbox),
        envelope=decode_envelope(envelope),
        received_at=decode_time(received_at),
        size=size,
        read=bool(read),
        starred=bool(starred),
        tags=decode_tags(tags),
        session_id=session_id,
        **decode_summary(summary),
    )


class _Add(Job):
    def __init__(self, message: Message, done: Done, events: Events) -> None:
        self._message = message
        self._done = done
        self._events = events
        self.size = message.size

    def run(self, connection: sqlite3.Connection) -> None:
        changes.insert(connection, self._message)

    def settle(self, error: StoreError | None) -> None:
        if error is None:
            self._events.publish("captured", inbox=self._message.inbox, ids=(self._message.id,))
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
    def __init__(self, session: Session, events: Events) -> None:
        self._session = session
        self._events = events

    def run(self, connection: sqlite3.Connection) -> None:
        changes.put_session(connection, self._session, most=MAX_SESSIONS)

    def settle(self, error: StoreError | None) -> None:
        if error is None:
            self._events.publish("session", ids=(self._session.id,))


class _Remember(Job):
    """Summaries that a list had to compute; nobody waits, and losing them costs only time."""

    def __init__(self, summaries: list[Summary]) -> None:
        self._summaries = summaries

    def run(self, connection: sqlite3.Connection) -> None:
        changes.remember(connection, self._summaries)
