"""What a page deleted, kept for a moment so that it can be put back.

A deletion is done at once, for everybody; undoing it adds the same messages again, and they take their old
places, since a store orders by id. Knows no HTTP.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailsink.capturing import adding

if TYPE_CHECKING:
    from mailsink.message import Message
    from mailsink.store import Store

__all__ = ["LIFETIME", "MOST_OCTETS", "Gone", "Undo"]

# Seconds: the page offers the undoing for one minute, and a slow click must still find something.
LIFETIME = 75.0
# Octets of all that is kept, so that deleting never fills the memory.
MOST_OCTETS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """One deletion: its *messages*, their octets, and when it was done, by the monotonic clock."""

    messages: tuple[Message, ...]
    size: int
    at: float


class Undo:
    """The newest deletions, each under a token. Safe from any thread.

    What is older than `LIFETIME` is dropped whenever one is kept or asked for.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Gone] = OrderedDict()

    def keep(self, messages: Iterable[Message]) -> str:
        """Keep *messages*, and return the token; ``""`` when there are none, or they are too large.

        Older deletions make room. Reads no more of *messages* than can be kept.
        """
        held: list[Message] = []
        size = 0
        for message in messages:
            held.append(message)
            size += message.size
            if size > MOST_OCTETS:
                return ""
        if not held:
            return ""
        token = secrets.token_hex(8)
        with self._lock:
            self._kept[token] = Gone(messages=tuple(held), size=size, at=self._clock())
            self._drop()
        return token

    def offer(self, token: str) -> int:
        """How many messages that token puts back; 0 when it no longer does."""
        with self._lock:
            self._drop()
            gone = self._kept.get(token)
        return len(gone.messages) if gone else 0

    def restore(self, token: str, store: Store) -> int:
        """Put the messages of that deletion back into *store*, and return how many came back.

        0 when they are no longer kept. Those that are there already, as after a second click, are passed
        over. Raises StoreError when one cannot be kept; all of them can then be asked for again.
        """
        with self._lock:
            self._drop()
            gone = self._kept.get(token)
        if gone is None:
            return 0
        waiting = [adding(store, message) for message in gone.messages if store.get(message.id) is None]
        for added in waiting:
            error = added.result()
            if error is not None:
                raise error
        with self._lock:
            self._kept.pop(token, None)
        return len(waiting)

    def _drop(self) -> None:
        """Forget what is too old or too much, with the lock held."""
        oldest = self._clock() - LIFETIME
        size = sum(gone.size for gone in self._kept.values())
        while self._kept:
            first = next(iter(self._kept.values()))
            if first.at >= oldest and size <= MOST_OCTETS:
                return
            size -= first.size
            self._kept.popitem(last=False)
