"""Publish and subscribe: who waits is woken, and nothing is lost between asking and waiting.

Knows nothing of what the events mean.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

__all__ = ["Event", "Events", "Subscription"]

# How many events can be caught up with after a lost connection. An event is about 200 octets.
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a sink.

    *number* counts up from 1 and has no gaps. *kind* is ``"captured"``, ``"changed"``, ``"deleted"``
    (*ids* are message ids; no ids with ``"deleted"`` means the whole inbox), or ``"session"`` (*ids* is
    one session's id). *inbox* is ``""`` where no single inbox is concerned.
    """

    number: int
    kind: str
    inbox: str
    ids: tuple[str, ...]


class Events:
    """A bounded history of events, and the subscriptions that follow it.

    *epoch* tells this history from one of another process: a number means something only with it.
    Safe from any thread.
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self.epoch = os.urandom(4).hex()
        self._lock = threading.Lock()
        self._history: deque[Event] = deque(maxlen=kept)
        self._number = 0
        self._subscriptions: set[Subscription] = set()
        self._closed = False
        # Called before `subscribe` returns: for who has events to tell of only while somebody listens.
        self.followed: Callable[[], None] | None = None

    @property
    def is_followed(self) -> bool:
        """Whether there is a subscription."""
        return bool(self._subscriptions)

    @property
    def number(self) -> int:
        """The newest event's number; 0 before the first."""
        return self._number

    def publish(self, kind: str, *, inbox: str = "", ids: tuple[str, ...] = ()) -> Event:
        """Record an event and hand it to every subscription that wants it. Never blocks on a reader."""
        with self._lock:
            self._number += 1
            event = Event(self._number, kind, inbox, ids)
            self._history.append(event)
            for subscription in self._subscriptions:
                subscription._offer(event)
        return event

    def subscribe(
        self, *, after: int | None = None, inbox: str | None = None, kinds: tuple[str, ...] = ()
    ) -> Subscription:
        """Follow the events that come after number *after*; ``None`` means from now on.

        *inbox* and *kinds* narrow what is handed over; ``None`` and ``()`` take everything.
        If events after *after* are no longer kept, the subscription's `missed` is true.
        """
        subscription = Subscription(self, inbox, kinds)
        with self._lock:
            start = self._number if after is None else after
            oldest = self._history[0].number if self._history else self._number + 1
            subscription.missed = start > self._number or start < oldest - 1
            if start < self._number:
                for event in self._history:
                    if event.number > start:
                        subscription._offer(event)
            if self._closed:
                subscription._end()
            else:
                self._subscriptions.add(subscription)
        if self.followed is not None:
            self.followed()
        return subscription

    def close(self) -> None:
        """Wake every subscription for the last time; their `get` returns ``None`` at once from now on.

        What was offered before still comes first. Later subscriptions are ended from their start.
        """
        with self._lock:
            self._closed = True
            for subscription in self._subscriptions:
                subscription._end()
            self._subscriptions.clear()

    def _forget(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions.discard(subscription)


class Subscription:
    """A reader's place in the events; close it, or use it with ``with``.

    *missed* is true when events were lost before it began. *ended* is true once the `Events` closed.
    """

    def __init__(self, events: Events, inbox: str | None, kinds: tuple[str, ...]) -> None:
        self.missed = False
        self.ended = False
        self._events = events
        self._inbox = inbox
        self._kinds = kinds
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    def get(self, timeout: float | None = None) -> Event | None:
        """The next event, waiting up to *timeout* seconds; ``None`` if none came.

        A *timeout* of ``None`` waits for ever, one of 0 or less does not wait. For one thread at a time.
        """
        if self.ended and self._queue.empty():
            return None
        try:
            if timeout is not None and timeout <= 0:
                return self._queue.get_nowait()
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Make a waiting `get` return ``None`` now. Safe from any thread."""
        self._queue.put(None)

    def close(self) -> None:
        self._events._forget(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _offer(self, event: Event) -> None:
        if self._kinds and event.kind not in self._kinds:
            return
        if self._inbox is not None and event.inbox not in ("", self._inbox):
            return
        self._queue.put(event)

    def _end(self) -> None:
        self.ended = True
        self._queue.put(None)
