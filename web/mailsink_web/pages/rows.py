"""The list of messages as lines: rows, the days they fall on, and how long nothing came in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mailsink.message import Summary

from .. import present
from ..preferences import preferences
from ..values import SummaryJSON
from . import words

__all__ = ["Break", "Entry", "Row", "entries", "news"]

# Mail of one run of a test suite or of one click comes within seconds; five minutes part two of them.
QUIET = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message: *rcpt* is the path to show first, *more* counts the others."""

    kind: Literal["row"] = "row"
    message: SummaryJSON
    rcpt: str
    more: int

    @property
    def is_bounce(self) -> bool:
        """Whether the reverse-path is the null one (RFC 5321 §4.5.5)."""
        return not self.message.envelope.reverse_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A line between rows: a day's name, or how long it was quiet."""

    kind: Literal["day", "quiet"]
    text: str


Entry = Row | Break


def entries(summaries: Iterable[Summary], *, today: dt.date | None = None) -> list[Entry]:
    """The lines for *summaries*, which are newest first. Days are those of the zone that was chosen."""
    zone = preferences().tzinfo
    today = today or dt.datetime.now(zone).date()
    lines: list[Entry] = []
    above: dt.datetime | None = None
    for summary in summaries:
        at = summary.received_at.astimezone(zone)
        if above is None or above.date() != at.date():
            lines.append(Break(kind="day", text=words.day(at.date(), today)))
        elif above - at >= QUIET:
            lines.append(Break(kind="quiet", text=words.quiet(above - at)))
        lines.append(row(summary))
        above = at
    return lines


def news(summaries: Iterable[Summary], below: Summary | None) -> list[Entry]:
    """The lines that belong above the row of *below*, without that row and its day."""
    if below is None:
        return entries(summaries)
    lines = entries([*summaries, below])[:-1]
    if lines and isinstance(lines[-1], Break) and lines[-1].kind == "day":
        lines.pop()
    return lines


def row(summary: Summary) -> Row:
    """One message's line."""
    shown = present.summary(summary)
    recipients = shown.envelope.recipients
    paths = [r.path for r in recipients if r.reply.code < 400] or [r.path for r in recipients]
    return Row(message=shown, rcpt=paths[0] if paths else "", more=max(0, len(paths) - 1))
