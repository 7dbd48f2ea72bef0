"""The server's end of a WebSocket (RFC 6455) that tells what happens; what the client says is passed over.

The answer to the request is one with status 101 whose body is the frames, so that it takes the same road as
any other. wsproto knows the protocol; who may connect was decided before (security).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import queue
import selectors
import socket
import threading
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request
from werkzeug.wsgi import ClosingIterator
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, generate_accept_token

from .following import Encode, Following
from .peer import PeerError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["is_asked_for", "websocket"]

# Octets that are read at a time; nothing is kept of them.
_PIECE = 65_536
# RFC 6455 §7.4.1: the endpoint goes away.
_GOING_AWAY = 1001
_END: Final = object()


def is_asked_for() -> bool:
    """Whether the request at hand asks for a WebSocket (RFC 6455 §4.2.1)."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def websocket(encode: Encode, *, greeting: Sequence[bytes] = ()) -> Response:
    """Follow the inbox at hand over a WebSocket: *greeting* first, then what *encode* makes of each event.

    Raises PeerError: 426 where no WebSocket is asked for, 400 for a wrong handshake, 503 for want of seats.
    """
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    token = _token()
    if connection is None:
        raise PeerError(501, "This web server cannot speak WebSocket; start mailsink serve.")
    channel = _Channel(connection, Following(), encode, greeting)
    response = _Upgraded(channel.frames(), status=101)
    response.call_on_close(channel.close)
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "Upgrade"
    response.headers["Sec-WebSocket-Accept"] = generate_accept_token(token).decode("ascii")
    return response


def _token() -> bytes:
    words = {word.strip().lower() for word in request.headers.get("Connection", "").split(",")}
    if not is_asked_for() or "upgrade" not in words or request.method != "GET":
        raise PeerError(426, "This address speaks WebSocket: ask for an upgrade to it.")
    if request.headers.get("Sec-WebSocket-Version", "").strip() != "13":
        raise PeerError(426, "The version of WebSocket must be 13.")
    key = request.headers.get("Sec-WebSocket-Key", "").strip()
    with contextlib.suppress(binascii.Error, ValueError):
        if len(base64.b64decode(key, validate=True)) == 16:
            return key.encode("ascii")
    raise PeerError(400, "Sec-WebSocket-Key must be 16 octets in base64.")


class _Upgraded(Response):
    """An answer with status 101 that has a body: elsewhere such a status has none."""

    def get_app_iter(self, environ: WSGIEnvironment) -> Iterable[bytes]:
        del environ
        return ClosingIterator(self.iter_encoded(), [self.close])


class _Channel:
    """One WebSocket. The request's thread reads and writes the connection; another waits for events."""

    def __init__(
        self, connection: socket.socket, following: Following, encode: Encode, greeting: Sequence[bytes]
    ) -> None:
        self._connection = connection
        self._following = following
        self._encode = encode
        self._greeting = greeting
        self._protocol = Connection(ConnectionType.SERVER)
        # Events, ``None`` for a sign of life; _END when no more come.
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None

    def frames(self) -> Generator[bytes]:
        """The octets to send, for as long as the connection lasts."""
        self._thread = threading.Thread(target=self._wait, name="mailsink-websocket", daemon=True)
        self._thread.start()
        yield b""  # the header section goes out
        for text in self._greeting:
            yield self._text(text)
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while self._protocol.state is ConnectionState.OPEN:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    self._woken.recv(_PIECE)
                    yield from self._told()
                if self._connection in ready:
                    yield from self._heard()

    def _wait(self) -> None:
        for event in self._following:
            self._put(event)
        self._put(_END)

    def _put(self, event: Any) -> None:
        self._queue.put(event)
        with contextlib.suppress(OSError):  # nobody reads any more
            self._wake.send(b"x")

    def _told(self) -> Generator[bytes]:
        """What there is to say."""
        while not self._queue.empty():
            event = self._queue.get()
            if event is None:
                yield self._send(Ping())
            elif event is _END:
                yield self._send(CloseConnection(code=_GOING_AWAY))
                return
            else:
                for text in self._encode(event):
                    yield self._text(text)

    def _heard(self) -> Generator[bytes]:
        """Answers to what the client said."""
        while self._protocol.state is ConnectionState.OPEN:
            octets = self._connection.recv(_PIECE)
            if not octets:
                # The client ended its half, or closing the server shut ours before it said so here.
                yield self._send(CloseConnection(code=_GOING_AWAY))
                return
            self._protocol.receive_data(octets)
            for event in self._protocol.events():
                if isinstance(event, Ping | CloseConnection):
                    yield self._send(event.response())
            # Under TLS there may be octets that no selector sees.
            if not getattr(self._connection, "pending", int)():
                return

    def _text(self, text: bytes) -> bytes:
        return self._send(TextMessage(data=text.decode()))

    def _send(self, event: Any) -> bytes:
        try:
            return self._protocol.send(event)
        except LocalProtocolError:
            return b""  # it is closed already

    def close(self) -> None:
        """End the waiting, and release everything. A second call does nothing."""
        self._following.stop()
        if self._thread is not None:
            self._thread.join()
        self._following.close()
        self._wake.close()
        self._woken.close()
