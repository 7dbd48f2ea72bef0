"""A session's transcript as rows: what the client said, what was answered, and how long that took."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..values import SessionJSON, TranscriptEntryJSON

__all__ = ["Exchange", "Said", "Timeline", "timeline"]

# The narrowest bar that can be seen, in per cent of the session.
LEAST_WIDTH = 1.6

_REPLY = re.compile(r"(\d{3})([ -]?)(.*)", re.DOTALL)
_PATH_VERB = re.compile(r"(?i)((?:MAIL FROM|RCPT TO):)(.*)", re.DOTALL)
_MASK = "********"
# Not "without QUIT": good clients do not bother once their mail is taken.
_TROUBLE = ("before", "broke", "too many", "Nobody", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reply line: code, separator, text; *code* is ``""`` where the line has none."""

    code: str
    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A row. Times are in milliseconds, *at* since the session began; *start* and *width* in per cent.

    *verb* and *rest* are what the client said, *masked* the octets of a secret (``-1``: there is none,
    0: their number was not kept); *size* counts the octets of content. *text* is an event's sentence.
    *is_fault* tells that a fault rule fired; *faults* say which did before the command was answered.
    """

    kind: Literal["command", "content", "event"]
    at: float
    took: float | None = None
    start: float = 0.0
    width: float = LEAST_WIDTH
    verb: str = ""
    rest: str = ""
    masked: int = -1
    replies: tuple[Said, ...] = ()
    size: int = 0
    text: str = ""
    is_bad: bool = False
    is_fault: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The rows of a session, and how many seconds they span."""

    rows: tuple[Exchange, ...]
    seconds: float

    @property
    def has_faults(self) -> bool:
        """Whether an answer was a fault rule's doing."""
        return any(row.faults for row in self.rows)


@dataclass(slots=True)
class _Open:
    """A row that is being put together."""

    kind: Literal["command", "content", "event"]
    began: float
    ended: float | None = None
    said: TranscriptEntryJSON | None = None
    replies: tuple[Said, ...] = ()
    faults: tuple[str, ...] = ()


def timeline(session: SessionJSON) -> Timeline:
    """Put the entries of *session* together into rows, each reply beside the command it answers."""
    entries = session.transcript
    last = max((entry.at for entry in entries), default=0.0)
    seconds = max(session.duration or 0.0, last)
    is_over = session.duration is not None
    return Timeline(rows=tuple(_shown(row, seconds) for row in _rows(entries, is_over)), seconds=seconds)


def _rows(entries: Sequence[TranscriptEntryJSON], is_over: bool) -> list[_Open]:
    rows: list[_Open] = []
    waiting: list[_Open] = []  # what has no reply yet: several, where the client pipelines (RFC 2920)
    answering: _Open | None = None
    said_at = 0.0
    # Behind it come events alone: what it broke off in was never completed.
    spoken = max((at for at, entry in enumerate(entries) if entry.kind != "event"), default=-1)
    is_chunk = False
    for at, entry in enumerate(entries):
        if entry.kind == "server":
            if answering is None:
                answering = waiting.pop(0) if waiting else _Open("command", entry.at)
                if answering not in rows:
                    rows.append(answering)
            reply = _reply(entry.text)
            answering.replies += (reply,)
            answering.ended = said_at = entry.at
            answering = answering if reply.mark == "-" else None
        elif entry.kind == "content":
            rows.append(_Open("content", said_at, entry.at, entry))
            if is_chunk or (is_over and at == spoken):
                continue
            final = TranscriptEntryJSON(at=entry.at, kind="client", text=".", size=0)
            dot = _Open("command", entry.at, None, final)
            rows.append(dot)
            waiting.append(dot)
        elif entry.kind == "client":
            row = _Open("command", entry.at, None, entry)
            rows.append(row)
            waiting.append(row)
            is_chunk = entry.text[:5].upper() == "BDAT "
        elif entry.kind == "fault" and (answering or waiting):
            # It fired while the first command without an answer was looked at.
            (answering or waiting[0]).faults += (entry.text,)
        else:
            rows.append(_Open("event", entry.at, None, entry))
    return rows


def _reply(line: str) -> Said:
    match = _REPLY.fullmatch(line)
    return Said(code=match[1], mark=match[2], text=match[3]) if match else Said(code="", mark="", text=line)


def _shown(row: _Open, seconds: float) -> Exchange:
    took = None if row.ended is None or row.kind == "event" else row.ended - row.began
    width = max(LEAST_WIDTH, 100 * (took or 0.0) / seconds) if seconds else LEAST_WIDTH
    start = min(100 * row.began / seconds, 100 - width) if seconds else 0.0
    verb, rest, masked = _command(row.said) if row.kind == "command" and row.said else ("", "", -1)
    return Exchange(
        kind=row.kind,
        at=row.began * 1000,
        took=None if took is None else took * 1000,
        start=round(max(0.0, start), 2),
        width=round(min(width, 100.0), 2),
        verb=verb,
        rest=rest,
        masked=masked,
        replies=row.replies,
        size=row.said.size if row.said else 0,
        text=row.said.text if row.said and row.kind == "event" else "",
        is_bad=row.kind == "event" and row.said is not None and _is_bad(row.said),
        is_fault=bool(row.faults) or (row.said is not None and row.said.kind == "fault"),
        faults=row.faults,
    )


def _command(said: TranscriptEntryJSON) -> tuple[str, str, int]:
    """The verb, what follows it, and the octets of the secret in it (-1: none)."""
    if said.text == _MASK:
        return "", "", said.size
    masked = -1
    text = said.text
    if text.upper().startswith("AUTH ") and text.endswith(_MASK):
        text, masked = text.removesuffix(_MASK), 0
    path = _PATH_VERB.fullmatch(text)
    if path:
        return path[1], path[2], masked
    verb, space, rest = text.partition(" ")
    return verb, space + rest, masked


def _is_bad(said: TranscriptEntryJSON) -> bool:
    """Whether an event says that something went wrong by itself."""
    return said.kind == "event" and any(word in said.text for word in _TROUBLE)
