"""Times, spans and addresses as words and pieces that the templates show.

Times are in the zone that the browser chose, else in UTC; the script then shows them in the browser's own.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint

from mailsink.query_text import phrase

from ..preferences import preferences
from ..present import count_words, grouped, size_words

__all__ = [
    "Address",
    "clock",
    "day",
    "duration",
    "install",
    "instant",
    "linked",
    "moment",
    "quiet",
    "quoted",
    "web_address",
]

# Not the calendar module's: those follow the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_PLAIN = re.compile(r"[^\s\"()*]+")
_URL = re.compile(r"https?://[^\s<>\"]{1,4000}")
_TRAILING = ".,;:!?)]}'»”’"


def install(blueprint: Blueprint) -> None:
    """Give templates these functions as filters."""
    times = (clock, duration, instant, moment)
    for function in (*times, count_words, grouped, linked, quoted, size_words, web_address):
        blueprint.add_app_template_filter(function)


def clock(time: dt.datetime) -> str:
    """``14:32:07``."""
    return time.astimezone(preferences().tzinfo).strftime("%H:%M:%S")


def instant(time: dt.datetime) -> str:
    """The whole of it, for machines: ``2026-11-24T14:32:07.418Z``."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(time: dt.datetime) -> str:
    """The whole of it, for people: ``24 Nov 2026, 14:32:07.418 UTC``."""
    at = time.astimezone(preferences().tzinfo)
    month = _MONTHS[at.month - 1][:3]
    return f"{at.day} {month} {at.year}, {at:%H:%M:%S}.{at.microsecond // 1000:03} {at.tzname()}"


def day(date: dt.date, today: dt.date) -> str:
    """``Today, 24 November``; the year stands there when it is not this one."""
    name = f"{date.day} {_MONTHS[date.month - 1]}"
    if date.year != today.year:
        name += f" {date.year}"
    return {0: f"Today, {name}", 1: f"Yesterday, {name}"}.get((today - date).days, name)


def quiet(span: dt.timedelta) -> str:
    """``9 min without mail``."""
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min without mail"
    return f"{hours} h {rest} min without mail" if rest else f"{hours} h without mail"


def quoted(value: str) -> str:
    """*value* as it stands after a field of the search language, in quotes where it needs them."""
    return value if _PLAIN.fullmatch(value) else phrase(value)


def duration(seconds: float) -> str:
    """``0.4 ms``, ``18 ms``, ``1.318 s``."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.3f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL in three pieces: what is the same for a whole site, the path, the rest.

    *href* is the URL where following it is harmless (http, https, mailto), else ``""``.
    """

    before: str
    path: str
    after: str
    href: str


def web_address(url: str) -> Address:
    """The pieces of *url*; together they are *url* again."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address(before=url, path="", after="", href="")
    href = url if parts.scheme.lower() in ("http", "https", "mailto") else ""
    start = url.find("//")
    if start < 0 or not parts.path:
        return Address(before=url, path="", after="", href=href)
    begin = url.find("/", start + 2)
    end = min((at for at in (url.find("?", begin), url.find("#", begin)) if at >= 0), default=len(url))
    if not 0 <= begin < end:
        return Address(before=url, path="", after="", href=href)
    return Address(before=url[:begin], path=url[begin:end], after=url[end:], href=href)


def linked(text: str) -> list[tuple[str, str]]:
    """*text* as pieces with the address each leads to, ``""`` for plain text."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        pieces += ((text[end : match.start()], ""), (url, url))
        end = match.start() + len(url)
    pieces.append((text[end:], ""))
    return [piece for piece in pieces if piece[0]]
