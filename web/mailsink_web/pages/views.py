"""The views of a message: which of them it has, and what each shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request

from mailsink.message import Message

from .. import present
from ..context import sink
from ..remote import remote_hosts
from ..values import MessageJSON
from .exchanges import timeline
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
        "text": shown.text or not shown.html,
        "headers": True,
        "source": True,
        "parts": True,
        "session": shown.session_id,
        "codes": shown.links or shown.codes,
    }
    return tuple(view for view, is_there in there.items() if is_there)


def first_view(shown: MessageJSON, views: tuple[str, ...]) -> str:
    """The view that opens when none is asked for."""
    # A broken mail opens where it is broken, unless there is a letter to look at.
    return "source" if shown.defect_list and "preview" not in views else views[0]


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
    }


def _text(opened: Opened) -> Values:
    lines = opened.shown.text.splitlines()
    return {
        "is_proportional": request.args.get("type") == "proportional",
        "line_count": len(lines),
        "longest": max(map(len, lines), default=0),
    }


def _headers(opened: Opened) -> Values:
    fields = opened.message.parsed.fields
    return {
        "as_sent": request.args.get("as") == "sent",
        "fields": [(field.name, field.value, present.text(field.raw)) for field in fields],
    }


def _source(opened: Opened) -> Values:
    content = opened.message.content
    return {
        "source": source(content, opened.shown.defect_list),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _parts(opened: Opened) -> Values:
    parts = opened.shown.parts
    tree = branches(opened.message.parsed.root)
    return {"branches": tree, "files": [p for p in parts if p.is_attachment or p.is_inline]}


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
