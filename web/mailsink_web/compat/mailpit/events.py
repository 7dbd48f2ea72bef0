"""Mailpit's WebSocket: what its page is told, and whoever else listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Response

import mailsink
from mailsink.conditions import caseless
from mailsink.mime import clean

from ..following import captured
from ..peer import inbox
from . import values
from .shared import peer

if TYPE_CHECKING:
    from mailsink.events import Event
    from mailsink.inbox import Inbox

__all__ = ["texts"]

# Deletions that are told one by one; beyond them Mailpit says that the list must be read again.
_SOME = 200


@peer.route("GET", "/api/events")
def follow() -> Response:
    # wsproto is loaded for those alone who ask for this.
    from ..websocket import websocket

    shown = inbox()
    return websocket(lambda event: texts(shown, event), greeting=[_stats(shown)])


def texts(of: Inbox, event: Event) -> list[bytes]:
    """What Mailpit says of *event*, as JSON."""
    said: list[bytes] = []
    if event.kind == "captured":
        said += [_text("new", values.summary(message)) for message in captured(of, event)]
    elif event.kind == "changed":
        said += _changes(of, event) if len(event.ids) <= _SOME else [_text("prune", None)]
    elif not event.ids:
        # Of one inbox among those that are shown: the list must be read again.
        said.append(_text("prune" if of.name is None and event.inbox else "truncate", None))
    elif len(event.ids) <= _SOME:
        said += [_text("delete", {"ID": each}) for each in event.ids]
    else:
        said.append(_text("prune", None))
    return [*said, _stats(of)]


def _changes(of: Inbox, event: Event) -> list[bytes]:
    found = [message for message in map(of.get, event.ids) if message is not None]
    return [
        _text(
            "update",
            {"ID": message.id, "Read": message.read, "Tags": sorted(map(clean, message.tags), key=caseless)},
        )
        for message in found
    ]


def _stats(of: Inbox) -> bytes:
    counts = of.counts()
    version = f"mailsink {mailsink.__version__}"
    return _text("stats", {"Total": counts.total, "Unread": counts.unread, "Version": version})


def _text(kind: str, data: object) -> bytes:
    return msgspec.json.encode({"Type": kind, "Data": data})
