"""One page of the list of messages, with what stands above and below it."""

from __future__ import annotations

from dataclasses import dataclass

from mailsink.mime import clean
from mailsink.store import Counts

from .rows import Entry, entries
from .scope import Scope

__all__ = ["LENGTH", "Listing", "listing"]

# Rows of one page: more than a large screen shows.
LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """*ids* are the messages' ids from top to bottom, *next* the address of the page after or ``""``.

    *tags* are the tags of these messages, sorted.
    """

    entries: list[Entry]
    ids: tuple[str, ...]
    next: str
    counts: Counts
    tags: tuple[str, ...]


def listing(scope: Scope) -> Listing:
    """Read the page of the list that *scope* names."""
    page = scope.box.list(scope.query, limit=LENGTH, before=scope.before)
    return Listing(
        entries=entries(page.summaries),
        ids=tuple(summary.id for summary in page.summaries),
        next=scope.at(page.next) if page.next else "",
        counts=scope.box.counts(scope.query),
        tags=tuple(sorted({clean(tag) for summary in page.summaries for tag in summary.tags})),
    )
