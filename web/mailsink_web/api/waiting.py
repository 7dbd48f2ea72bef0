"""The long poll: an answer that comes when the awaited messages do.

The wait itself is an inbox's; it also ends when the client hangs up or the server closes.
"""

from __future__ import annotations

from typing import Annotated, cast

import msgspec

from mailsink.query import Query
from mailsink.waiting import Outcome

from .. import present
from ..context import encodings, lookout
from ..values import MessageJSON
from .operation import Operations
from .patience import MOST, misses, seated
from .problem import RefusedError
from .scope import After, Scope, inbox_of, query_of

__all__ = ["Waited", "operations", "waited"]

operations = Operations("Waiting")


class WaitQuery(Scope, frozen=True, kw_only=True):
    """What to wait for."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many messages must match.")] = 1
    timeout: Annotated[float, msgspec.Meta(ge=0, le=300, description="Seconds to wait at most.")] = 30
    after: After = ""


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that match, oldest first, at most a thousand."""

    messages: tuple[MessageJSON, ...]


def waited(outcome: Outcome) -> Waited:
    """The answer to who waited for what *outcome* has."""
    encoded = tuple(map(encodings().of, outcome.matched))
    return Waited(messages=cast("tuple[MessageJSON, ...]", encoded))


@operations.add(
    "GET",
    "/wait",
    query=WaitQuery,
    answer=Waited,
    errors={408: "They did not come in time.", 503: "Too many requests wait already."},
)
def wait(query: WaitQuery) -> Waited:
    """Wait until messages match, and answer them in full.

    Messages that are here already count. If they do not come in time the answer says what came instead,
    the nearest first, and why each did not match.
    """
    wanted = query_of(query.q)
    outcome = _wait(query, wanted)
    if not outcome.complete:
        raise _timed_out(query, wanted, outcome)
    return waited(outcome)


def _wait(query: WaitQuery, wanted: Query) -> Outcome:
    with inbox_of(query.inbox).waiter(wanted, after=query.after, most=MOST, lookout=lookout()) as waiter:
        if not query.timeout or waiter.finds(query.count):
            return waiter.wait(query.count, 0)
        return seated(waiter, lambda stop: waiter.wait(query.count, query.timeout, stop=stop))


def _timed_out(query: WaitQuery, wanted: Query, outcome: Outcome) -> RefusedError:
    noun = "message" if query.count == 1 else "messages"
    waited = present.seconds_words(outcome.waited)
    return RefusedError(
        408,
        f"{len(outcome.matched)} of {query.count} {noun} came within {waited}.",
        explanation=present.text(inbox_of(query.inbox).explain(wanted, query.count, outcome)),
        misses=misses(wanted, outcome),
    )
