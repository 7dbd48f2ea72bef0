"""Apple Mail's .emlx file: the content's length, the content, a property list of what is known of it."""

from __future__ import annotations

import datetime as dt
import plistlib
import re
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

__all__ = ["Unwrapped", "unwrap"]

_LENGTH = re.compile(rb"[ \t]*(\d{1,12})[ \t]*\r?\n")
_READ, _FLAGGED = 1 << 0, 1 << 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """A content, and what the property list tells of it: ``None`` where it does not."""

    content: bytes
    moment: dt.datetime | None = None
    read: bool | None = None
    starred: bool | None = None


def unwrap(octets: bytes) -> Unwrapped:
    """What is in an .emlx file's *octets*. Raises ValueError, the end of a sentence, where that is none."""
    match = _LENGTH.match(octets)
    if match is None or match.end() + int(match[1]) > len(octets):
        raise ValueError("it does not begin with the length of a mail, as an .emlx file does")
    end = match.end() + int(match[1])
    known = _property_list(octets[end:])
    flags = known.get("flags")
    return Unwrapped(
        content=octets[match.end() : end],
        moment=_moment(known.get("date-received")),
        read=bool(flags & _READ) if isinstance(flags, int) else None,
        starred=bool(flags & _FLAGGED) if isinstance(flags, int) else None,
    )


def _property_list(octets: bytes) -> dict[str, object]:
    try:
        table = plistlib.loads(octets.strip(), fmt=plistlib.FMT_XML)
    # What a property list's reader raises is not said anywhere; the mail is whole without it.
    except (ValueError, ExpatError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _moment(seconds: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC) if isinstance(seconds, (int, float)) else None
    except (ValueError, OverflowError, OSError):
        return None
