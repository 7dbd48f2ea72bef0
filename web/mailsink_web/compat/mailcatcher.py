"""MailCatcher's HTTP API.

An id is mailsink's, where MailCatcher counts; clients put it into an address, whatever it is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response, request

from mailsink.message import Message
from mailsink.mime import Part, clean

from .. import quarantine
from ..api.content import disposition, eml, untrusted, untrusted_part
from .following import captured
from .listing import MOST, window
from .peer import Emulation, PeerError, inbox, message_of, place, text

__all__ = ["peer", "summary"]

peer = Emulation("mailcatcher", lambda status, sentence: text(sentence, status=status))


def summary(of: Message) -> dict[str, Any]:
    """What the list shows of *of*: sender and recipients are the envelope's, in angle brackets."""
    return {
        "id": of.id,
        "sender": f"<{clean(of.envelope.reverse_path)}>",
        "recipients": [f"<{clean(path)}>" for path in of.envelope.forward_paths],
        "subject": of.subject,
        "size": str(of.size),
        "created_at": of.received_at.isoformat(timespec="seconds"),
    }


@peer.route("GET", "/messages")
def list_messages() -> list[dict[str, Any]] | Response:
    """The list; or, for whoever asks for a WebSocket, each new message as in the list."""
    if "Upgrade" in request.headers:
        # wsproto is loaded for those alone who ask for this.
        from .websocket import websocket

        shown = inbox()
        return websocket(
            lambda event: [msgspec.json.encode(summary(each)) for each in captured(shown, event)]
        )
    # Of more than the bound the newest; oldest first.
    return [summary(message) for message in window(inbox(), None, 0, MOST)][::-1]


@peer.route("DELETE", "/messages")
def delete_messages() -> Response:
    inbox().clear()
    return Response(status=204)


@peer.route("DELETE", "/messages/<id>")
def delete_message(id: str) -> Response:  # noqa: A002 - the address names it so
    inbox().delete([message_of(id).id])
    return Response(status=204)


@peer.route("DELETE", "/")
def quit_server() -> Response:
    raise PeerError(403, "mailsink is not ended over HTTP.")


@peer.route("GET", "/messages/<id>.json")
def get_message(id: str) -> dict[str, Any]:  # noqa: A002
    message = message_of(id)
    bodies = {"html": message.html, "plain": message.text}
    return summary(message) | {
        "type": message.parsed.root.content_type,
        "source": message.content.decode("utf-8", "replace"),
        "formats": ["source", *(name for name, body in bodies.items() if body)],
        "attachments": [_attachment(message, part) for part in message.attachments],
    }


def _attachment(message: Message, part: Part) -> dict[str, Any]:
    cid = _cid(part)
    return {
        "cid": cid,
        "type": part.content_type,
        "filename": part.filename,
        "size": part.size,
        "href": f"{place().base}/messages/{message.id}/parts/{quote(cid, safe='')}",
    }


def _cid(part: Part) -> str:
    """The part's Content-ID, or its number where it has none."""
    return part.content_id or part.number


@peer.route("GET", "/messages/<id>.html")
def get_html(id: str) -> Response:  # noqa: A002
    message = message_of(id)
    if not message.html:
        raise PeerError(404, f"The message {message.id} has no HTML body.")
    return quarantine.html_response(message, new_tab=False)


@peer.route("GET", "/messages/<id>.plain")
def get_plain(id: str) -> Response:  # noqa: A002
    message = message_of(id)
    if not message.text:
        raise PeerError(404, f"The message {message.id} has no text body.")
    return untrusted(message.text.encode(), "text/plain; charset=utf-8")


@peer.route("GET", "/messages/<id>.source")
def get_source(id: str) -> Response:  # noqa: A002
    return untrusted(message_of(id).content, "text/plain; charset=utf-8")


@peer.route("GET", "/messages/<id>.eml")
def get_eml(id: str) -> Response:  # noqa: A002
    return eml(message_of(id))


@peer.route("GET", "/messages/<id>/parts/<cid>")
def get_part(id: str, cid: str) -> Response:  # noqa: A002
    message = message_of(id)
    part = next((part for part in message.parsed.parts if _cid(part) == cid), None)
    if part is None:
        raise PeerError(404, f"The message {message.id} has no part {cid[:80]}.")
    response = untrusted_part(part)
    if part.is_attachment:
        response.headers["Content-Disposition"] = disposition(part.filename or _cid(part))
    return response
