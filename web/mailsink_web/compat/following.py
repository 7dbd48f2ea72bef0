"""What happens in an inbox while it happens, for streams and WebSockets of the peers.

Holds a seat among those of the server's other streams; ends when the server closes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from flask import Response

from mailsink.events import Event, Subscription
from mailsink.message import Message

from ..api.stream import BUSY
from ..context import client, seats, sink
from ..seats import FullError, Seats
from .peer import PeerError, inbox

if TYPE_CHECKING:
    from mailsink.inbox import Inbox

__all__ = ["Encode", "Following", "captured", "event_stream"]

# Seconds between two signs of life on a quiet stream.
HEARTBEAT = 10.0
_KINDS = ("captured", "changed", "deleted")

# An event to the JSON texts that tell of it: none, one or more.
Encode = Callable[[Event], list[bytes]]


class Following:
    """The events of the inbox at hand from now on; iterating gives ``None`` when none came for a while.

    It has a seat from the beginning, and gives it up by `close` or at its end. Raises PeerError (503) where
    every seat is taken. After that it needs no request, and may be iterated over in another thread.
    """

    def __init__(self) -> None:
        self._subscription = sink().events.subscribe(inbox=inbox().name, kinds=_KINDS)
        self._closed = False
        self._events = self._iterate(self._subscription, seats(), client())
        try:
            next(self._events)
        except FullError:
            self._subscription.close()
            raise PeerError(503, BUSY) from None

    def _iterate(self, subscription: Subscription, seats: Seats, client: str) -> Generator[Event | None]:
        with subscription, seats.sit(subscription.wake, client=client):
            yield None
            while not (self._closed or seats.closed):
                event = subscription.get(HEARTBEAT)
                if event is None and subscription.ended:
                    return
                if event is not None or not (self._closed or seats.closed):
                    yield event

    def __iter__(self) -> Generator[Event | None]:
        return self._events

    def stop(self) -> None:
        """End the iteration, wherever it is. Safe from any thread."""
        self._closed = True
        self._subscription.wake()

    def close(self) -> None:
        """Give everything up. Only while nobody iterates."""
        self._events.close()


def event_stream(encode: Encode) -> Response:
    """The events as server-sent ones without a name, for as long as the client listens."""
    following = Following()

    def blocks() -> Generator[bytes]:
        yield b": here it begins\n\n"
        for event in following:
            if event is None:
                yield b": still here\n\n"
            else:
                yield from (b"data: %s\n\n" % text for text in encode(event))

    response = Response(blocks(), content_type="text/event-stream; charset=utf-8")
    response.call_on_close(following.close)
    response.headers["X-Accel-Buffering"] = "no"  # nginx holds back what it proxies, unless told
    return response


def captured(of: Inbox, event: Event) -> list[Message]:
    """The messages that *event* says were captured; those that were deleted since are left out."""
    if event.kind != "captured":
        return []
    return [message for message in map(of.get, event.ids) if message is not None]
