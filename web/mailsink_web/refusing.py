"""What a client is told that gets no further: one sentence, before the app sees its request."""

from __future__ import annotations

import contextlib
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

__all__ = ["refusal", "refuse", "sentence"]


# Seconds that a request is waited for which will not be answered.
PATIENCE = 0.5


def refusal(status: int, sentence: str, *, retry_after: int | None = None) -> bytes:
    """An answer whose body is *sentence*, after which the connection is closed."""
    body = f"{sentence}\n".encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: mailsink",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        f"Content-Length: {len(body)}",
    ]
    if retry_after is not None:
        lines.append(f"Retry-After: {retry_after}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def refuse(connection: socket.socket, answer: bytes, *, clear: bool = False) -> None:
    """Send *answer* over *connection*; with *clear* not under its TLS. Takes a moment."""
    kind = socket.socket if clear else type(connection)
    with contextlib.suppress(OSError):
        # Reading the request first keeps the close from becoming a reset that overtakes the answer.
        connection.settimeout(PATIENCE)
        with contextlib.suppress(TimeoutError):
            kind.recv(connection, 65_536)
        kind.sendall(connection, answer)


def sentence(start_response: StartResponse, status: int, text: str) -> list[bytes]:
    """The same as an answer of a WSGI app."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [f"{text}\n".encode()]
