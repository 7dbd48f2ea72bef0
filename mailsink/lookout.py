"""One pair of eyes for many waits: a message is read once for all of them, and only who wants it is woken.

Where a hundred requests wait, waking each of them for every message would take longer than the mail itself,
and so would a hundred readings of the one mail that they all wait for.
Knows stores and queries; a wait that is alone needs nothing of this.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .events import Event, Subscription
from .glance import Glance, needs_of

if TYPE_CHECKING:
    from .message import Message
    from .query import Query
    from .store import Store

__all__ = ["KINDS", "Lookout", "Sighting"]

KINDS = ("captured", "deleted")


@dataclass(frozen=True, slots=True)
class Sighting(Event):
    """Messages that were captured, as they were then: the same objects for all who are told."""

    messages: tuple[Message, ...]


class Lookout:
    """Follows a store's events for all who wait. Its thread lives as long as somebody waits.

    Safe from any thread.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._watches: set[_Watch] = set()
        self._subscription: Subscription | None = None

    def subscribe(self, query: Query, *, inbox: str | None = None) -> Subscription:
        """What *query* wants of what is captured in *inbox* from now on, and what is deleted there.

        What is wanted comes as a `Sighting`; nobody is told of the rest.
        """
        watch = _Watch(self, self._store, inbox, query)
        with self._lock:
            self._watches.add(watch)
            if self._subscription is None:
                self._subscription = self._store.events.subscribe(kinds=KINDS)
                threading.Thread(
                    target=self._follow, args=(self._subscription,), name="mailsink-lookout", daemon=True
                ).start()
        return watch

    @property
    def watching(self) -> int:
        """How many wait now."""
        return len(self._watches)

    def forget(self, watch: _Watch) -> None:
        """It is not to be told of anything any more."""
        with self._lock:
            self._watches.discard(watch)
            if not self._watches and self._subscription is not None:
                self._subscription.wake()

    def _follow(self, subscription: Subscription) -> None:
        with subscription:
            while True:
                event = subscription.get()
                if event is not None:
                    self._tell(event)
                elif self._is_over(subscription):
                    return

    def _is_over(self, subscription: Subscription) -> bool:
        with self._lock:
            if self._watches and not subscription.ended:
                return False
            for watch in self._watches:
                watch.end()
            self._subscription = None
            return True

    def _tell(self, event: Event) -> None:
        with self._lock:
            watches = [watch for watch in self._watches if watch.is_about(event)]
        if not watches:
            # Of an inbox where nobody waits no message is read.
            return
        glances: list[Glance] = []
        if event.kind == "captured":
            found = tuple(message for message in map(self._store.get, event.ids) if message is not None)
            glances = [Glance(message) for message in found]
            event = Sighting(event.number, event.kind, event.inbox, event.ids, found)
        for watch in watches:
            watch.tell(event, glances)


class _Watch(Subscription):
    """What one wait is told of."""

    def __init__(self, lookout: Lookout, store: Store, inbox: str | None, query: Query) -> None:
        super().__init__(store.events, inbox, KINDS)
        self._lookout = lookout
        self._query = query
        self._needs = needs_of(query)

    def close(self) -> None:
        self._lookout.forget(self)

    def end(self) -> None:
        """Nothing will come any more."""
        self._end()

    def is_about(self, event: Event) -> bool:
        """Whether *event* is of the inbox that is watched, or may be."""
        return self._inbox is None or event.inbox in ("", self._inbox)

    def tell(self, event: Event, glances: list[Glance]) -> None:
        if event.kind != "captured" or any(map(self._wants, glances)):
            self._offer(event)

    def _wants(self, glance: Glance) -> bool:
        if self._inbox not in (None, glance.message.inbox):
            return False
        try:
            return glance.may_match(self._needs) and self._query.matches(glance.message)
        except Exception:  # noqa: BLE001 - a caller's own predicate; it is raised where that caller waits
            return True
