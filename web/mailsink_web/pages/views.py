"""The views of a message: which of them it has, and what each shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request

from mailsink.fields import unfold
from mailsink.message import Message
from mailsink.mime import BARE_LF

from .. import present
from ..context import sink
from ..delivery_report import delivery_report
from ..remote import remote_hosts
from ..values import MessageJSON
from .exchanges import timeline
from .files import files_of, first_invitation, shown_file
from .quoting import blocks
from .source import source
from .tree import branches

__all__ = ["SHOWN", "Opened", "first_view", "remote_asked_for", "views_of"]

WIDTHS = ("phone", "tablet", "full")
SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The message that is open, as it was kept and as it is shown."""

    message: Message
    shown: MessageJSON


Values = dict[str, object]


def views_of(shown: MessageJSON) -> tuple[str, ...]:
    """The views that have something to show, left to right."""
    there = {
        "preview": shown.html,
        "text": shown.text,
        "headers": True,
        "source": True,
        "parts": True,
        "session": shown.session_id,
        "codes": shown.links or shown.codes,
    }
    return tuple(view for view, is_there in there.items() if is_there)


def first_view(shown: MessageJSON, views: tuple[str, ...]) -> str:
    """The view that opens when none is asked for."""
    if "preview" in views:
        return "preview"
    # A broken mail opens where it is broken. Many programs send bare LFs all the time, and a text without
    # CRs is as readable.
    if any(defect.sentence != BARE_LF for defect in shown.defect_list):
        return "source"
    if "text" in views:
        return "text"
    # Encrypted, or nothing but files; else nothing but header fields.
    return "parts" if shown.attachments else "headers"


def remote_asked_for() -> bool:
    """Whether the user pressed the button; an address that came from elsewhere contacts nobody."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    return request.args.get("remote") == "1" and site in ("same-origin", "none")


def _preview(opened: Opened) -> Values:
    width, scheme = request.args.get("width", "full"), request.args.get("scheme", "light")
    return {
        "width": width if width in WIDTHS else "full",
        "scheme": scheme if scheme in SCHEMES else "light",
        "remote": remote_asked_for(),
        "hosts": remote_hosts(opened.shown.html),
        "calendar": first_invitation(opened.message),
        "report": delivery_report(opened.message),
    }


def _text(opened: Opened) -> Values:
    lines = opened.shown.text.splitlines()
    return {
        "is_proportional": request.args.get("type") == "proportional",
        "line_count": len(lines),
        "longest": max(map(len, lines), default=0),
        "blocks": blocks(opened.shown.text),
        "calendar": first_invitation(opened.message),
        "report": delivery_report(opened.message),
    }


def _headers(opened: Opened) -> Values:
    message = opened.message
    raws = [(field, present.text(field.raw)) for field in message.parsed.fields]
    return {
        "as_sent": request.args.get("as") == "sent",
        "fields": [(field.name, field.value, raw, field.value != unfold(raw)) for field, raw in raws],
        "written": "".join(f"{present.text(field.name)}:{raw}\n" for field, raw in raws),
        "behind": _behind(message),
    }


def _behind(message: Message) -> str:
    """How far the Date field is from when the message came, in words; ``""`` where there is no date."""
    date = message.parsed.date
    if date is None:
        return ""
    seconds = (message.received_at - date).total_seconds()
    # Date has no fractions of a second (RFC 5322 §3.3).
    if abs(seconds) < 1.5:
        return "when it came in"
    return f"{_span(abs(seconds))} {'before' if seconds > 0 else 'after'} it came in"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _source(opened: Opened) -> Values:
    content = opened.message.content
    return {
        "source": source(content, opened.shown.defect_list),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _parts(opened: Opened) -> Values:
    wrong: dict[str, list[str]] = {}
    for defect in opened.shown.defect_list:
        wrong.setdefault(defect.part, []).append(defect.sentence)
    return {
        "branches": branches(opened.message.parsed.root),
        "wrong": wrong,
        "files": files_of(opened.message),
        "file": shown_file(opened.message, request.args.get("part", "")),
    }


def _session(opened: Opened) -> Values:
    kept = sink().sessions.get(opened.message.session_id)
    if kept is None:
        return {"session": None}
    session = present.session(kept)
    return {"session": session, "timeline": timeline(session)}


SHOWN: Mapping[str, Callable[[Opened], Values]] = {
    "preview": _preview,
    "text": _text,
    "headers": _headers,
    "source": _source,
    "parts": _parts,
    "session": _session,
    "codes": lambda _: {},
}
