"""What a calendar file says, for a card: the events in it, when and where, who asks whom (RFC 5545, 5546).

Reads what people look at and nothing else. Never raises; every value is plain text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Attendee", "Event", "Invitation", "invitation"]

# Characters that are read, events and attendees that are shown; a calendar export has thousands.
MAX_TEXT = 1_000_000
MAX_EVENTS = 20
MAX_ATTENDEES = 100

_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,40})=((?:\"[^\"]*+\"|[^;:\"]++)*+)")
_NAME = re.compile(r"[A-Za-z0-9-]{1,40}")
_ESCAPE = re.compile(r"\\([\\;,Nn])")
_TIME = re.compile(r"(\d{8})(?:T(\d{4})(\d{2})?(Z?))?")
_SPAN = re.compile(r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:\d{1,6}S)?)?")
# Not the calendar module's: those follow the locale of the process.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# What a method asks of who gets it (RFC 5546 §1.4).
_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancellation",
    "REPLY": "Reply",
    "COUNTER": "Counter-proposal",
    "PUBLISH": "Announcement",
    "ADD": "Addition",
}
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
    "DELEGATED": "delegated",
    "NEEDS-ACTION": "not answered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """A calendar user: *name* and *address*, either may be empty; *answer* in words, or empty."""

    name: str
    address: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event; *when* is in words, *repeats* the recurrence rule as written. All may be empty.

    *attendees* are the first of *invited*.
    """

    summary: str
    when: str
    repeats: str
    location: str
    description: str
    status: str
    uid: str
    url: str
    organizer: Attendee | None
    attendees: tuple[Attendee, ...]
    invited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A calendar file: *kind* is what it is for people, *events* the first of *total*."""

    kind: str
    events: tuple[Event, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def invitation(text: str) -> Invitation:
    """Read a calendar file; what is no calendar has no events."""
    method = ""
    events: list[Event] = []
    total = 0
    inside: list[str] = []
    lines: list[_Line] = []
    for line in _lines(text[:MAX_TEXT]):
        if line.name == "BEGIN":
            inside = [*inside[-9:], line.value.upper()]
            if inside[-1] == "VEVENT":
                lines = []
        elif line.name == "END" and inside and inside[-1] == line.value.upper():
            if inside.pop() == "VEVENT":
                total += 1
                if len(events) < MAX_EVENTS:
                    events.append(_event(lines))
        elif inside and inside[-1] == "VEVENT":
            lines.append(line)
        elif line.name == "METHOD":
            method = line.value.upper()
    return Invitation(kind=_METHODS.get(method, "Calendar"), events=tuple(events), total=total)


def _lines(text: str) -> Iterator[_Line]:
    for line in _FOLD.sub("", text).splitlines():
        name = _NAME.match(line)
        if name is None:
            continue
        at, parameters = name.end(), {}
        while match := _PARAMETER.match(line, at):
            parameters[match[1].upper()] = match[2].strip('"')
            at = match.end()
        if line[at : at + 1] == ":":
            yield _Line(name[0].upper(), parameters, line[at + 1 :].strip())


def _event(lines: list[_Line]) -> Event:
    first: dict[str, _Line] = {}
    for line in lines:
        first.setdefault(line.name, line)

    def text(name: str) -> str:
        return _ESCAPE.sub(_unescaped, first[name].value) if name in first else ""

    invited = [line for line in lines if line.name == "ATTENDEE"]
    return Event(
        summary=text("SUMMARY"),
        when=_when(first.get("DTSTART"), first.get("DTEND"), first.get("DURATION")),
        repeats=text("RRULE"),
        location=text("LOCATION"),
        description=text("DESCRIPTION"),
        status=text("STATUS").lower(),
        uid=text("UID"),
        url=text("URL"),
        organizer=_attendee(first["ORGANIZER"]) if "ORGANIZER" in first else None,
        attendees=tuple(_attendee(line) for line in invited[:MAX_ATTENDEES]),
        invited=len(invited),
    )


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "Nn" else match[1]


def _attendee(line: _Line) -> Attendee:
    scheme, colon, rest = line.value.partition(":")
    address = rest if colon and scheme.lower() == "mailto" else line.value
    answer = line.parameters.get("PARTSTAT", "").upper()
    name = line.parameters.get("CN", "")
    return Attendee(name=name, address=address, answer=_ANSWERS.get(answer, answer.lower()))


def _when(start: _Line | None, end: _Line | None, span: _Line | None) -> str:
    if start is None:
        return ""
    began, clock, zone = _moment(start)
    if began is None:
        return start.value
    words = f"{_day(began)}, {began:%H:%M}" if clock else _day(began)
    ended, ends_at_clock, ended_zone = _moment(end) if end is not None else (None, clock, zone)
    if ended is None and span is not None:
        ended = _after(began, span.value)
    if ended is not None and not ends_at_clock:
        # RFC 5545 §3.6.1: the end is not part of the event, so a day ends on the next.
        ended -= dt.timedelta(days=1)
    if ended is not None and ended != began:
        same_day = ended.date() == began.date()
        until = f"{ended:%H:%M}" if same_day else f"{_day(ended)}, {ended:%H:%M}" if clock else _day(ended)
        if ended_zone != zone:
            return f"{words} {zone} to {until} {ended_zone}".replace("  ", " ").strip()
        words += f" to {until}"
    return f"{words} {zone}".rstrip()


def _moment(line: _Line) -> tuple[dt.datetime | None, bool, str]:
    """The time, whether it has a time of day, and the zone's name (``""``: wherever one is)."""
    match = _TIME.fullmatch(line.value)
    if match is None:
        return None, False, ""
    try:
        time = dt.datetime.strptime(match[1] + (match[2] or "0000"), "%Y%m%d%H%M")  # noqa: DTZ007 - has its zone
    except ValueError:
        return None, False, ""
    return time, match[2] is not None, "UTC" if match[4] else line.parameters.get("TZID", "")[:60]


def _after(began: dt.datetime, span: str) -> dt.datetime | None:
    match = _SPAN.fullmatch(span)
    if match is None or match[1] == "-":
        return None
    weeks, days, hours, minutes = (int(number or 0) for number in match.groups()[1:])
    try:
        return began + dt.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except OverflowError:
        return None


def _day(time: dt.datetime) -> str:
    return f"{_DAYS[time.weekday()]} {time.day} {_MONTHS[time.month - 1]} {time.year}"
