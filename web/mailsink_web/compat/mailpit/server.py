"""What Mailpit says of itself: what runs, how it is set up, that it lives."""

from __future__ import annotations

import os
import time

import msgspec
from flask import Response, current_app

import mailsink
from mailsink.mime import clean

from ...context import sink, why_not_ready
from ..peer import PeerError, inbox, text
from .shared import peer
from .tags import tags_of

__all__ = ["InfoJSON", "RelayJSON", "RuntimeJSON", "WebUiJSON"]


class RuntimeJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What happened since the start; what mailsink does not count is 0."""

    uptime: int = msgspec.field(name="Uptime")
    memory: int = msgspec.field(name="Memory")
    deleted: int = msgspec.field(name="MessagesDeleted", default=0)
    accepted: int = msgspec.field(name="SMTPAccepted", default=0)
    accepted_size: int = msgspec.field(name="SMTPAcceptedSize", default=0)
    rejected: int = msgspec.field(name="SMTPRejected", default=0)
    ignored: int = msgspec.field(name="SMTPIgnored", default=0)


class InfoJSON(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What runs."""

    version: str
    latest_version: str
    database: str
    database_size: int
    messages: int
    unread: int
    tags: dict[str, int]
    runtime_stats: RuntimeJSON


class RelayJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Where released messages go to: nowhere."""

    enabled: bool = msgspec.field(name="Enabled", default=False)
    server: str = msgspec.field(name="SMTPServer", default="")
    return_path: str = msgspec.field(name="ReturnPath", default="")
    allowed: str = msgspec.field(name="AllowedRecipients", default="")
    blocked: str = msgspec.field(name="BlockedRecipients", default="")
    override_from: str = msgspec.field(name="OverrideFrom", default="")
    preserve_ids: bool = msgspec.field(name="PreserveMessageIDs", default=False)
    allowlist: str = msgspec.field(name="RecipientAllowlist", default="")


class WebUiJSON(msgspec.Struct, frozen=True, kw_only=True):
    """How Mailpit's page would be set up."""

    label: str = msgspec.field(name="Label", default="")
    relay: RelayJSON = msgspec.field(name="MessageRelay", default_factory=RelayJSON)
    spam_assassin: bool = msgspec.field(name="SpamAssassin", default=False)
    chaos: bool = msgspec.field(name="ChaosEnabled", default=True)
    duplicates: bool = msgspec.field(name="DuplicatesIgnored", default=False)
    hide_delete_all: bool = msgspec.field(name="HideDeleteAllButton", default=False)


@peer.route("GET", "/api/v1/info")
def info() -> InfoJSON:
    counts = inbox().counts()
    store = sink().store.description
    started = current_app.extensions["mailsink_started"]
    return InfoJSON(
        version=f"mailsink {mailsink.__version__}",
        # Mailpit asks who publishes it; this is its word for not asking.
        latest_version="disabled",
        database=clean(store),
        database_size=_size(store),
        messages=counts.total,
        unread=counts.unread,
        tags=tags_of(inbox()),
        runtime_stats=RuntimeJSON(uptime=int(time.monotonic() - started), memory=_memory()),
    )


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116 - a description, which is a path only sometimes
    except OSError:
        return 0


def _memory() -> int:
    """Octets that the process took at the most; 0 where that cannot be told."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    kibibytes: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kibibytes * 1024


@peer.route("GET", "/api/v1/webui")
def webui() -> WebUiJSON:
    return WebUiJSON()


@peer.route("GET", "/livez")
def live() -> Response:
    return text("")


@peer.route("GET", "/readyz")
def ready() -> Response:
    if obstacle := why_not_ready():
        raise PeerError(503, obstacle)
    return text("")
