"""What a view may ask of the app it runs in: the sink, undoing, seats and news for answers that take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, request

from mailsink.errors import StoreError

from .guests import client_of

if TYPE_CHECKING:
    from mailsink.lookout import Lookout
    from mailsink.sink import Sink
    from mailsink.webhooks import Webhooks

    from .encodings import Encodings
    from .hooks import Hooks
    from .judgements import Judgements
    from .seats import Seats
    from .undo import Undo

__all__ = [
    "client",
    "encodings",
    "has_tls",
    "hooks",
    "judgements",
    "lookout",
    "seats",
    "sink",
    "undoing",
    "why_not_ready",
]


def sink() -> Sink:
    """The sink that this app shows."""
    return cast("Sink", current_app.extensions["mailsink"])


def client() -> str:
    """Whose seats the request at hand takes."""
    return client_of(request.remote_addr or "")


def hooks() -> Webhooks:
    """The webhooks."""
    return cast("Hooks", current_app.extensions["mailsink_hooks"]).get()


def judgements() -> Judgements:
    """What became of each session."""
    return cast("Judgements", current_app.extensions["mailsink_judgements"])


def seats() -> Seats:
    """The seats for streams and long polls."""
    return cast("Seats", current_app.extensions["mailsink_seats"])


def undoing() -> Undo:
    """What was deleted by a page a moment ago."""
    return cast("Undo", current_app.extensions["mailsink_undo"])


def lookout() -> Lookout:
    """What tells the long polls of messages."""
    return cast("Lookout", current_app.extensions["mailsink_lookout"])


def encodings() -> Encodings:
    """The JSON of messages that many wait for."""
    return cast("Encodings", current_app.extensions["mailsink_encodings"])


def has_tls() -> bool:
    """Whether the sink's certificates are shown to anybody: by a listener, or by this web server."""
    listens = any(listener.tls != "none" for listener in sink().listeners)
    return listens or bool(current_app.config["SHARES_CERTIFICATES"])


def why_not_ready() -> str:
    """Why mail cannot be taken now, as a sentence; ``""`` where it can."""
    try:
        sink().store.latest()
    except StoreError as error:
        return f"The store cannot be read: {error}."
    return "" if sink().listeners else "There is no listener; mail can be sent nowhere."
