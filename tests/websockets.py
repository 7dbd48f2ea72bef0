"""A WebSocket's client for tests: wsproto's client side over a socket of its own."""

from __future__ import annotations

import json
import socket
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)

TIMEOUT = 10.0


class RefusedError(Exception):
    """The server refused the handshake with *status*; *body* is what it said."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class WebSocket:
    """An open WebSocket. With ``with`` it is closed."""

    def __init__(self, host: str, port: int, path: str, *, headers: dict[str, str] | None = None) -> None:
        self.socket = socket.create_connection((host, port), timeout=TIMEOUT)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self.send(Request(host=f"{host}:{port}", target=path, extra_headers=extra))
        first = self.event()
        if isinstance(first, RejectConnection):
            body = self.event() if first.has_body else None
            self.socket.close()
            raise RefusedError(first.status_code, bytes(body.data) if isinstance(body, RejectData) else b"")
        assert isinstance(first, AcceptConnection), first

    def send(self, event: Event) -> None:
        self.socket.sendall(self._protocol.send(event))

    def event(self) -> Event:
        """The next event."""
        while not self._events:
            self._protocol.receive_data(self.socket.recv(65_536) or None)
            self._events += self._protocol.events()
        return self._events.pop(0)

    def json(self) -> Any:
        """The next text as JSON; pings are passed over."""
        event = self.event()
        while isinstance(event, Ping):
            event = self.event()
        assert isinstance(event, TextMessage), event
        text = event.data
        while not event.message_finished:
            event = self.event()
            assert isinstance(event, TextMessage), event
            text += event.data
        return json.loads(text)

    def closed(self) -> int:
        """Read until the server closes; the code that it gives."""
        event = self.event()
        while not isinstance(event, CloseConnection):
            event = self.event()
        return event.code

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()
