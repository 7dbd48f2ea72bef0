"""MailHog's HTTP API, versions 1 and 2."""

from __future__ import annotations

# Each of these adds its operations to the peer.
from . import events, jim, messages
from .shared import peer

__all__ = ["events", "jim", "messages", "peer"]
