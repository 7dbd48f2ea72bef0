"""The sessions of a sink, open and ended, as one list.

Knows the store and who can tell of open sessions; nothing of sockets.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from .message import Message
from .model import Session
from .store import Store

__all__ = ["OpenSessions", "Sessions"]

_LOOKS = 3


class OpenSessions(Protocol):
    """Who knows the sessions that are not over."""

    def sessions(self) -> tuple[Session, ...]: ...
    def session(self, session_id: str) -> Session | None: ...
    def began_at(self, session_id: str) -> dt.datetime | None: ...


class Sessions:
    """Every connection that a client made: captured, refused, broken. Bounded; safe from any thread."""

    def __init__(self, store: Store, source: OpenSessions) -> None:
        self._store = store
        self._source = source

    def get(self, session_id: str) -> Session | None:
        """The session with that id, a snapshot while it is open, or ``None``."""
        return self._source.session(session_id) or self._store.session(session_id)

    def list(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        """Up to *limit* sessions, newest first, older than the id *before*."""
        found = {s.id: s for s in self._source.sessions() if not before or s.id < before}
        found.update((s.id, s) for s in self._store.sessions(limit=limit, before=before))
        return tuple(sorted(found.values(), key=lambda s: s.id, reverse=True)[:limit])

    def ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        """The ids of what `list` would return; of a file, no session is read for them."""
        found = {s.id for s in self._source.sessions() if not before or s.id < before}
        found.update(self._store.session_ids(limit=limit, before=before))
        return tuple(sorted(found, reverse=True)[:limit])

    def began_at(self, message: Message) -> dt.datetime:
        """When *message*'s transaction began, that is when MAIL came, aware, UTC.

        Where its session is not kept any more, when the message was complete.
        """
        # A transaction is open, then for a moment nowhere, then over.
        for _ in range(_LOOKS):
            began = self._source.began_at(message.session_id)
            session = self.get(message.session_id)
            for transaction in () if session is None else session.transactions:
                if transaction.message_id == message.id:
                    return transaction.started_at
            if began is not None and began <= message.received_at:
                return began
        return message.received_at

    def __len__(self) -> int:
        return len(self.list(limit=10_000))
