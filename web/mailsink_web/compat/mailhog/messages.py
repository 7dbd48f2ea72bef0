"""MailHog's operations on messages: list, search, read, save, delete; versions 1 and 2."""

from __future__ import annotations

import msgspec
from flask import Response, request

from mailsink.message import Message
from mailsink.mime import Part

from ...api.content import disposition, eml, untrusted, untrusted_part
from ..listing import window
from ..peer import PeerError, inbox, json, message_of, text
from ..reading import number
from . import values
from .search import found, kind_of
from .shared import MEDIA, peer
from .values import MessageJSON

__all__ = ["MessagesJSON"]

_LIMIT, _MOST = 50, 250
# Messages that version 1 lists.
_MOST_ONCE = 1000


class MessagesJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list."""

    total: int
    count: int
    start: int
    items: list[MessageJSON]


def _listed(total: int, start: int, messages: list[Message]) -> MessagesJSON:
    items = [values.message(message) for message in messages]
    return MessagesJSON(total=total, count=len(items), start=start, items=items)


def _window() -> tuple[int, int]:
    return number("start", 0), number("limit", _LIMIT, least=1, most=_MOST)


@peer.route("GET", "/api/v2/messages")
def list_messages() -> Response:
    start, limit = _window()
    shown = list(window(inbox(), None, start, limit))
    return json(_listed(inbox().counts().total, start, shown), media=MEDIA)


@peer.route("GET", "/api/v2/search")
def search() -> MessagesJSON:
    start, limit = _window()
    total, shown = found(kind_of(request.args.get("kind", "")), request.args.get("query", ""), start, limit)
    return _listed(total, start, shown)


@peer.route("GET", "/api/v1/messages")
def list_all() -> Response:
    return json([values.message(each) for each in window(inbox(), None, 0, _MOST_ONCE)], media=MEDIA)


@peer.route("DELETE", "/api/v1/messages")
def delete_all() -> Response:
    inbox().clear()
    return text("", media=MEDIA)


@peer.route("GET", "/api/v1/messages/<id>")
def get_message(id: str) -> Response:  # noqa: A002 - the address names it so
    try:
        return json(values.message(message_of(id)), media=MEDIA)
    except PeerError as error:
        # A client knows by this null, which comes with a 200 there, that there is no such message.
        return json(None, status=error.status, media=MEDIA)


@peer.route("DELETE", "/api/v1/messages/<id>")
def delete_message(id: str) -> Response:  # noqa: A002
    inbox().delete([message_of(id).id])
    return text("", media=MEDIA)


@peer.route("GET", "/api/v1/messages/<id>/download")
def download(id: str) -> Response:  # noqa: A002
    return eml(message_of(id))


@peer.route("GET", "/api/v1/messages/<id>/mime/part/<index>/download")
def download_part(id: str, index: str) -> Response:  # noqa: A002
    message = message_of(id)
    part = _part(message, index)
    # What holds parts has no content of its own; its octets lie there as they are.
    response = untrusted(part.raw(), part.content_type) if part.children else untrusted_part(part)
    response.headers["Content-Disposition"] = disposition(part.filename or f"{message.id}-part-{index}")
    return response


def _part(message: Message, index: str) -> Part:
    parts = message.parsed.root.children
    if not index.isascii() or not index.isdigit() or len(index) > 9 or int(index) >= len(parts):
        raise PeerError(404, f"The message {message.id} has no part {index[:80]}.")
    return parts[int(index)]


@peer.route("POST", "/api/v1/messages/<id>/release")
def release(id: str) -> Response:  # noqa: A002
    message_of(id)
    raise PeerError(400, "Nothing leaves this machine: mailsink releases no message.")


@peer.route("GET", "/api/v2/outgoing-smtp")
def outgoing() -> dict[str, str]:
    return {}
