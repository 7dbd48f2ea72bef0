"""What forms do: mark, delete, choose a theme. Each comes back to the page it was sent from."""

from __future__ import annotations

from flask import redirect, request
from werkzeug import Response

from ..context import sink
from .errors import refuse
from .listing import listing
from .routes import Answer, Routes
from .scope import Scope, local_path
from .shell import THEME_COOKIE, THEMES, page

__all__ = ["routes"]

routes = Routes()

_YEAR = 31_536_000


@routes.post("/messages")
def change_messages() -> Answer:
    """Do what the button says to the ticked messages, or to the whole list."""
    scope = Scope.of_request()
    ids = request.form.getlist("id")
    what = request.form.get("do", "")
    if what == "read-all":
        _mark_all_read(scope)
    elif what in ("read", "unread"):
        scope.box.mark(ids, read=what == "read")
    elif what == "delete":
        scope.box.delete(ids)
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
        scope.box.delete([message_id])
        return redirect(scope.message_url(below) if below else scope.list_url, 303)
    if what not in ("read", "unread"):
        return refuse(400, f"There is no action {what[:40]!r}.")
    scope.box.mark([message_id], read=what == "read")
    # Back to the list: the message would be marked read again at once.
    return redirect(scope.message_url(message_id) if what == "read" else scope.list_url, 303)


@routes.get("/delete-all")
def delete_all() -> Answer:
    """Ask before everything in the list is deleted."""
    scope = Scope.of_request()
    shown = listing(scope)
    others = tuple(name for name in sink().inboxes if name != scope.inbox)
    return page("delete_all.html", scope, section="inbox", listing=shown, others=others)


@routes.post("/preferences")
def preferences() -> Answer:
    """Keep the theme in a cookie: the server writes it into the page, so that nothing flashes."""
    chosen = request.form.get("theme", "auto")
    response: Response = redirect(local_path(request.form.get("back", "/")), 303)
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=_YEAR, samesite="Lax", httponly=True)
    return response


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
    if scope.error is not None:
        return []
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        found = scope.box.list(scope.query, limit=500, before=cursor)
        ids += (summary.id for summary in found.summaries)
        cursor = found.next
    return ids


def _below(scope: Scope, message_id: str) -> str:
    """The id of the message that takes the place of this one when it is gone, ``""`` when none does."""
    ids = listing(scope).ids
    if message_id not in ids:
        return ""
    index = ids.index(message_id)
    rest = ids[index + 1 :] or ids[:index][-1:]
    return rest[0] if rest else ""
