"""Mailpit's operations on many messages: list, search, mark, delete."""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec
from flask import Response, request

from mailsink.query import Query

from ..listing import MOST, window
from ..peer import PeerError, inbox, text
from ..reading import body_octets, number, read_json
from . import values
from .search import query_of
from .shared import OK, peer
from .tags import tags_of
from .values import SummaryJSON

__all__ = ["IdsBody", "MessagesJSON", "ReadBody"]


# Fields of a form; each is an id, as a rule.
_FIELDS = 10_000


class MessagesJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list: *total* and *unread* count the whole inbox, *messages_count* what was asked for."""

    total: int
    unread: int
    count: int
    messages_count: int
    messages_unread: int
    start: int
    tags: list[str]
    messages: list[SummaryJSON]


class IdsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which messages; none means all."""

    ids: list[str] = []


class ReadBody(msgspec.Struct, frozen=True):
    """Which messages are to be read or unread; *ids* or *search*, or neither for all."""

    read: bool = False
    ids: list[str] = []
    search: str = ""


@peer.route("GET", "/api/v1/messages")
def list_messages() -> MessagesJSON:
    return _listed(query_of(""), is_search=False)


@peer.route("GET", "/api/v1/search")
def search() -> MessagesJSON:
    return _listed(_sought(request.args.get("query", "")), is_search=True)


def _sought(text: str) -> Query:
    """The search in *text*. Raises PeerError (400) where it asks for nothing: that would be all."""
    query = query_of(text)
    if query is None or not text.strip():
        raise PeerError(400, "Error: no search query")
    return query


def _listed(query: Query | None, *, is_search: bool) -> MessagesJSON:
    start, limit = number("start", 0), number("limit", 50)
    # Mailpit gives all of a list for a limit of 0, and nothing of a search.
    if not limit and not is_search:
        limit = MOST
    shown = [values.summary(message) for message in window(inbox(), query, start, limit)]
    everything = inbox().counts()
    matching = inbox().counts(query) if is_search else everything
    return MessagesJSON(
        total=everything.total,
        unread=everything.unread,
        count=len(shown),
        messages_count=matching.total,
        messages_unread=matching.unread,
        start=start,
        tags=list(tags_of(inbox())),
        messages=shown,
    )


@peer.route("PUT", "/api/v1/messages")
def set_read_status() -> Response:
    body = _read_body()
    if body.ids and body.search:
        raise PeerError(400, "You may specify either IDs or a search query, not both")
    if body.ids:
        inbox().mark(body.ids, read=body.read)
    elif body.search:
        inbox().mark(inbox().ids(_sought(body.search)), read=body.read)
    elif body.read:
        inbox().mark_all_read()
    else:
        inbox().mark(inbox().ids("is:read"), read=False)
    return text(OK, media="text/plain")


def _read_body() -> ReadBody:
    octets = body_octets()
    form = _form(octets)
    if form is None:
        return read_json(ReadBody, octets)
    read = form.get("read", ["false"])[-1].lower()
    if read not in ("true", "1", "false", "0"):
        raise PeerError(400, "Read must be true or false.")
    return ReadBody(read=read in ("true", "1"), ids=form["ids"], search=form.get("search", [""])[-1])


@peer.route("DELETE", "/api/v1/messages")
def delete_messages() -> Response:
    # Mailpit takes whatever it cannot read for "all of them", and at least one client sends it forms.
    octets = body_octets()
    form = _form(octets)
    if form is None:
        form = {"ids": read_json(IdsBody, octets).ids if octets.strip() else []}
    ids = form["ids"]
    if ids:
        inbox().delete(ids)
    else:
        inbox().clear()
    return text(OK, media="text/plain")


def _form(octets: bytes) -> dict[str, list[str]] | None:
    """The fields of a form by their names in lower case; ``None`` where the body is none.

    JSON is JSON, whatever it is called: curl calls it a form. Raises PeerError (400) for one without ids.
    """
    is_called_form = request.mimetype == "application/x-www-form-urlencoded"
    if not is_called_form or not octets.strip() or octets.lstrip()[:1] in b"{[":
        return None
    try:
        fields = parse_qs(octets.decode(), max_num_fields=_FIELDS)
    except ValueError:
        raise PeerError(400, f"The form cannot be read; it has at most {_FIELDS} fields.") from None
    found = {name.lower(): values for name, values in fields.items()}
    if not found.get("ids"):
        raise PeerError(400, "The form has no ids; send no body at all to mean every message.")
    return found


@peer.route("DELETE", "/api/v1/search")
def delete_search() -> Response:
    inbox().delete(inbox().ids(_sought(request.args.get("query", ""))))
    return text(OK, media="text/plain")
