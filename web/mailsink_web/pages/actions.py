"""What forms do: mark, star, tag, delete, undo. Each comes back to the page it was sent from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from flask import redirect, request

from mailsink.errors import StoreError

from ..context import sink, undoing
from ..tagging import retag
from .errors import refuse
from .listing import listing, listing_with, place_of
from .routes import Answer, Routes
from .scope import Scope, local_path
from .shell import page

__all__ = ["routes"]

routes = Routes()


class Flags(TypedDict, total=False):
    """What `Inbox.mark` sets."""

    read: bool
    starred: bool


# What a button is called, and the flag it sets.
MARKS: Mapping[str, Flags] = {
    "read": Flags(read=True),
    "unread": Flags(read=False),
    "star": Flags(starred=True),
    "unstar": Flags(starred=False),
}
# And those that read the field for a tag; the last is what Enter presses.
TAGGING = ("tag", "untag", "enter")
# As in the API.
LONGEST_TAG = 100
MOST_TAGS = 100


@routes.post("/messages")
def change_messages() -> Answer:
    """Do what the button says to the ticked messages, to the one whose star was pressed, or to the list."""
    scope = Scope.of_request()
    ids = request.form.getlist("id")
    what = request.form.get("do", "")
    if starred := request.form.get("star"):
        _turn_star(scope, starred)
    elif what == "read-all":
        _mark_all_read(scope)
    elif what in MARKS:
        scope.box.mark(ids, **MARKS[what])
    elif what in TAGGING:
        return _tag(scope, ids, what) or redirect(scope.list_url, 303)
    elif what == "delete":
        return redirect(scope.undoable(scope.list_url, _delete(scope, ids)), 303)
    elif what == "delete-all":
        _delete_all(scope)
        return redirect(scope.everything_url, 303)
    else:
        return refuse(400, f"There is no action {what[:40]!r}.")
    return redirect(scope.list_url, 303)


@routes.post("/messages/<message_id>")
def change_message(message_id: str) -> Answer:
    """Do what the button says to one message."""
    scope = Scope.of_request()
    what = request.form.get("do", "")
    if what == "delete":
        below = _below(scope, message_id)
        token = _delete(scope, [message_id])
        return redirect(scope.undoable(scope.message_url(below) if below else scope.list_url, token), 303)
    if what in TAGGING:
        return _tag(scope, [message_id], what) or redirect(scope.message_url(message_id), 303)
    if what not in MARKS:
        return refuse(400, f"There is no action {what[:40]!r}.")
    scope.box.mark([message_id], **MARKS[what])
    # Back to the list: the message would be marked read again at once.
    return redirect(scope.list_url if what == "unread" else scope.message_url(message_id), 303)


@routes.get("/delete-all")
def delete_all() -> Answer:
    """Ask before everything in the list is deleted."""
    scope = Scope.of_request()
    shown = listing(scope)
    others = tuple(name for name in sink().inboxes if name != scope.inbox)
    return page("delete_all.html", scope, section="inbox", listing=shown, others=others)


@routes.post("/undo")
def undo() -> Answer:
    """Put back what was deleted a moment ago."""
    back = local_path(request.form.get("back", ""))
    try:
        number = undoing().restore(request.form.get("token", ""), sink().store)
    except StoreError as error:
        return refuse(503, "The messages could not be put back.", hint=f"{error}. Try again in a moment.")
    if not number:
        return refuse(410, "This cannot be undone any more.", hint="A deletion can be undone for one minute.")
    return redirect(back, 303)


def _turn_star(scope: Scope, message_id: str) -> None:
    message = scope.box.get(message_id)
    if message is not None:
        scope.box.mark([message.id], starred=not message.starred)


def _tag(scope: Scope, ids: list[str], what: str) -> Answer | None:
    """Give the messages the tag of the form, or take it from them; whatever else they are tagged with stays.

    ``None``, or the page that says what is wrong with the tag.
    """
    tag = request.form.get("tag", "").strip()
    if not tag and what == "enter":
        return None  # Enter was pressed on a tick box
    if not 0 < len(tag) <= LONGEST_TAG:
        return refuse(400, f"A tag has 1 to {LONGEST_TAG} characters.", hint="Go back and write another one.")
    adds = () if what == "untag" else (tag,)
    messages = (found for i in ids if (found := scope.box.get(i)) is not None)
    retag(
        scope.box,
        ((message.id, message.tags) for message in messages),
        tag,
        lambda others: (*others, *adds) if len(others) + len(adds) <= MOST_TAGS else None,
    )
    return None


def _delete(scope: Scope, ids: list[str]) -> str:
    """Delete, and return the token that undoes it, ``""`` if nothing does."""
    token = undoing().keep(found for i in ids if (found := scope.box.get(i)) is not None)
    scope.box.delete(ids)
    return token


def _mark_all_read(scope: Scope) -> None:
    if not scope.q:
        scope.box.mark_all_read()
        return
    scope.box.mark(_matching(scope), read=True)


def _delete_all(scope: Scope) -> None:
    """Delete the list: with a search only what it finds."""
    if scope.q:
        scope.box.delete(_matching(scope))
    else:
        scope.box.clear()


def _matching(scope: Scope) -> list[str]:
    """The ids that the search finds; none when it cannot be read, rather than all."""
    return [] if scope.error is not None else scope.box.ids(scope.query)


def _below(scope: Scope, message_id: str) -> str:
    """The id of the message that takes the place of this one when it is gone, ``""`` when none does."""
    place = place_of(*listing_with(scope, message_id), message_id)
    return place.below or place.above
