"""What a run caught, whatever its command deletes meanwhile: many a test clears the inbox before the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inbox import Inbox
from ..store import Store, open_store

if TYPE_CHECKING:
    from ..errors import StoreError
    from ..message import Message
    from ..store.contract import Done

__all__ = ["Caught"]


class Caught:
    """Keeps, from now on, a copy of every message that *store* keeps.

    Of many the newest, as memory does: 10,000 messages or 1 GiB. *number* counts them all.
    """

    def __init__(self, store: Store) -> None:
        self.number = 0
        self._copies = open_store("memory")
        self._add = store.add
        store.add = self._add_both  # type: ignore[method-assign]

    def over(self, inbox: Inbox) -> Inbox:
        """*inbox*, with what was caught for its messages."""
        return inbox.over(self._copies)

    def _add_both(self, message: Message, done: Done) -> None:
        def added(error: StoreError | None) -> None:
            # Before the client hears of it: once it has its 250, it may delete the message.
            if error is None:
                self.number += 1
                self._copies.add(message, _ignore)
            done(error)

        self._add(message, added)


def _ignore(error: StoreError | None) -> None:
    """A copy that memory cannot keep takes nothing from what the store kept."""
