"""What a webhook is sent of a message: ours, the message as the API gives it; or Mailpit's summary."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import msgspec

from . import present
from .values import MessageJSON

if TYPE_CHECKING:
    from mailsink.message import Message
    from mailsink.webhooks import Webhook

__all__ = ["Told", "payload"]

# Octets. Receivers refuse much more, and every delivery keeps its own until it is over.
MOST = 1024 * 1024


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook in the format mailsink is sent.

    *truncated* says that the message was too large to be told: then its text, html, headers, parts, links and
    codes are empty, and the API has them.
    """

    type: Literal["message.captured", "webhook.test"]
    timestamp: dt.datetime
    data: MessageJSON
    truncated: bool = False


def payload(
    hook: Webhook,
    message: Message,
    *,
    kind: Literal["message.captured", "webhook.test"] = "message.captured",
) -> bytes:
    """The body that tells *hook* of *message*."""
    if hook.format == "mailpit":
        from .compat.mailpit.values import summary

        return msgspec.json.encode(summary(message))
    told = Told(type=kind, timestamp=dt.datetime.now(dt.UTC), data=present.message(message))
    octets = msgspec.json.encode(told)
    if len(octets) <= MOST:
        return octets
    short = msgspec.structs.replace(told.data, text="", html="", headers=(), parts=(), links=(), codes=())
    return msgspec.json.encode(msgspec.structs.replace(told, data=short, truncated=True))
