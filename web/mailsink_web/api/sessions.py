"""Sessions over the API: every connection that a client made, with its transcript."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .. import present
from ..context import judgements, sink
from ..session_list import Narrowing, session_page
from ..values import ListedSessionJSON, SessionJSON
from .operation import Operations
from .problem import RefusedError
from .scope import ClientText, IdCursor, Since

__all__ = ["SessionPage", "operations"]

operations = Operations("Sessions")

# A transcript is 64 KiB at most, and a page is in memory at once.
MOST_FULL = 100


class SessionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of which sessions."""

    outcome: Annotated[
        Literal["captured", "refused", "failed", "faults"] | None,
        msgspec.Meta(
            description="What became of it: mail was captured, something was refused, "
            "the session failed, a fault rule fired.",
        ),
    ] = None
    client: ClientText = ""
    since: Since = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="How many sessions at most.")] = 50
    cursor: IdCursor = ""
    full: Annotated[
        bool,
        msgspec.Meta(
            description="Whether each comes with its transactions and transcript; then at most "
            f"{MOST_FULL} are on a page."
        ),
    ] = False


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, newest first; next is the cursor of the page after, or null."""

    sessions: tuple[ListedSessionJSON, ...]
    next: str | None


@operations.add("GET", "/sessions", query=SessionsQuery, answer=SessionPage)
def list_sessions(query: SessionsQuery) -> SessionPage:
    """List the connections that clients made, newest first, those that failed and the open ones included.

    A page looks at a thousand sessions at most: with a narrow outcome or client it may hold few, or none,
    and still have a next.
    """
    found = session_page(
        judgements(),
        Narrowing(show=query.outcome or "", who=query.client, since=query.since),
        before=query.cursor,
        limit=min(query.limit, MOST_FULL) if query.full else query.limit,
    )
    return SessionPage(
        sessions=tuple(present.listed_session(session, full=query.full) for session, _ in found.sessions),
        next=found.next or None,
    )


@operations.add("GET", "/sessions/{id}", answer=SessionJSON, errors={404: "No session has that id."})
def get_session(id: str) -> SessionJSON:  # noqa: A002 - the address names it so
    """Read a session with its transcript; of an open one, as far as it has come."""
    session = sink().sessions.get(id)
    if session is None:
        raise RefusedError(
            404, f"There is no session with the id {id[:80]!r}; only the newest are kept.", field="id"
        )
    return present.session(session)
