"""How much a store keeps: limits as values.

Knows no messages. What goes beyond a limit is deleted by the store, the oldest first, starred or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["IN_MEMORY", "MICROSECONDS", "Excess", "Limits", "Retention"]

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """At most so many messages, octets of content, and seconds since they came; 0 is no limit.

    The newest message stays, whatever its size.
    """

    max_messages: int = 0
    max_bytes: int = 0
    max_age: float = 0.0

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return bool(self.max_messages or self.max_bytes or self.max_age)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of all messages together, and of one inbox.

    *each* holds for every inbox alone; *inboxes* has those that have limits of their own instead.
    """

    all: Limits = Limits()
    each: Limits = Limits()
    inboxes: Mapping[str, Limits] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.all or self.each or any(self.inboxes.values()))

    def of(self, inbox: str) -> Limits:
        """The limits of one inbox."""
        return self.inboxes.get(inbox, self.each)


IN_MEMORY = Retention(all=Limits(max_messages=10_000, max_bytes=1024**3))
"""What a store in memory keeps when nothing else is said."""


@dataclass(slots=True)
class Excess:
    """How much must go of some messages, of which there are *messages* with *octets*.

    *now* and *received_at* are microseconds since 1970. Ask about one message after the other, oldest first.
    """

    limits: Limits
    now: int
    messages: int
    octets: int

    def takes(self, size: int, received_at: int) -> bool:
        """Whether a message must go; from the first one that must not, all stay."""
        limits = self.limits
        is_old = limits.max_age and received_at < self.now - limits.max_age * MICROSECONDS
        is_more = limits.max_messages and self.messages > limits.max_messages
        is_big = limits.max_bytes and self.octets > limits.max_bytes and self.messages > 1
        if not (is_old or is_more or is_big):
            return False
        self.messages -= 1
        self.octets -= size
        return True
