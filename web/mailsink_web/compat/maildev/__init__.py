"""MailDev's HTTP API: version 2 without a prefix, version 3 below ``/api``."""

from __future__ import annotations

# Each of these adds its operations to the peer.
from . import emails, listing, server
from .shared import peer

__all__ = ["emails", "listing", "peer", "server"]
