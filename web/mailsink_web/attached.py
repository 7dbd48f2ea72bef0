"""The messages that a message carries as attachments, each read as a message of its own.

A path of part numbers leads to one: ``"2"`` is the second part, ``"2/1"`` the first part of that message.
"""

from __future__ import annotations

from dataclasses import replace

from mailsink.message import Message
from mailsink.model import Envelope

__all__ = ["MAX_DEPTH", "TYPES", "attached_message"]

# RFC 2046 §5.2.1, RFC 6532 §3.7.
TYPES = frozenset({"message/rfc822", "message/global"})

# Messages within messages that are opened; a hostile mail nests thousands.
MAX_DEPTH = 8

_NONE = Envelope(reverse_path="", recipients=())


def attached_message(message: Message, path: str) -> Message | None:
    """The message at *path* within *message*, ``None`` where none is attached; ``""`` leads to itself.

    It has the id and the state of the message around it, and neither envelope nor session: nobody sent it.
    """
    if not path:
        return message
    numbers = path.split("/")
    if len(numbers) > MAX_DEPTH:
        return None
    for number in numbers:
        part = message.parsed.part(number)
        if part is None or part.is_multipart or part.content_type not in TYPES:
            return None
        message = replace(
            message, content=part.content(), envelope=_NONE, session_id="", notes=(), faults=(), auth=None
        )
    return message
