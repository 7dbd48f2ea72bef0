"""The peer itself, and the message that an address names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from mailsink.message import Message

from ..peer import Emulation, json, message_of

__all__ = ["find", "peer", "route"]


def _refuse(status: int, sentence: str) -> Response:
    return json({"error": sentence}, status=status)


peer = Emulation("maildev", _refuse)


def route(method: str, *rules: str) -> Callable[[Any], Any]:
    """Let the decorated function answer at each of *rules*, and below ``/api``, where version 3 has them."""
    return peer.route(method, *rules, *(f"/api{rule}" for rule in rules))


def find(message_id: str) -> Message:
    """The message of that id. Raises PeerError (404)."""
    return message_of(message_id, missing="Email was not found")
