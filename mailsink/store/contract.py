"""What every store promises; both stores are tested against this.

Knows no storage technique.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..events import Events
from ..message import Message, Summary
from ..meters import StoreMeter
from ..model import Session
from ..retention import Retention

if TYPE_CHECKING:
    from ..query import Query
    from .outbox import Outbox

__all__ = ["Counts", "Done", "Page", "Store"]

Done = Callable[[StoreError | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many messages there are, and how many of them are unread."""

    total: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some messages of a list, newest first. *next* is the cursor of the page after it, or ``None``."""

    summaries: tuple[Summary, ...]
    next: str | None


class Store(ABC):
    """Keeps messages and finished sessions, and publishes an event for each change.

    Every method is safe from any thread. All but `add` return when the change is done.
    ``inbox=None`` means all inboxes. A method that cannot do its work raises StoreError.
    """

    # How much is kept; nothing goes by itself where a store says nothing.
    retention = Retention()
    # Of a store that calls many `done` in a row: called each time after the last of them, on their thread.
    after_done: list[Callable[[], None]] | None = None

    def __init__(self, events: Events) -> None:
        self.events = events
        self.meter = StoreMeter()
        self._outbox: Outbox | None = None
        self._outbox_lock = threading.Lock()

    @property
    def has_hooks(self) -> bool:
        """Whether somebody may be owed a delivery."""
        return self._outbox is not None

    def outbox(self) -> Outbox:
        """What is to be told elsewhere, kept where the messages are; opened when it is first asked for."""
        with self._outbox_lock:
            if self._outbox is None:
                self._outbox = self._open_outbox()
            return self._outbox

    def _open_outbox(self) -> Outbox:
        from .outbox import Outbox

        return Outbox.in_memory()

    def _close_outbox(self) -> None:
        with self._outbox_lock:
            if self._outbox is not None:
                self._outbox.close()

    @property
    @abstractmethod
    def description(self) -> str:
        """For people: ``"memory"`` or the file's path."""

    @abstractmethod
    def add(self, message: Message, done: Done) -> None:
        """Keep *message*; never blocks, and the message is taken over before this returns.

        *done* is called once from any thread: with ``None`` when the message is kept for good (for a
        file: committed), with the error when it is not. The event ``"captured"`` is published
        before *done* is called. Messages are kept in the order of the calls.
        """

    def add_all(self, messages: Sequence[tuple[Message, Done]]) -> None:
        """The same for several messages, for a caller who can wait as long as it takes to write them.

        Such a `done` must not call the store.
        """
        for message, done in messages:
            self.add(message, done)

    @abstractmethod
    def get(self, message_id: str) -> Message | None:
        """The message with its content and present flags, or ``None``."""

    def has(self, message_id: str) -> bool:
        """Whether there is such a message; reads no content where that can be helped."""
        return self.get(message_id) is not None

    @abstractmethod
    def latest(self, *, inbox: str | None = None) -> Message | None:
        """The newest message, or ``None``."""

    @abstractmethod
    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        """Up to *limit* summaries of the messages that match, newest first.

        *before* is a cursor from `Page.next`, ``""`` for the first page. A cursor stays right when
        messages come or go.
        """

    @abstractmethod
    def scan(
        self,
        *,
        inbox: str | None = None,
        after: str = "",
        query: Query | None = None,
        newest_first: bool = False,
    ) -> Iterator[Message]:
        """The messages that match with their content, oldest first, after the id *after*.

        With *newest_first* the other way round. Memory stays bounded; what is added while reading may or may
        not come.
        """

    @abstractmethod
    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        """Count the messages that match."""

    def octets(self) -> int:
        """How many octets of content all messages have together. A store that keeps a total overrides it."""
        return sum(message.size for message in self.scan())

    @abstractmethod
    def inboxes(self) -> dict[str, Counts]:
        """Each inbox that holds messages, sorted by name, with its counts."""

    @abstractmethod
    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        """Set the flags that are not ``None``; *tags* replaces. Returns how many messages there were."""

    @abstractmethod
    def mark_all_read(self, *, inbox: str | None = None) -> int:
        """Mark every message read; returns how many were not."""

    @abstractmethod
    def delete(self, ids: Collection[str]) -> int:
        """Delete messages; ids that are not there are passed over. Returns how many were deleted."""

    @abstractmethod
    def clear(self, *, inbox: str | None = None) -> int:
        """Delete every message of *inbox*; returns how many."""

    @abstractmethod
    def put_session(self, session: Session) -> None:
        """Keep a finished session; the oldest go when there are more than a bound. Never blocks."""

    @abstractmethod
    def session(self, session_id: str) -> Session | None:
        """A finished session, or ``None``."""

    @abstractmethod
    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        """Finished sessions, newest first by id; *before* is the last id of the page before."""

    def session_ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        """The ids of what `sessions` would return."""
        return tuple(session.id for session in self.sessions(limit=limit, before=before))

    @abstractmethod
    def close(self) -> None:
        """Finish what was taken over and release everything. A second call does nothing."""
