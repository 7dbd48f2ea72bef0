"""One message: its envelope, its fields, and the views of its content, each an address of its own."""

from __future__ import annotations

import hashlib

from flask import redirect, request

from mailsink.address import same_address
from mailsink.message import Message

from .. import present, quarantine
from ..context import sink
from ..remote import remote_hosts
from ..values import MessageJSON
from .errors import missing_message, refuse
from .exchanges import timeline
from .listing import Listing, listing
from .routes import Answer, Routes
from .scope import Scope
from .shell import page
from .source import source
from .tree import branches

__all__ = ["routes"]

routes = Routes()

WIDTHS = ("phone", "tablet", "full")
SCHEMES = ("light", "dark")


@routes.get("/messages/<message_id>")
def message(message_id: str) -> Answer:
    """The message in one of its views, the list beside it. ``latest`` leads to the newest."""
    scope = Scope.of_request()
    found = scope.box.get(message_id)
    if found is None:
        return missing_message(message_id)
    if found.id != message_id:
        return redirect(scope.message_url(found.id), 303)
    shown = present.message(found)
    views = _views(shown)
    asked = request.args.get("view", "")
    view = asked if asked in views else _first_view(shown, views)
    beside = listing(scope)
    return page(
        f"view_{view}.html",
        scope=scope,
        section="inbox",
        m=shown,
        view=view,
        views=views,
        listing=beside,
        place=_place(beside, found.id),
        from_differs=_from_differs(shown),
        **_VIEWS[view](found, shown),
    )


@routes.get("/messages/<message_id>/preview")
def preview(message_id: str) -> Answer:
    """The HTML part alone, disarmed; what stands in the frame of the Preview."""
    found = sink().everything.get(message_id)
    if found is None:
        return missing_message(message_id)
    if not found.html:
        return refuse(404, "The message has no HTML part.", hint="Its other views are on its page.")
    return quarantine.html_response(found, remote=_remote_asked_for())


def _remote_asked_for() -> bool:
    """Whether the user pressed the button; an address that came from elsewhere contacts nobody."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    return request.args.get("remote") == "1" and site in ("same-origin", "none")


def _views(shown: MessageJSON) -> tuple[str, ...]:
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


def _first_view(shown: MessageJSON, views: tuple[str, ...]) -> str:
    # A broken mail opens where it is broken, unless there is a letter to look at.
    return "source" if shown.defect_list and "preview" not in views else views[0]


def _place(beside: Listing, message_id: str) -> dict[str, object]:
    """Where the message is in the list: its number, and the ids above and below it."""
    if message_id not in beside.ids:
        return {"number": 0, "above": "", "below": ""}
    index = beside.ids.index(message_id)
    return {
        "number": index + 1,
        "above": beside.ids[index - 1] if index else "",
        "below": (*beside.ids, "")[index + 1],
    }


def _from_differs(shown: MessageJSON) -> bool:
    path = shown.envelope.reverse_path
    sender = shown.from_.address if shown.from_ else ""
    return bool(path) and not same_address(path, sender)


def _preview(found: Message, shown: MessageJSON) -> dict[str, object]:
    width, scheme = request.args.get("width", "full"), request.args.get("scheme", "light")
    return {
        "width": width if width in WIDTHS else "full",
        "scheme": scheme if scheme in SCHEMES else "light",
        "remote": _remote_asked_for(),
        "hosts": remote_hosts(shown.html),
    }


def _text(found: Message, shown: MessageJSON) -> dict[str, object]:
    lines = shown.text.splitlines()
    return {
        "is_proportional": request.args.get("type") == "proportional",
        "line_count": len(lines),
        "longest": max(map(len, lines), default=0),
    }


def _headers(found: Message, shown: MessageJSON) -> dict[str, object]:
    return {
        "as_sent": request.args.get("as") == "sent",
        "fields": [
            (field.name, field.value, present.text(field.raw)) for field in found.parsed.fields
        ],
    }


def _source(found: Message, shown: MessageJSON) -> dict[str, object]:
    return {
        "source": source(found.content, shown.defect_list),
        "sha256": hashlib.sha256(found.content).hexdigest(),
    }


def _parts(found: Message, shown: MessageJSON) -> dict[str, object]:
    return {"branches": branches(shown.parts), "files": [p for p in shown.parts if p.is_attachment or p.is_inline]}


def _session(found: Message, shown: MessageJSON) -> dict[str, object]:
    kept = sink().sessions.get(found.session_id)
    if kept is None:
        return {"session": None}
    session = present.session(kept)
    return {"session": session, "timeline": timeline(session)}


def _codes(found: Message, shown: MessageJSON) -> dict[str, object]:
    return {}


_VIEWS = {
    "preview": _preview,
    "text": _text,
    "headers": _headers,
    "source": _source,
    "parts": _parts,
    "session": _session,
    "codes": _codes,
}
