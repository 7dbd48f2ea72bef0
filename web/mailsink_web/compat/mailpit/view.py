"""Mailpit's addresses for looking at messages: one's HTML, its text, its page, and the page of a search."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, redirect, request

from mailsink.message import Message

from ... import quarantine
from ...addresses import at
from ...api.content import untrusted
from ..listing import newest
from ..peer import PeerError, inbox
from .search import query_of
from .shared import find, peer
from .values import body_of

__all__: list[str] = []


@peer.route("GET", "/view/latest")
def redirect_to_latest() -> Response:
    message = newest(inbox(), query_of(request.args.get("query", "")))
    return _page(f"messages/{message.id}" if message else "")


@peer.route("GET", "/view/<id>")
def redirect_to_message(id: str) -> Response:  # noqa: A002 - the address names it so
    return _page(f"messages/{quote(id, safe='')}")


@peer.route("GET", "/search")
def redirect_to_search() -> Response:
    words = {"inbox": inbox().name or "", "q": request.args.get("q", "")}
    return Response(status=302, headers={"Location": at("/", words)})


def _page(path: str) -> Response:
    # Where Mailpit has its own page there is ours.
    response = redirect(f"{request.script_root}/{path}", 302)
    assert isinstance(response, Response)
    return response


@peer.route("GET", "/view/<id>.html")
def view_html(id: str) -> Response:  # noqa: A002
    message = _find(id)
    if not message.html:
        raise PeerError(404, "This message does not contain a HTML part")
    html = body_of(message, "text/html")
    return quarantine.html_response(message, html=html, new_tab=request.args.get("embed") == "1")


@peer.route("GET", "/view/<id>.txt")
def view_text(id: str) -> Response:  # noqa: A002
    octets = body_of(_find(id), "text/plain").encode()
    return untrusted(octets, "text/plain; charset=utf-8")


def _find(message_id: str) -> Message:
    try:
        return find(message_id)
    except PeerError:
        raise PeerError(404, "Message not found") from None
