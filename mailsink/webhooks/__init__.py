"""Webhooks: each captured message that a hook wants is told to an address that the operator named.

Nothing is dropped: a delivery waits in the store's outbox, and is tried again while it fails.
"""

from __future__ import annotations

from .hook import PostAttempt, Webhook
from .webhooks import Render, Webhooks

__all__ = ["PostAttempt", "Render", "Webhook", "Webhooks"]
