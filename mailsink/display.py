"""Values as people may see them on a terminal: safe, quoted, cut.

Knows nothing of why they are shown. Whatever a client sent, what comes out is printable and one line:
controls, bidirectional marks and lone surrogates are escaped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from .mime import Part

__all__ = ["cut", "joined", "quoted", "safe", "shown"]


def safe(text: str) -> str:
    """*text* with everything that is not printable escaped as in Python."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def cut(text: str, width: int) -> str:
    """*text* in at most *width* columns, with ``…`` at its end where something is left out."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def quoted(text: str, width: int) -> str:
    """*text* in quotes, cut to *width* columns; what is left out is shown as ``…`` after the quotes."""
    out = repr(text[:width])
    if len(out) <= width and len(text) <= width:
        return out
    kept = min(len(text), width)
    while kept > 1 and len(out) > width - 1:
        kept -= max(1, (len(out) - width) // 10)
        out = repr(text[:kept])
    return f"{out}…"


def shown(value: Any) -> str:
    """Any value in at most 80 columns."""
    if isinstance(value, str):
        return quoted(value, 80)
    if isinstance(value, bytes):
        return cut(repr(value[:80]), 80)
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Part):
        return f"{quoted(value.filename, 50)} ({safe(cut(value.content_type, 24))})"
    if callable(value) and not isinstance(value, type) and hasattr(value, "__name__"):
        return cut(_function(value), 80)
    return cut(safe(repr(value)), 80)


def _function(function: Any) -> str:
    """The name of a function; a lambda's place."""
    code = getattr(function, "__code__", None)
    if function.__name__ == "<lambda>" and code is not None:
        return f"lambda at {PurePath(code.co_filename).name}:{code.co_firstlineno}"
    return f"{function.__name__}()"


def joined(values: Sequence[str], room: int, *, more: int = 0) -> str:
    """As many of *values* as *room* columns hold, and how many there are besides, *more* included.

    The first one is always shown, in what is left of *room* but in 4 columns at least.
    """
    total = len(values) + more
    for number in range(len(values), 0, -1):
        out = ", ".join(values[:number]) + _and_more(total - number)
        if len(out) <= room:
            return out
    end = _and_more(total - 1)
    return cut(values[0], max(4, room - len(end))) + end


def _and_more(number: int) -> str:
    return f" and {number} more" if number else ""
