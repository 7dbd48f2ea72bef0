"""The memory store: messages in a dictionary, and their ids in order.

Loses everything when the process ends.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..events import Events
from ..message import Message
from ..model import Session
from ..retention import IN_MEMORY, MICROSECONDS, Excess, Limits, Retention
from .contract import Counts, Done, Page, Store

if TYPE_CHECKING:
    from ..query import Query

__all__ = ["MemoryStore"]

# A transcript is bounded too (64 KiB), so this many cost 64 MiB at the very most and 2 MiB as a rule.
MAX_SESSIONS = 1_000


class MemoryStore(Store):
    """Messages in memory, as many as *retention* allows.

    Events are published under the lock: they come in the order of the changes.
    """

    def __init__(self, events: Events, retention: Retention = IN_MEMORY) -> None:
        super().__init__(events)
        self.retention = self._retention = retention
        self._ages = any(
            limits.max_age for limits in (retention.all, retention.each, *retention.inboxes.values())
        )
        self._lock = threading.Lock()
        self._messages: dict[str, Message] = {}
        # By inbox, None being all of them: ids in ascending order, and how many are unread.
        self._ids: defaultdict[str | None, list[str]] = defaultdict(list)
        self._unread: Counter[str | None] = Counter()
        self._octets: Counter[str | None] = Counter()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._closed = False

    @property
    def description(self) -> str:
        return "memory"

    def add(self, message: Message, done: Done) -> None:
        began = time.perf_counter()
        with self._lock:
            error = self._add(message)
        if error is None:
            self.meter.added(message.size, time.perf_counter() - began)
        else:
            self.meter.failed()
        done(error)

    def get(self, message_id: str) -> Message | None:
        if self._ages:
            with self._lock:
                self._expire()
        return self._messages.get(message_id)

    def latest(self, *, inbox: str | None = None) -> Message | None:
        with self._lock:
            self._expire()
            ids = self._ids.get(inbox)
            return self._messages[ids[-1]] if ids else None

    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        limit = max(limit, 0)
        with self._lock:
            self._expire()
            ids = self._ids.get(inbox, [])
            end = bisect_left(ids, before) if before else len(ids)
            start = max(end - limit - 1, 0) if query is None else 0
            newest_first = [self._messages[i] for i in reversed(ids[start:end])]
        found = newest_first if query is None else filter(query.matches, newest_first)
        messages = list(islice(found, limit + 1))
        more = len(messages) > limit > 0
        messages = messages[:limit]
        return Page(summaries=tuple(m.summary for m in messages), next=messages[-1].id if more else None)

    def scan(
        self,
        *,
        inbox: str | None = None,
        after: str = "",
        query: Query | None = None,
        newest_first: bool = False,
    ) -> Iterator[Message]:
        with self._lock:
            self._expire()
            ids = self._ids.get(inbox, [])
            ids = ids[bisect_right(ids, after) :]
        if newest_first:
            ids.reverse()
        # Each is looked up when its turn comes: one that was deleted meanwhile does not come.
        found = (message for message in map(self._messages.get, ids) if message is not None)
        return found if query is None else filter(query.matches, found)

    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        if query is None:
            with self._lock:
                self._expire()
                return self._counted(inbox)
        unread = [not m.read for m in self.scan(inbox=inbox) if query.matches(m)]
        return Counts(total=len(unread), unread=sum(unread))

    def octets(self) -> int:
        with self._lock:
            self._expire()
            return self._octets[None]

    def inboxes(self) -> dict[str, Counts]:
        with self._lock:
            self._expire()
            names = sorted(name for name in self._ids if name is not None)
            return {name: self._counted(name) for name in names}

    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        with self._lock:
            messages = self._present(ids)
            for message in messages:
                self._messages[message.id] = marked = replace(
                    message,
                    read=message.read if read is None else read,
                    starred=message.starred if starred is None else starred,
                    tags=message.tags if tags is None else tags,
                )
                for name in (None, message.inbox):
                    self._unread[name] += message.read - marked.read
            return self._publish("changed", messages)

    def mark_all_read(self, *, inbox: str | None = None) -> int:
        return self.mark([m.id for m in self.scan(inbox=inbox) if not m.read], read=True)

    def delete(self, ids: Collection[str]) -> int:
        with self._lock:
            messages = self._present(ids)
            for message in messages:
                self._remove(message)
            return self._publish("deleted", messages)

    def clear(self, *, inbox: str | None = None) -> int:
        with self._lock:
            count = self._clear(inbox)
            if count:
                self.events.publish("deleted", inbox=inbox or "")
        return count

    def put_session(self, session: Session) -> None:
        with self._lock:
            self._sessions[session.id] = session
            while len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
            self.events.publish("session", ids=(session.id,))

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        with self._lock:
            held = sorted(self._sessions.values(), key=lambda s: s.id, reverse=True)
        return tuple(islice((s for s in held if not before or s.id < before), max(limit, 0)))

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._close_outbox()

    def _add(self, message: Message) -> StoreError | None:
        if self._closed:
            return StoreError("memory: the store is closed")
        if message.id in self._messages:
            return StoreError(f"memory: there is a message {message.id} already")
        self._messages[message.id] = message
        for name in (None, message.inbox):
            insort(self._ids[name], message.id)
            self._unread[name] += not message.read
            self._octets[name] += message.size
        self.events.publish("captured", inbox=message.inbox, ids=(message.id,))
        self._evict(message.inbox)
        return None

    def _evict(self, *inboxes: str) -> None:
        """Delete what is too much in *inboxes* and in all of them together."""
        if not self._retention:
            return
        now = int(time.time() * MICROSECONDS)
        for name in (*inboxes, None):
            limits = self._retention.all if name is None else self._retention.of(name)
            if limits and (gone := self._excess(name, limits, now)):
                for message in gone:
                    self._remove(message)
                self._publish("deleted", gone)

    def _excess(self, name: str | None, limits: Limits, now: int) -> list[Message]:
        ids = self._ids.get(name, [])
        excess = Excess(limits, now, len(ids), self._octets[name])
        oldest = map(self._messages.__getitem__, ids)
        return list(takewhile(lambda m: excess.takes(m.size, _microseconds(m)), oldest))

    def _expire(self) -> None:
        """Delete what has become too old, before it is shown; with the lock held."""
        if self._ages:
            self._evict(*(name for name in list(self._ids) if name is not None))

    def _remove(self, message: Message) -> None:
        del self._messages[message.id]
        for name in (None, message.inbox):
            ids = self._ids[name]
            del ids[bisect_left(ids, message.id)]
            self._unread[name] -= not message.read
            self._octets[name] -= message.size
            if not ids:
                self._forget(name)

    def _clear(self, inbox: str | None) -> int:
        ids = self._ids.get(inbox, [])
        if inbox is None or len(ids) == len(self._messages):
            self._messages.clear()
            self._ids.clear()
            self._unread.clear()
            self._octets.clear()
            return len(ids)
        for message_id in ids:
            del self._messages[message_id]
        self._unread[None] -= self._unread[inbox]
        self._octets[None] -= self._octets[inbox]
        self._forget(inbox)
        self._ids[None] = [message_id for message_id in self._ids[None] if message_id in self._messages]
        return len(ids)

    def _forget(self, inbox: str | None) -> None:
        self._ids.pop(inbox, None)
        self._unread.pop(inbox, None)
        self._octets.pop(inbox, None)

    def _counted(self, inbox: str | None) -> Counts:
        return Counts(total=len(self._ids.get(inbox, ())), unread=self._unread[inbox])

    def _present(self, ids: Iterable[str]) -> list[Message]:
        """The messages with those *ids* that there are, each once."""
        return [self._messages[i] for i in dict.fromkeys(ids) if i in self._messages]

    def _publish(self, kind: str, messages: Iterable[Message]) -> int:
        changed: dict[str, list[str]] = {}
        for message in messages:
            changed.setdefault(message.inbox, []).append(message.id)
        for inbox, ids in changed.items():
            self.events.publish(kind, inbox=inbox, ids=tuple(ids))
        return sum(map(len, changed.values()))


def _microseconds(message: Message) -> int:
    return int(message.received_at.timestamp() * MICROSECONDS)
