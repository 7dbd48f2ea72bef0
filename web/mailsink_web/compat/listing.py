"""Which messages a request of a peer is about: a window of a list, the newest of a search.

The peers count from the newest; an inbox has cursors. They find any piece of a body; an inbox has words.
Everything is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailsink.inbox import Inbox
from mailsink.message import Message
from mailsink.query import All, AnyOf, Not, Query, Term

__all__ = ["MOST", "newest", "widened", "window"]

# Messages in one answer; whoever asks for all of them gets as many.
MOST = 5000
_PAGE = 500


def window(inbox: Inbox, query: Query | None, start: int, limit: int) -> Iterator[Message]:
    """The messages that match from the *start*-th newest on, *limit* of them at most, newest first."""
    left = min(limit, MOST)
    cursor: str | None = ""
    while cursor is not None:
        page = inbox.list(query, limit=_PAGE if start else min(left, _PAGE), before=cursor)
        for summary in page.summaries[start:]:
            if not left:
                return
            # One that was deleted meanwhile is passed over.
            if message := inbox.get(summary.id):
                left -= 1
                yield message
        start = max(start - len(page.summaries), 0)
        cursor = page.next


def newest(inbox: Inbox, query: Query | None) -> Message | None:
    """The newest message that matches, or ``None``."""
    return next(window(inbox, query, 0, 1), None)


def widened(query: Query) -> Query:
    """*query*, for which a word is found in a body too where it is the beginning of a longer one.

    Of any piece, which the peers find, an index knows that.
    """
    if isinstance(query, Term):
        in_prose = query.kind == "contains_caseless" and query.source in ("anywhere", "body")
        return AnyOf((query, replace(query, kind="prefix"))) if in_prose else query
    if isinstance(query, Not):
        return replace(query, query=widened(query.query))
    if isinstance(query, (All, AnyOf)):
        return replace(query, queries=tuple(map(widened, query.queries)))
    return query
