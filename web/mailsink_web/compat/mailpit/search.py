"""Mailpit's search text as a Query: the search box's language, and for the rest what Mailpit reads.

Ours is a superset of Mailpit's, except that ours refuses what it cannot read. Mailpit takes such a word as
text; so do we, unless it is a date: a search without it would find more than was asked for, and might
delete it.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable

from flask import request

from mailsink.errors import QueryError
from mailsink.query import All, Query
from mailsink.query_text import FIELDS, parse, phrase

from ..listing import widened

__all__ = ["query_of"]

# Words as Mailpit parts them: at spaces outside of quotes.
_WORD = re.compile(r'(?:[^\s"]|"[^"]*+(?:"|$))+')
_DATED = re.compile(r"[-!(]*(?:before|after):", re.IGNORECASE)
# Mailpit forgets where in a word its quotes stand: "subject:two words" and subject:"two words" are one.
_QUOTED_FIELD = re.compile(rf'(?<![^\s(!-])"({"|".join(FIELDS)}):([^"]+)"', re.IGNORECASE)


def query_of(text: str) -> Query | None:
    """The search in *text*, with the request's ``tz`` and ``before``; ``None`` where nothing is asked.

    Raises QueryError.
    """
    queries = [part for part in (_search(text), _before(request.args.get("before", ""))) if part]
    return All(tuple(queries)) if queries else None


def _search(text: str) -> Query | None:
    found = _read(text) if text.strip() else None
    return None if found is None else widened(found)


def _read(text: str) -> Query | None:
    now = _clock(request.args.get("tz", ""))
    text = _QUOTED_FIELD.sub(r'\1:"\2"', text)
    try:
        return parse(text, now=now)
    except QueryError:
        found = tuple(part for word in _WORD.findall(text) if (part := _word(word, now)))
        # Quotes around nothing ask for nothing; all would be found, and might be deleted.
        return All(found) if found else None


def _word(word: str, now: Callable[[], dt.datetime]) -> Query | None:
    sign = word[0] if word[0] in "-!" and len(word) > 1 else ""
    plain = word.removeprefix(sign).replace('"', "").strip()
    if not plain:
        return None
    field, colon, value = plain.partition(":")
    quoted = f"{field}:{phrase(value)}" if colon and value else phrase(plain)
    try:
        return parse(sign + quoted, now=now)
    except QueryError:
        if _DATED.match(word):
            raise
        return parse(sign + phrase(plain), now=now)


def _before(text: str) -> Query | None:
    return parse(f"before:{phrase(text)}", now=_clock("")) if text.strip() else None


def _clock(zone: str) -> Callable[[], dt.datetime]:
    """The time in *zone*, or in the machine's own where that is no zone."""
    try:
        tz = zoneinfo.ZoneInfo(zone) if zone else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        tz = None
    return lambda: dt.datetime.now(dt.UTC).astimezone(tz)
