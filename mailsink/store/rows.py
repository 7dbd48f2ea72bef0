"""Rows of the tables `messages` and `contents` as messages and summaries.

Knows which columns make one; runs no SQL.
"""

from __future__ import annotations

from typing import Any

from ..message import Message, Summary
from .codec import decode_envelope, decode_summary, decode_tags, decode_text, decode_time, decode_wire

__all__ = ["LISTED", "WHOLE", "message_of", "summary_of"]

LISTED = "id, name, received_at, size, read, starred, tags, session_id, envelope, summary"
WHOLE = "id, name, received_at, content, read, starred, tags, session_id, envelope, wire"


def message_of(row: tuple[Any, ...]) -> Message:
    """The message in the columns `WHOLE`."""
    message_id, inbox, received_at, content, read, starred, tags, session_id, envelope, wire = row
    return Message(
        id=message_id,
        inbox=decode_text(inbox),
        envelope=decode_envelope(envelope),
        content=content,
        received_at=decode_time(received_at),
        session_id=session_id,
        read=bool(read),
        starred=bool(starred),
        tags=decode_tags(tags),
        **decode_wire(wire),
    )


def summary_of(row: tuple[Any, ...]) -> Summary:
    """The summary in the columns `LISTED`."""
    message_id, inbox, received_at, size, read, starred, tags, session_id, envelope, summary = row
    return Summary(
        id=message_id,
        inbox=decode_text(inbox),
        envelope=decode_envelope(envelope),
        received_at=decode_time(received_at),
        size=size,
        read=bool(read),
        starred=bool(starred),
        tags=decode_tags(tags),
        session_id=session_id,
        **decode_summary(summary),
    )
