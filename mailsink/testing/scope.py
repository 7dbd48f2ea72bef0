"""Whose mail it is on a port that several tests use one after another.

A mail belongs to the test that its AUTH user or its recipient's tag names, else to the test in whose time
MAIL came. Knows times and names; nothing of stores.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["Scope"]


@dataclass(slots=True, kw_only=True)
class Scope:
    """A share of the mail: of *identity*, and of nobody's between *start* and *end*; ``None`` is open.

    *others* are the identities of all shares, this one's included.
    """

    identity: str
    others: Collection[str]
    start: dt.datetime
    end: dt.datetime | None = None

    def owns(self, inbox: str, began_at: dt.datetime) -> bool:
        """Whether a transaction that went to *inbox* and began at *began_at* is of this share."""
        if inbox == self.identity:
            return True
        return inbox not in self.others and self.covers(began_at)

    def covers(self, moment: dt.datetime) -> bool:
        """Whether *moment* is in this share's time."""
        return self.start <= moment and (self.end is None or moment < self.end)
