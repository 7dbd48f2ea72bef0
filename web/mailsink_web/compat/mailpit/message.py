"""Mailpit's operations on one message: read it, its header, its octets, its parts."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request

from mailsink.mime import Part

from ...api.content import untrusted, untrusted_part
from ..peer import PeerError, json
from . import values
from .shared import find, peer
from .thumbnails import thumbnail

__all__: list[str] = []


@peer.route("GET", "/api/v1/message/<id>")
def get_message(id: str) -> Response:  # noqa: A002 - the address names it so
    return json(values.message(find(id)))


@peer.route("GET", "/api/v1/message/<id>/headers")
def get_headers(id: str) -> Response:  # noqa: A002
    return json(values.headers(find(id)))


@peer.route("GET", "/api/v1/message/<id>/raw")
def get_raw(id: str) -> Response:  # noqa: A002
    message = find(id)
    response = untrusted(message.content, "text/plain; charset=utf-8")
    if request.args.get("dl") == "1":
        response.headers["Content-Disposition"] = f'attachment; filename="{message.id}.eml"'
    return response


@peer.route("GET", "/api/v1/message/<id>/part/<number>")
def get_part(id: str, number: str) -> Response:  # noqa: A002
    part = _part(id, number)
    response = untrusted_part(part)
    name = quote(part.filename or part.content_id, safe="$&+,/:;=@")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@peer.route("GET", "/api/v1/message/<id>/part/<number>/thumb")
def get_thumbnail(id: str, number: str) -> Response:  # noqa: A002
    part = values.part_of(find(id), number)
    if part is None:
        raise PeerError(400, "attachment not found")
    octets = part.content() if part.content_type.startswith("image/") else b""
    return untrusted(thumbnail(octets), "image/jpeg")


def _part(message_id: str, number: str) -> Part:
    part = values.part_of(find(message_id), number)
    if part is None:
        raise PeerError(404, "404 page not found")
    return part
