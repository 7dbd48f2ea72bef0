"""One page of the list of messages, and the place of a message in the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from mailsink.mime import clean
from mailsink.store import Counts

from .rows import Entry, entries
from .scope import Scope

__all__ = ["LENGTH", "Listing", "Place", "listing", "listing_with", "place_of"]

# Rows of one page: more than a large screen shows.
LENGTH = 50
# Rows above a message that is far down in the list.
ABOVE = 10


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message is in the list: its *number* on the page, 0 where it is not among what matches.

    *above* and *below* are the ids of its neighbours in the whole list, ``""`` where there is none.
    """

    number: int
    above: str
    below: str


def listing_with(scope: Scope, message_id: str) -> tuple[Scope, Listing]:
    """The page of the list where that message is, or would be if it matched; and the scope that names it.

    That is the page of *scope* where the message is on it, else one that begins a little above.
    """
    shown = listing(scope)
    if message_id in shown.ids:
        return scope, shown
    newer = list(islice(_newer(scope, message_id), ABOVE + 1))
    begun = replace(scope, before=newer[-1] if len(newer) > ABOVE else "")
    return begun, shown if begun == scope else listing(begun)


def place_of(scope: Scope, shown: Listing, message_id: str) -> Place:
    """The place of a message in the list, of which *scope* names the page *shown*."""
    index = shown.ids.index(message_id) if message_id in shown.ids else -1
    if index > 0:
        above = shown.ids[index - 1]
    else:
        above = "" if index == 0 and not scope.before else next(_newer(scope, message_id), "")
    if 0 <= index < len(shown.ids) - 1:
        below = shown.ids[index + 1]
    else:
        older = scope.box.list(scope.query, limit=1, before=message_id).summaries
        below = older[0].id if older else ""
    return Place(number=index + 1, above=above, below=below)


def _newer(scope: Scope, message_id: str) -> Iterator[str]:
    """The ids of what matches and came after that message, oldest first."""
    found = scope.box.store.scan(inbox=scope.box.name, after=message_id, query=scope.query)
    return (message.id for message in found)
