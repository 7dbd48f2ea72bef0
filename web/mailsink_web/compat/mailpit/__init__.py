"""Mailpit's HTTP API, version 1, and its addresses for looking at a message."""

from __future__ import annotations

# Each of these adds its operations to the peer.
from . import chaos, checks, events, message, messages, send, server, tags, view
from .shared import peer

__all__ = ["chaos", "checks", "events", "message", "messages", "peer", "send", "server", "tags", "view"]
