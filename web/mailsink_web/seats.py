"""Seats for the answers that take long, so that streams and long polls never take every thread.

Knows nothing of HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["FullError", "Seats"]

# The server has more threads than this (guests.MAX_CONNECTIONS): the rest serve pages in the meantime.
MOST = 384
# Of one client: the rest is for everybody else.
MOST_OF_ONE = 288


class FullError(Exception):
    """Every seat is taken, or every one that this client may have, or the server is closing."""


class Seats:
    """A bounded number of seats; whoever sits can be told to leave. Safe from any thread."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self._changed = threading.Condition()
        # Whom to tell to leave, and whose client each is.
        self._sitting: dict[Callable[[], None], str] = {}
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
    def sit(self, wake: Callable[[], None], *, client: str) -> Iterator[None]:
        """Hold a seat; *wake* is called from another thread when it is time to leave. Raises FullError."""
        with self._changed:
            of_client = sum(each == client for each in self._sitting.values())
            if self._closed or len(self._sitting) >= self.most or of_client >= self.most_of_one:
                raise FullError
            self._sitting[wake] = client
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._sitting.pop(wake, None)
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
