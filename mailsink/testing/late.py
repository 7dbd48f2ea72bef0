"""A message that came when its test was over: whose it is, and how it is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..message import Message

__all__ = ["Late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """*seconds* is how long after, *test* the test's name, *line* the message in one line."""

    test: str
    seconds: float
    line: str

    @classmethod
    def of(cls, test: str, message: Message, ended_at: dt.datetime) -> Late:
        """*message* as one that came after *ended_at*, when *test* was over."""
        seconds = max(0.0, (message.received_at - ended_at).total_seconds())
        return cls(test=test, seconds=seconds, line=message.summary.line)

    def __str__(self) -> str:
        return f"{self.test} sent a mail {self.seconds:.2f} s after it ended: {self.line}"
