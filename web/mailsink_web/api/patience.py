"""Answers that wait: a seat, an end when the client hangs up or the server closes, and why nothing came."""

from __future__ import annotations

import importlib
import selectors
import socket
from collections.abc import Callable

from flask import request

from mailsink import explain
from mailsink.query import Query
from mailsink.waiting import Outcome, Waiter

from .. import present
from ..context import client, seats
from ..seats import FullError
from .problem import Miss, Reason, RefusedError
from .stream import BUSY

__all__ = ["MOST", "misses", "seated"]

# Messages that are answered at most: their texts are in memory at once.
MOST = 1_000
# Messages that did not match and are told of.
MISSES = 5


def seated(waiter: Waiter, wait: Callable[[Callable[[], bool]], Outcome]) -> Outcome:
    """What *wait* returns; it is given what to ask whether to stop. Raises RefusedError (503)."""
    # The answer has links and codes; what finds them is loaded while there is time.
    importlib.import_module("mailsink.extract")
    try:
        with seats().sit(waiter.wake, client=client()):
            return wait(lambda: seats().closed or _hung_up())
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


def misses(wanted: Query, outcome: Outcome) -> tuple[Miss, ...]:
    """The messages that did not match, the nearest first, and what each condition says about them."""
    return tuple(
        Miss(message=present.summary(message.summary), reasons=tuple(map(_reason, verdicts)))
        for message, verdicts in explain.ranked(wanted, outcome.others)[:MISSES]
    )


def _reason(of: explain.Verdict) -> Reason:
    return Reason(
        condition=present.text(of.field),
        expected=present.text(of.expected),
        actual=tuple(map(present.text, of.actual)),
        matches=of.ok,
        hint=present.text(of.hint),
    )
