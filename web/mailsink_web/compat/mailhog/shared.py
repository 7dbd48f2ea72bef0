"""The peer itself, and how it refuses."""

from __future__ import annotations

from flask import Response

from ..peer import Emulation, json

__all__ = ["MEDIA", "peer"]

# MailHog's own word for JSON, in most of its answers.
MEDIA = "text/json"


def _refuse(status: int, sentence: str) -> Response:
    # MailHog says nothing; its clients read whatever comes as JSON.
    return json({"error": sentence}, status=status, media=MEDIA)


peer = Emulation("mailhog", _refuse)
