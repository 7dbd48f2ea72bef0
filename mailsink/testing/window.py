"""A part of what a sink keeps: the messages and sessions of one view, such as one test's share of a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from ..message import Message
from ..model import Session
from ..query import Query
from ..sessions import Sessions
from ..store import Counts, Page, Store
from ..store.contract import Done

__all__ = ["PartialSessions", "PartialStore"]

_MOST = 10_000


class PartialStore(Store):
    """Shows of *store* the messages for which *belongs* is true. Each is asked about once.

    Changes go to *store*, to what is shown alone.
    """

    def __init__(self, store: Store, belongs: Callable[[Message], bool]) -> None:
        super().__init__(store.events)
        self._store = store
        self._belongs = belongs
        self._known: dict[str, bool] = {}

    @property
    def description(self) -> str:
        return self._store.description

    def shows(self, message: Message) -> bool:
        """Whether *message* belongs here."""
        if message.id not in self._known:
            self._known[message.id] = self._belongs(message)
        return self._known[message.id]

    def add(self, message: Message, done: Done) -> None:
        self._store.add(message, done)

    def get(self, message_id: str) -> Message | None:
        message = self._store.get(message_id)
        return message if message is not None and self.shows(message) else None

    def latest(self, *, inbox: str | None = None) -> Message | None:
        return next(self.scan(inbox=inbox, newest_first=True), None)

    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        found = self.scan(inbox=inbox, query=query, newest_first=True)
        some = list(islice((m for m in found if not before or m.id < before), max(limit, 0) + 1))
        more = len(some) > limit > 0
        shown = some[: max(limit, 0)]
        return Page(summaries=tuple(m.summary for m in shown), next=shown[-1].id if more else None)

    def scan(
        self,
        *,
        inbox: str | None = None,
        after: str = "",
        query: Query | None = None,
        newest_first: bool = False,
    ) -> Iterator[Message]:
        found = self._store.scan(inbox=inbox, after=after, query=query, newest_first=newest_first)
        return filter(self.shows, found)

    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        unread = [not message.read for message in self.scan(inbox=inbox, query=query)]
        return Counts(total=len(unread), unread=sum(unread))

    def inboxes(self) -> dict[str, Counts]:
        return {name: self.counts(inbox=name) for name in sorted({m.inbox for m in self.scan()})}

    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        return self._store.mark(self._own(ids), read=read, starred=starred, tags=tags)

    def mark_all_read(self, *, inbox: str | None = None) -> int:
        return self.mark([m.id for m in self.scan(inbox=inbox) if not m.read], read=True)

    def delete(self, ids: Collection[str]) -> int:
        return self._store.delete(self._own(ids))

    def clear(self, *, inbox: str | None = None) -> int:
        return self._store.delete([m.id for m in self.scan(inbox=inbox)])

    def put_session(self, session: Session) -> None:
        self._store.put_session(session)

    def session(self, session_id: str) -> Session | None:
        return self._store.session(session_id)

    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        return self._store.sessions(limit=limit, before=before)

    def close(self) -> None:
        """Nothing: the store is its owner's."""

    def _own(self, ids: Collection[str]) -> list[str]:
        return [message_id for message_id in ids if self.get(message_id) is not None]


class PartialSessions(Sessions):
    """Shows of *sessions* those for which *shows* is true."""

    def __init__(self, sessions: Sessions, shows: Callable[[Session], bool]) -> None:
        self._all = sessions
        self._shows = shows

    def get(self, session_id: str) -> Session | None:
        session = self._all.get(session_id)
        return session if session is not None and self._shows(session) else None

    def list(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        found = filter(self._shows, self._all.list(limit=_MOST, before=before))
        return tuple(islice(found, max(limit, 0)))

    def ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        return tuple(session.id for session in self.list(limit=limit, before=before))

    def began_at(self, message: Message) -> dt.datetime:
        return self._all.began_at(message)
