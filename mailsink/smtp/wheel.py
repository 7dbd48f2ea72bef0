"""Many waits of one length with one timer.

Knows nothing of what is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Wheel"]

K = TypeVar("K", bound=Hashable)


class Wheel(Generic[K]):
    """Calls *ring* with each key *seconds* after it was added, unless it was taken out.

    For one loop's thread. A timer that nothing waits for any more is left to run out: the next key has it,
    for timers cost more than keys.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, ring: Callable[[K], object]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._ring = ring
        # All wait equally long, so the order of adding is that of ringing.
        self._ends: dict[K, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, key: K) -> None:
        """Begin to wait; a key that waits already begins anew."""
        self._ends.pop(key, None)
        end = self._ends[key] = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(end, self._turn)

    def discard(self, key: K) -> None:
        """Wait no more."""
        self._ends.pop(key, None)

    def close(self) -> None:
        """Forget every key."""
        self._ends.clear()
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        now = self._loop.time()
        self._timer = None
        # One that rings may take out others, or add itself anew.
        while self._ends:
            key, end = next(iter(self._ends.items()))
            if end > now:
                self._stop()
                self._timer = self._loop.call_at(end, self._turn)
                return
            del self._ends[key]
            self._ring(key)
