"""Who is in the middle of sending: how a waiter knows that no more is on its way.

Knows inbox names and counts; nothing of sockets.
"""

from __future__ import annotations

import threading

__all__ = ["Activity"]


class Activity:
    """How many sessions of each inbox are busy: connected, or between a command and its transaction's end.

    ``None`` is a session whose inbox is not known yet, so it may be any. Safe from any thread.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy: dict[str | None, int] = {}

    def enter(self, inbox: str | None) -> None:
        """A session of *inbox* became busy."""
        with self._changed:
            self._busy[inbox] = self._busy.get(inbox, 0) + 1

    def leave(self, inbox: str | None) -> None:
        """A session of *inbox* that was busy is no more."""
        with self._changed:
            self._busy[inbox] -= 1
            if not self._busy[inbox]:
                del self._busy[inbox]
                self._changed.notify_all()

    def wait_idle(self, inbox: str | None, *, timeout: float) -> bool:
        """Wait up to *timeout* seconds until no session of *inbox* is busy; false if one still is.

        ``inbox=None`` waits for all of them.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._is_idle(inbox), timeout)

    def _is_idle(self, inbox: str | None) -> bool:
        return not self._busy if inbox is None else inbox not in self._busy and None not in self._busy
