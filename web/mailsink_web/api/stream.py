"""The live stream: what happens in the sink, as server-sent events, with nothing lost on a reconnect."""

from __future__ import annotations

import re
from collections.abc import Generator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import msgspec
from flask import Response, request

from .. import present
from ..context import client, seats, sink
from ..seats import FullError
from .operation import Operations
from .problem import RefusedError
from .scope import Scope, query_of

if TYPE_CHECKING:
    from mailsink.events import Event, Events, Subscription
    from mailsink.query import Query
    from mailsink.sink import Sink

    from ..seats import Seats

__all__ = ["BUSY", "operations", "position"]

operations = Operations("Waiting")

# Seconds between comments on a quiet stream. They are how a client that went away is noticed, and they
# keep proxies from closing the connection, which many do after 30 to 60 seconds.
HEARTBEAT = 10.0
# Milliseconds until a browser connects again.
RETRY = 1000
BUSY = "Too many streams and waiting requests are open: close some, or try again in a moment."

_POSITION = re.compile(r"([0-9a-f]+)-([0-9]{1,18})", re.ASCII)


class StreamQuery(Scope, frozen=True, kw_only=True):
    """Where the stream begins, of which inbox it tells, and which messages it names as captured."""

    after: Annotated[
        str,
        msgspec.Meta(
            description="The id of the last event that was seen; a Last-Event-ID header goes before it."
        ),
    ] = ""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The data of changed, deleted and session: which ids, in which inbox (empty: it concerns no single one).

    No ids with deleted means the whole inbox, or all of them.
    """

    inbox: str
    ids: tuple[str, ...]


def position(events: Events) -> str:
    """Where *events* are now, as an event's id: a stream *after* it misses nothing that comes later."""
    return f"{events.epoch}-{events.number}"


@operations.add(
    "GET",
    "/stream",
    query=StreamQuery,
    media="text/event-stream",
    errors={503: "Too many streams are open."},
)
def stream(query: StreamQuery) -> Response:
    """Follow what happens, as server-sent events.

    `captured` carries a message as a list shows it. `changed` and `deleted` carry an inbox and message ids
    (no ids with `deleted`: the whole inbox), `session` one session's id. `reset` says that events were
    missed, and that whoever keeps a list must read it again. With q, `captured` is told of the messages that
    it finds; what else happens is told in any case. Each event has an id; a client that comes
    back with it, as EventSource does, gets what it missed. Comments come every 10 seconds.
    """
    following = _follow(sink(), seats(), client(), query_of(query.q), *_begin(sink().events, query))
    try:
        first = next(following)  # takes the seat, so that a refusal can still be a status
    except FullError:
        raise RefusedError(503, BUSY) from None
    response = Response(chain((first,), following), content_type="text/event-stream; charset=utf-8")
    response.call_on_close(following.close)
    response.headers["X-Accel-Buffering"] = "no"  # nginx holds back what it proxies, unless told
    return response


def _begin(events: Events, query: StreamQuery) -> tuple[Subscription, bytes]:
    """The subscription, and what opens the stream: a position, so that even a quiet one can be resumed."""
    given = request.headers.get("Last-Event-ID") or query.after
    match = _POSITION.fullmatch(given)
    if given and match is None and given == query.after:
        raise RefusedError(
            400, f"after must be the id of an event, such as {position(events)}.", field="after"
        )
    if match is not None and match[1] == events.epoch:
        subscription = events.subscribe(after=int(match[2]), inbox=query.inbox)
        if not subscription.missed:
            return subscription, f"retry: {RETRY}\nid: {given}\n\n".encode()
        subscription.close()
    now = events.number
    head = f"retry: {RETRY}\nid: {events.epoch}-{now}\n"
    if given:
        head += "event: reset\ndata: {}\n"
    return events.subscribe(after=now, inbox=query.inbox), f"{head}\n".encode()


def _follow(
    sink: Sink, seats: Seats, client: str, wanted: Query, subscription: Subscription, head: bytes
) -> Generator[bytes]:
    """The stream's octets. Raises FullError on the first step."""
    epoch = sink.events.epoch
    with subscription, seats.sit(subscription.wake, client=client):
        yield head
        while not seats.closed:
            event = subscription.get(HEARTBEAT)
            if event is not None:
                yield _encode(sink, wanted, f"{epoch}-{event.number}", event)
            elif subscription.ended:
                return
            elif not seats.closed:
                yield b": still here\n\n"


def _encode(sink: Sink, wanted: Query, event_id: str, event: Event) -> bytes:
    """The event's blocks. Only the last has the id: whoever saw less has not seen the event."""
    values: list[msgspec.Struct] = [Named(inbox=present.text(event.inbox), ids=event.ids)]
    if event.kind == "captured":
        messages = map(sink.store.get, event.ids)
        # What was deleted since is left out: that event follows.
        kept = (message for message in messages if message is not None)
        values = [present.summary(message.summary) for message in kept if wanted.matches(message)]
    kind = event.kind.encode()
    blocks = [b"event: %s\ndata: %s\n" % (kind, msgspec.json.encode(value)) for value in values]
    return b"\n".join(blocks) + f"id: {event_id}\n\n".encode()
