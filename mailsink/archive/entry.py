"""What a reader finds in an archive: an entry, or a bad one.

Knows no format.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from .facts import Facts

__all__ = ["Bad", "Entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """Something that is no message.

    *place* is where in *file*, ``""`` for all of it; *why* says what is wrong. *octets* is how much of the
    source it took.
    """

    file: Path
    place: str = ""
    why: str
    octets: int = 0

    def __str__(self) -> str:
        return f"{self.file}{', ' if self.place else ''}{self.place}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message as an archive holds it.

    *facts* is what was kept beside the content, ``None`` where nothing was. *position* tells the entry from
    others of the same content in the same source; it stays the same when the source grows. *sender* is the
    reverse-path that the format tells, *moment* the time, ``None`` where it tells none. *modified_at* is the
    file's time. *read* and *starred* are flags that the format tells, and stand above those of *facts*.
    *octets* is how much of the source it took.
    """

    content: bytes = field(repr=False)
    facts: Facts | None = None
    position: str
    sender: str | None = None
    moment: dt.datetime | None = None
    modified_at: dt.datetime
    read: bool | None = None
    starred: bool | None = None
    octets: int
