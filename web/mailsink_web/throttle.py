"""How often somebody may be wrong: failures counted for each address, and for each address and user.

Knows nothing of HTTP or of passwords.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Throttle"]

# Failures within a minute. A person mistypes a few times; a list of passwords is thousands.
FOR_USER, FOR_ADDRESS = 10, 100
WINDOW = 60.0
# Who is remembered at once; beyond it those whose time is over are forgotten, then the oldest.
_MOST = 10_000


class Throttle:
    """Counts failures; safe from any thread. *clock* gives seconds that never go back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # When a count began, and how far it is.
        self._counts: dict[tuple[str, str | None], tuple[float, int]] = {}

    def wait(self, address: str, user: str) -> float:
        """The seconds until *user* may be tried again from *address*; 0 is now."""
        with self._lock:
            now = self._clock()
            waits = [
                self._left((address, user), FOR_USER, now),
                self._left((address, None), FOR_ADDRESS, now),
            ]
            return max(waits)

    def failed(self, address: str, user: str) -> None:
        """Note one failure."""
        with self._lock:
            now = self._clock()
            for key in ((address, user), (address, None)):
                began, count = self._counts.pop(key, (now, 0))
                # Put in anew, so that the first of the dict is who has been quiet the longest.
                self._counts[key] = (now, 1) if now - began >= WINDOW else (began, count + 1)
            while len(self._counts) > _MOST:
                del self._counts[next(iter(self._counts))]

    def _left(self, key: tuple[str, str | None], most: int, now: float) -> float:
        began, count = self._counts.get(key, (now, 0))
        return max(0.0, began + WINDOW - now) if count >= most else 0.0
