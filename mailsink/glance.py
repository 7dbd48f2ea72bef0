"""What a message must hold to match a query, told at a glance.

Where many wait, each message matches the queries of few. Its texts are read once for all of them, and most
queries need not be asked. Knows conditions and queries; nothing of waits.
"""

from __future__ import annotations

from .conditions import SOURCES, joined, pieces
from .message import Message
from .query import All, Query, Term

__all__ = ["Glance", "Need", "needs_of"]

# Where to look, the piece that short texts must hold, and the words that prose must: one of them.
Need = tuple[str, str, str]


def needs_of(query: Query) -> tuple[Need, ...]:
    """What every message that matches *query* fulfils; there may be more to it."""
    if isinstance(query, All):
        return tuple(need for part in query.queries for need in needs_of(part))
    if isinstance(query, Term) and query.kind == "contains_caseless" and query.source in SOURCES:
        return ((query.source, *pieces(query.expected)),)
    return ()


class Glance:
    """The texts of one *message*, read when they are first asked for."""

    __slots__ = ("_texts", "message")

    def __init__(self, message: Message) -> None:
        self.message = message
        self._texts: dict[str, tuple[str, str]] = {}

    def may_match(self, needs: tuple[Need, ...]) -> bool:
        """Whether the message fulfils all of *needs*."""
        for source, piece, phrase in needs:
            texts = self._texts.get(source)
            if texts is None:
                texts = self._texts[source] = joined(SOURCES[source](self.message))
            if not (piece and piece in texts[0]) and not (phrase and phrase in texts[1]):
                return False
        return True
