"""What time it is, though a test has stopped the clocks or travels in time.

A test that freezes time waits for its mail all the same, and a mail that comes later is later. freezegun puts
its own functions in the place of Python's, wherever a module has them as attributes; time-machine changes
Python's own, but for the monotonic clock, and keeps a way to the right time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["moment_of", "monotonic", "now", "real"]


def real(home: Any, name: str) -> Any:
    """The clock called *name* in the module *home*, though freezegun has put another in its place."""
    freezegun = sys.modules.get("freezegun.api")
    return getattr(freezegun, f"real_{name}", None) or getattr(home, name)


class _Real:
    """Attributes of a class are not looked for."""

    monotonic: Callable[[], float] = staticmethod(real(time, "monotonic"))
    datetime: type[dt.datetime] = real(dt, "datetime")


def monotonic() -> float:
    """Seconds that only grow and never stand still."""
    return _Real.monotonic()


def now() -> dt.datetime:
    """The time; aware, UTC."""
    machine = sys.modules.get("time_machine")
    if machine is not None and machine.escape_hatch.is_travelling():
        with contextlib.suppress(ValueError):  # Another thread has come back meanwhile.
            moment: dt.datetime = machine.escape_hatch.datetime.datetime.now(dt.UTC)
            return moment
    return _Real.datetime.now(dt.UTC)


def moment_of(text: str) -> dt.datetime:
    """The time that *text* tells (RFC 3339). Raises ValueError."""
    return _Real.datetime.fromisoformat(text)
