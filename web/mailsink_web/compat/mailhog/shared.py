"""The peer itself, and the message that an address names."""

from __future__ import annotations

from flask import Response

from mailsink.message import Message

from ..peer import Peer, PeerError, inbox, json

__all__ = ["MEDIA", "find", "peer"]

# MailHog's own word for JSON, in most of its answers.
MEDIA = "text/json"


def _refuse(status: int, sentence: str) -> Response:
    # MailHog says nothing; its clients read whatever comes as JSON.
    return json({"error": sentence}, status=status, media=MEDIA)


peer = Peer("mailhog", _refuse)


def find(message_id: str) -> Message:
    """The message of that id. Raises PeerError (404)."""
    found = inbox().get(message_id) if message_id != "latest" else None
    if found is None:
        raise PeerError(404, f"There is no message with the id {message_id[:80]}.")
    return found
