"""One message: its envelope, its fields, and the views of its content, each an address of its own."""

from __future__ import annotations

from urllib.parse import quote

from flask import redirect, request

from mailsink.address import same_address

from .. import present, quarantine
from ..addresses import at
from ..attached import attached_message
from ..context import sink
from ..values import MessageJSON
from .errors import missing_message, refuse
from .listing import listing_with, place_of
from .routes import Answer, Routes
from .scope import Scope
from .shell import page
from .views import SHOWN, Opened, first_view, remote_asked_for, views_of

__all__ = ["routes"]

routes = Routes()

# Pairs of a mailbox in the header section and one in the envelope that are compared.
MOST_COMPARED = 20_000


@routes.get("/messages/<message_id>")
def message(message_id: str) -> Answer:
    """The message in one of its views, the list beside it. ``latest`` leads to the newest.

    *attached* opens a message that is attached to it, *alone* shows it without what stands around it.
    """
    scope = Scope.of_request()
    outer = scope.box.get(message_id)
    if outer is None:
        return missing_message(message_id)
    if outer.id != message_id:
        return redirect(scope.message_url(outer.id, view=request.args.get("view", "")), 303)
    attached = request.args.get("attached", "")
    found = attached_message(outer, attached)
    if found is None:
        return refuse(404, f"No message is attached as {attached[:40]}.", hint="Its parts are on its page.")
    scope, beside = listing_with(scope, outer.id)
    kept = {"attached": attached, "alone": "1" if request.args.get("alone") == "1" else ""}

    def url(**words: str) -> str:
        return scope.message_url(found.id, **{**kept, **words})

    def part_url(number: str, **words: str) -> str:
        return at(f"/api/messages/{found.id}/parts/{quote(number, safe='')}", {"attached": attached, **words})

    def preview_url(**words: str) -> str:
        return at(f"/messages/{found.id}/preview", {"attached": attached, **words})

    shown = present.message(found)
    views = views_of(shown)
    asked = request.args.get("view", "")
    view = asked if asked in views else first_view(shown, views)
    return page(
        f"view_{view}.html",
        scope=scope,
        section="inbox",
        m=shown,
        url=url,
        part_url=part_url,
        preview_url=preview_url,
        kept={name: value for name, value in kept.items() if value},
        outer=outer,
        content_url=_content_url(found.id, attached),
        view=view,
        views=views,
        listing=beside,
        place=place_of(scope, beside, found.id),
        from_differs=_from_differs(shown),
        not_sent_to=_not_sent_to(shown),
        **SHOWN[view](Opened(message=found, shown=shown)),
    )


@routes.get("/messages/<message_id>/preview")
def preview(message_id: str) -> Answer:
    """The HTML part alone, disarmed; what stands in the frame of the Preview. *part* names another one."""
    outer = sink().everything.get(message_id)
    found = None if outer is None else attached_message(outer, request.args.get("attached", ""))
    if found is None:
        return missing_message(message_id)
    number = request.args.get("part", "")
    part = found.parsed.part(number) if number else None
    if number and (part is None or part.content_type != "text/html"):
        return refuse(404, f"The message has no HTML part {number[:40]}.", hint="Its parts are on its page.")
    html = part.text() if part is not None else found.html
    if not html:
        return refuse(404, "The message has no HTML part.", hint="Its other views are on its page.")
    return quarantine.html_response(found, html=html, remote=remote_asked_for())


def _content_url(message_id: str, attached: str) -> str:
    if not attached:
        return at(f"/api/messages/{message_id}/content")
    around, _, number = attached.rpartition("/")
    return at(f"/api/messages/{message_id}/parts/{quote(number, safe='')}", {"attached": around})


def _from_differs(shown: MessageJSON) -> bool:
    path = shown.envelope.reverse_path
    sender = shown.from_.address if shown.from_ else ""
    return bool(path) and not same_address(path, sender)


def _not_sent_to(shown: MessageJSON) -> list[str]:
    """The mailboxes that To and Cc name and no RCPT did, each once."""
    paths = dict.fromkeys(recipient.path for recipient in shown.envelope.recipients)
    named = dict.fromkeys(person.address for person in (*shown.to, *shown.cc) if person.address)
    left = [address for address in named if address not in paths]
    # Each is compared with each: a hostile mail names twenty thousand.
    if not paths or len(left) * len(paths) > MOST_COMPARED:
        return []
    return [address for address in left if not any(same_address(address, path) for path in paths)]
