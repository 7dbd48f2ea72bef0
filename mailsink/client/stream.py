"""The server's live stream as the events of a store: who waits here is woken by what happens there.

A thread follows the stream while somebody listens. A lost connection is taken up where it was; after a gap
everything is told anew, so that a wait misses nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import RequestError
from ..events import Event, Events, Subscription
from .http import Http

__all__ = ["RemoteEvents"]

# The server says something every 10 seconds.
SILENCE = 30.0
# Seconds before each try to take a lost connection up again: a server that restarts needs about two.
PAUSES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 2.0)

_Lines = Iterator[tuple[str, str]]


class RemoteEvents(Events):
    """What happens at the server of *http*. *present* gives inbox and id of each message, oldest first.

    Subscriptions begin at the time of the call. Safe from any thread; `close` ends the thread.
    """

    def __init__(self, http: Http, present: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__(kept=0)
        self._http = http
        self._present = present
        self._opening = threading.Lock()
        self._over = threading.Event()
        self._stream: _Stream | None = None
        self.error: RequestError | None = None

    def subscribe(
        self, *, after: int | None = None, inbox: str | None = None, kinds: tuple[str, ...] = ()
    ) -> Subscription:
        """Follow the events from now on.

        Raises RequestError where the server cannot be asked, RuntimeError after `close`.
        """
        if after is not None:
            raise ValueError("after= is for a store's own events; a client follows from now on")
        subscription = _Subscription(self, inbox, kinds)
        with self._opening:
            # Listed before it is asked whether a thread follows: one that is about to end sees it.
            with self._lock:
                self._subscriptions.add(subscription)
            try:
                self._follow()
            except BaseException:
                self._forget(subscription)
                raise
        return subscription

    def close(self) -> None:
        self._over.set()
        with self._opening:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.shut()
        super().close()

    def _follow(self) -> None:
        """Have a stream that the server has begun, and a thread that reads it."""
        if self._over.is_set():
            raise RuntimeError("the client is closed; make another")
        if self._stream is not None:
            return
        self.error = None
        self._stream = _Stream(self._http, "")
        threading.Thread(target=self._run, args=(self._stream,), name="mailsink-stream", daemon=True).start()

    def _run(self, stream: _Stream) -> None:
        while True:
            for kind, data in stream.events():
                self._take(kind, data)
            stream.close()
            found = self._again(stream.last_id)
            if found is None:
                return
            stream = found

    def _take(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "captured":
            self.publish(kind, inbox=data["inbox"], ids=(data["id"],))
        elif kind == "reset":
            self.publish("deleted")
            for inbox, message_id in self._present():
                self.publish("captured", inbox=inbox, ids=(message_id,))
        elif kind in ("changed", "deleted", "session"):
            self.publish(kind, inbox=data["inbox"], ids=tuple(data["ids"]))

    def _again(self, last_id: str) -> _Stream | None:
        """A new connection after a lost one; ``None`` when nobody wants it, or it cannot be had."""
        for pause in PAUSES:
            if self._over.wait(pause) or self._nobody_listens():
                return None
            try:
                stream = _Stream(self._http, last_id)
            except RequestError as error:
                failure = error
                continue
            with self._opening:
                if not self._over.is_set():
                    self._stream = stream
                    return stream
            stream.close()
            return None
        with self._opening:
            self._stream = None
            self._break_off(failure)
        return None

    def _nobody_listens(self) -> bool:
        with self._opening, self._lock:
            if self._subscriptions:
                return False
            self._stream = None
            return True

    def _break_off(self, error: RequestError) -> None:
        with self._lock:
            self.error = error
            for subscription in self._subscriptions:
                subscription._end()
            self._subscriptions.clear()


class _Subscription(Subscription):
    """A subscription whose `get` raises when the server was lost."""

    def get(self, timeout: float | None = None) -> Event | None:
        event = super().get(timeout)
        error = self._events.error if isinstance(self._events, RemoteEvents) else None
        if event is None and self.ended and error is not None:
            raise error
        return event


class _Stream:
    """One connection: the server has begun to tell when this is made. Raises RequestError."""

    def __init__(self, http: Http, last_id: str) -> None:
        self.last_id = last_id
        self._connection, self._response = http.open("/stream", {"after": last_id or None}, timeout=SILENCE)
        self._socket = self._connection.sock
        # Where the stream begins: what comes after this is told.
        self._waiting = self._block()

    def events(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Kind and data of each event, until the connection ends."""
        import msgspec

        block = self._waiting
        while block is not None:
            if "event" in block:
                yield block["event"], msgspec.json.decode(block.get("data", "{}"))
            # Only now: an event that was not handed on must come again.
            self.last_id = block.get("id", self.last_id)
            block = self._block()

    def _block(self) -> dict[str, str] | None:
        """The next block's fields; ``None`` at the end of the connection."""
        block: dict[str, str] = {}
        try:
            while line := self._response.readline():
                name, _, value = line.decode("utf-8").rstrip("\r\n").partition(": ")
                if name:
                    block[name] = value
                elif block:
                    return block
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            # Closed under the reader's hands, too.
            return None
        return None

    def shut(self) -> None:
        """End it from another thread: what waits in it is woken."""
        if self._socket is not None:
            import socket

            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._response.close()
        self._connection.close()
