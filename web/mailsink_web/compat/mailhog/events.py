"""MailHog's streams of new messages: server-sent events in version 1, a WebSocket in version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Response

from ..following import Encode, captured, event_stream
from ..peer import inbox
from . import values
from .shared import peer

if TYPE_CHECKING:
    from mailsink.events import Event

__all__: list[str] = []


def _encode() -> Encode:
    shown = inbox()

    def encode(event: Event) -> list[bytes]:
        return [msgspec.json.encode(values.message(message)) for message in captured(shown, event)]

    return encode


@peer.route("GET", "/api/v1/events")
def stream() -> Response:
    return event_stream(_encode())


@peer.route("GET", "/api/v2/websocket")
def follow() -> Response:
    # wsproto is loaded for those alone who ask for this.
    from ..websocket import websocket

    return websocket(_encode())
