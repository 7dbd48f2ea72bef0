"""The long poll: an answer that comes when the awaited messages do.

The wait itself is an inbox's; it also ends when the client hangs up or the server closes.
"""

from __future__ import annotations

import selectors
import socket
from typing import Annotated

import msgspec
from flask import request

from mailsink import explain
from mailsink.query import Query
from mailsink.waiting import Outcome

from .. import present
from ..context import seats, sink
from ..seats import FullError
from ..values import MessageJSON
from .operation import Operations
from .problem import Miss, Reason, RefusedError
from .scope import Scope, inbox_of, query_of
from .stream import BUSY

__all__ = ["operations"]

operations = Operations()

# Messages that did not match and are told of.
MISSES = 5


class WaitQuery(Scope, frozen=True, kw_only=True):
    """What to wait for."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many messages must match.")] = 1
    timeout: Annotated[float, msgspec.Meta(ge=0, le=300, description="Seconds to wait at most.")] = 30
    after: Annotated[str, msgspec.Meta(description="Leave out the messages up to this id.")] = ""


class Waited(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that match, oldest first."""

    messages: tuple[MessageJSON, ...]


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
    return Waited(messages=tuple(present.message(message) for message in outcome.matched))


def _wait(query: WaitQuery, wanted: Query) -> Outcome:
    with inbox_of(query.inbox).waiter(wanted, after=query.after) as waiter:
        outcome = waiter.wait(query.count, 0)
        if outcome.complete or not query.timeout:
            return outcome
        try:
            with seats().sit(waiter.wake):
                return waiter.wait(query.count, query.timeout, stop=lambda: seats().closed or _hung_up())
        except FullError:
            raise RefusedError(503, BUSY) from None


def _hung_up() -> bool:
    """Whether the client closed its end: it then reads as empty, while a pipelined request does not."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        return False
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(0)) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):  # closed meanwhile
        return True


def _timed_out(query: WaitQuery, wanted: Query, outcome: Outcome) -> RefusedError:
    came = len(outcome.matched)
    nothing = not outcome.others and not came
    explanation = explain.expectation(
        wanted,
        expected=query.count,
        matched=outcome.matched,
        others=outcome.others,
        waited=outcome.waited,
        where=", ".join(x.address for x in sink().listeners if query.inbox in (None, x.inbox)),
        trouble=explain.trouble(sink().sessions.list(limit=5)) if nothing else (),
    )
    noun = "message" if query.count == 1 else "messages"
    waited = present.seconds_words(outcome.waited)
    return RefusedError(
        408,
        f"{came} of {query.count} {noun} came within {waited}.",
        explanation=present.text(explanation),
        misses=tuple(
            Miss(message=present.summary(message.summary), reasons=tuple(map(_reason, verdicts)))
            for message, verdicts in explain.ranked(wanted, outcome.others)[:MISSES]
        ),
    )


def _reason(of: explain.Verdict) -> Reason:
    return Reason(
        condition=present.text(of.field),
        expected=present.text(of.expected),
        actual=tuple(map(present.text, of.actual)),
        matches=of.ok,
        hint=present.text(of.hint),
    )
