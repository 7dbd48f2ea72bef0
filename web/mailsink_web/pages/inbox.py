"""The inbox: the list of messages, and the rows that come into it while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request

from mailsink.message import Summary
from mailsink.query import All, Query

from ..context import sink
from .connect import connect_page
from .listing import LENGTH, listing
from .routes import Answer, Routes
from .rows import Entry, entries, news
from .scope import Scope
from .shell import page, rail

__all__ = ["routes"]

routes = Routes()

# Messages whose rows may be asked for at once: as many as two pages of the list hold.
MOST_ROWS = 100


@routes.get("/")
def inbox() -> Answer:
    """The list, newest first; how to connect, as long as there is nothing to list."""
    scope = Scope.of_request()
    shown = listing(scope)
    if not shown.ids and scope.before:
        return redirect(scope.first_url, 303)
    if not shown.ids and not scope.q and not sink().everything.counts().total:
        return connect_page(waiting=True)
    nearest = _nearest(scope) if not shown.ids and scope.q else ()
    return page("inbox.html", scope, section="inbox", listing=shown, nearest=nearest)


@routes.get("/rows")
def rows() -> Answer:
    """What a page needs to follow events: the rows of *ids* as they are now, and those above *above*.

    Ids that are not in the list of this inbox and search any more are left out. When more came than a
    page holds, the answer is the whole first page, and says that something was left out.
    """
    scope = Scope.of_request()
    ids = [part for part in request.args.get("ids", "").split(",") if part][:MOST_ROWS]
    changed = [found for message_id in ids if (found := _summary(scope, message_id)) is not None]
    fresh = _fresh(scope, request.args.get("above"))
    return render_template(
        "rows.html",
        scope=scope,
        rail=rail(),
        counts=scope.box.counts(scope.query),
        section=request.args.get("section", ""),
        current=request.args.get("current", ""),
        changed=[entry for summary in changed for entry in entries([summary])[1:]],
        fresh=fresh.entries,
        arrived=fresh.arrived,
        missed=fresh.missed,
        older=fresh.older,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fresh:
    """The lines above a row. *missed*: they do not reach down to it; *older* leads to what lies between."""

    entries: Sequence[Entry] = ()
    arrived: int = 0
    missed: bool = False
    older: str = ""


def _fresh(scope: Scope, above: str | None) -> _Fresh:
    if above is None:
        return _Fresh()
    page = scope.box.list(scope.query, limit=LENGTH)
    fresh = [summary for summary in page.summaries if summary.id > above]
    if len(fresh) == LENGTH:
        older = scope.at(page.next) if page.next else ""
        return _Fresh(entries=entries(fresh), arrived=LENGTH, missed=True, older=older)
    return _Fresh(entries=news(fresh, _summary(scope, above)), arrived=len(fresh))


def _summary(scope: Scope, message_id: str) -> Summary | None:
    message = scope.box.get(message_id)
    return message.summary if message is not None and scope.query.matches(message) else None


def _nearest(scope: Scope) -> tuple[tuple[int, tuple[tuple[str, bool], ...], str], ...]:
    """The search with each of its terms left out: how many match, the terms (kept or not), the search."""
    terms = [query.written for query in _terms(scope.query)]
    if len(terms) < 2 or not all(terms):
        return ()
    found = []
    for index in range(len(terms)):
        kept = " ".join(term for i, term in enumerate(terms) if i != index)
        number = scope.box.counts(Scope.of(q=kept).query).total
        found.append((number, tuple((term, i != index) for i, term in enumerate(terms)), kept))
    return tuple(sorted(found, key=lambda near: -near[0])[:5])


def _terms(query: Query) -> tuple[Query, ...]:
    return query.queries if isinstance(query, All) else (query,)
