"""The webhooks of an app. They are loaded when there are any, or when somebody asks for them."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailsink.store import Store
    from mailsink.webhooks import Webhook, Webhooks

__all__ = ["Hooks"]


class Hooks:
    """The webhooks over *store*; *given* and *hosts* are those of `mailsink.webhooks.Webhooks`."""

    def __init__(self, store: Store, *, given: Collection[Webhook] = (), hosts: Collection[str] = ()) -> None:
        self._store = store
        self._given = tuple(given)
        self._hosts = tuple(hosts)
        self._lock = threading.Lock()
        self._webhooks: Webhooks | None = None
        if self._given or store.has_hooks:
            self.get()

    def get(self) -> Webhooks:
        """The webhooks, which tell what comes from now on."""
        with self._lock:
            if self._webhooks is None:
                from mailsink.webhooks import Webhooks

                from .payload import payload

                self._webhooks = Webhooks(self._store, payload, given=self._given, hosts=self._hosts)
            return self._webhooks

    def close(self) -> None:
        """Tell nothing any more. A second call does nothing."""
        with self._lock:
            if self._webhooks is not None:
                self._webhooks.close()
