"""Stopping a long command between two of its steps, so that nothing is left half done."""

from __future__ import annotations

import os
import signal
from types import FrameType

__all__ = ["Stopping"]


class Stopping:
    """From its making on, SIGINT and SIGTERM ask for a stop; a second signal ends the process at once."""

    def __init__(self) -> None:
        self._number = 0
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def __bool__(self) -> bool:
        """Whether a stop was asked for."""
        return self._number != 0

    @property
    def code(self) -> int:
        """The exit code that tells the signal: 130 for SIGINT."""
        return 128 + self._number

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._number:
            os._exit(128 + number)
        self._number = number
