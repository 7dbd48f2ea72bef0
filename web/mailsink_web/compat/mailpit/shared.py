"""The peer itself, and what its operations have in common: the message that an address names."""

from __future__ import annotations

from flask import Response, request

from mailsink.message import Message

from ..listing import newest
from ..peer import Emulation, PeerError, inbox, text
from .search import query_of

__all__ = ["OK", "find", "peer"]

OK = "ok"


def _refuse(status: int, sentence: str) -> Response:
    return text(sentence, status=status, media="text/plain")


peer = Emulation("mailpit", _refuse)


def find(message_id: str) -> Message:
    """The message of that id; ``latest`` is the newest, or the newest that ``?query=`` finds.

    Raises PeerError (404).
    """
    if message_id == "latest":
        message = newest(inbox(), query_of(request.args.get("query", "")))
        if message is None:
            raise PeerError(404, "Message not found")
        return message
    found = inbox().get(message_id)
    if found is None:
        raise PeerError(404, "404 page not found")
    return found
