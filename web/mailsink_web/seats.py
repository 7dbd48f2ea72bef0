"""Seats for the answers that take long, so that streams and long polls never take every thread.

Knows nothing of HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["FullError", "Seats"]

# The server has more threads than this (wsgi.MAX_CONNECTIONS): the rest serve pages in the meantime.
MOST = 384


class FullError(Exception):
    """Every seat is taken, or the server is closing."""


class Seats:
    """A bounded number of seats; whoever sits can be told to leave. Safe from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._sitting: set[Callable[[], None]] = set()
        self._closed = False

    @property
    def taken(self) -> int:
        """How many sit now."""
        return len(self._sitting)

    @property
    def closed(self) -> bool:
        """True once nobody may sit any more: who sits must leave."""
        return self._closed

    @contextmanager
    def sit(self, wake: Callable[[], None]) -> Iterator[None]:
        """Hold a seat; *wake* is called from another thread when it is time to leave. Raises FullError."""
        with self._changed:
            if self._closed or len(self._sitting) >= self.most:
                raise FullError
            self._sitting.add(wake)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._sitting.discard(wake)
                self._changed.notify_all()

    def wait_taken(self, number: int, *, timeout: float) -> bool:
        """Wait up to *timeout* seconds until exactly *number* sit; false if they do not."""
        with self._changed:
            return self._changed.wait_for(lambda: self.taken == number, timeout)

    def close(self) -> None:
        """Tell everybody to leave and let nobody sit again. A second call does nothing."""
        with self._changed:
            self._closed = True
            sitting = tuple(self._sitting)
        for wake in sitting:
            wake()
