"""One message: its envelope, its fields, and the views of its content, each an address of its own."""

from __future__ import annotations

from flask import redirect, request

from mailsink.address import same_address

from .. import present, quarantine
from ..context import sink
from ..values import MessageJSON
from .errors import missing_message, refuse
from .listing import Listing, listing
from .routes import Answer, Routes
from .scope import Scope
from .shell import page
from .views import SHOWN, Opened, first_view, remote_asked_for, views_of

__all__ = ["routes"]

routes = Routes()


@routes.get("/messages/<message_id>")
def message(message_id: str) -> Answer:
    """The message in one of its views, the list beside it. ``latest`` leads to the newest."""
    scope = Scope.of_request()
    found = scope.box.get(message_id)
    if found is None:
        return missing_message(message_id)
    if found.id != message_id:
        return redirect(scope.message_url(found.id, view=request.args.get("view", "")), 303)
    shown = present.message(found)
    views = views_of(shown)
    asked = request.args.get("view", "")
    view = asked if asked in views else first_view(shown, views)
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
        **SHOWN[view](Opened(message=found, shown=shown)),
    )


@routes.get("/messages/<message_id>/preview")
def preview(message_id: str) -> Answer:
    """The HTML part alone, disarmed; what stands in the frame of the Preview."""
    found = sink().everything.get(message_id)
    if found is None:
        return missing_message(message_id)
    if not found.html:
        return refuse(404, "The message has no HTML part.", hint="Its other views are on its page.")
    return quarantine.html_response(found, remote=remote_asked_for())


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
