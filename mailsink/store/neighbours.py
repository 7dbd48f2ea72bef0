"""Tells of mail that another process stored in the same file, while somebody listens for it.

SQLite tells no process of what another one commits; one number says whether any did, and is asked often.
What another process marks or deletes is seen by whoever looks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

from ..errors import StoreError
from ..events import Events
from .codec import decode_text
from .places import PLACES

__all__ = ["Neighbours"]

# Seconds between two looks while something may be about to come, and when nothing came for so long.
SOON = 0.01
LATER = 0.1
AWAKE = 30.0
# A message may be committed so many seconds after its id was made: as long as a writer waits for another.
SLACK = 5
# Of its own messages a process knows so many, more than it can store in that time.
KEPT = 50_000

_NEWEST = "SELECT coalesce(max(seq), 0) FROM messages"
_SINCE = (
    "SELECT seq, id, name FROM messages CROSS JOIN inboxes ON number = inbox AND NOT cleared"
    " WHERE seq > ? ORDER BY seq"
)


class Neighbours:
    """Publishes ``"captured"`` in *events* for mail that others store, from a thread that lives while needed.

    *version* is a number that changes when another process has committed, ``None`` where it cannot be told
    now; *lend* lends a connection. Safe from any thread.
    """

    def __init__(
        self,
        events: Events,
        version: Callable[[], int | None],
        lend: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._events = events
        self._version = version
        self._lend = lend
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._busy_until = 0.0
        # Ids that this process stored, or is about to.
        self._own: deque[str] = deque(maxlen=KEPT)
        # Where to look from, and what is no news there.
        self._since = 0
        self._told: set[str] = set()
        self._seen: int | None = None
        events.followed = self._follow

    def is_own(self, message_id: str) -> None:
        """A message that this process is about to store is no news of another's."""
        self._own.append(message_id)

    def close(self) -> None:
        self._events.followed = None
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        """Somebody listens from now on: what is there now is no news."""
        with self._lock:
            self._busy_until = time.monotonic() + AWAKE
            if self._thread is not None or self._stop.is_set():
                return
            self._seen = self._version()
            with suppress(StoreError):
                self._news()
            self._thread = threading.Thread(target=self._watch, name="mailsink-neighbours", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(SOON if time.monotonic() < self._busy_until else LATER):
            # What cannot be read now is read the next time.
            with suppress(StoreError):
                self._look()
            with self._lock:
                if not self._events.is_followed:
                    self._thread = None
                    return

    def _look(self) -> None:
        version = self._version()
        if version is None or version == self._seen:
            return
        news = self._news()
        self._seen = version
        for message_id, inbox in news:
            self._events.publish("captured", inbox=inbox, ids=(message_id,))
        if news:
            self._busy_until = time.monotonic() + AWAKE

    def _news(self) -> list[tuple[str, str]]:
        """Ids and inboxes of the newest messages that nobody was told of; they are told now."""
        with self._lend() as connection:
            if not self._since:
                (self._since,) = connection.execute(_NEWEST).fetchone()
            rows = connection.execute(_SINCE, (self._since - SLACK * PLACES,)).fetchall()
        known = self._told.union(self._own)
        if rows:
            self._since = rows[-1][0]
        self._told = {message_id for _, message_id, _ in rows}
        return [(message_id, decode_text(name)) for _, message_id, name in rows if message_id not in known]
