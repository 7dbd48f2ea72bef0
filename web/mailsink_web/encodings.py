"""Messages in JSON for many who are answered at once: what all of them are told is made once.

Knows no HTTP. A message is told from others by being the same object: `mailsink.lookout` sees to that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from . import present
from .addresses import at

if TYPE_CHECKING:
    from mailsink.message import Message

__all__ = ["KEPT", "MOST_SIZE", "Encodings"]

# Who waits for the same mail is answered within a moment: no more than these are asked for in it.
KEPT = 8
# Octets. Larger messages are encoded for each who asks, rather than kept in memory for nobody.
MOST_SIZE = 512 * 1024


class Encodings:
    """The JSON of the newest few messages that were asked for. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[int, str], _Entry] = OrderedDict()

    def of(self, message: Message) -> msgspec.Raw:
        """*message* in full, as `present.message` has it."""
        if message.size > MOST_SIZE:
            return _encoded(message)
        key = id(message), at("")
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Entry(message)
                if len(self._entries) > KEPT:
                    self._entries.popitem(last=False)
        return entry.encoded()


class _Entry:
    """One message, encoded by the first who asks while the others wait for it."""

    def __init__(self, message: Message) -> None:
        # Held, because its identity is another's as soon as it is gone.
        self._message = message
        self._lock = threading.Lock()
        self._encoded: msgspec.Raw | None = None

    def encoded(self) -> msgspec.Raw:
        with self._lock:
            if self._encoded is None:
                self._encoded = _encoded(self._message)
            return self._encoded


def _encoded(message: Message) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(present.message(message)))
