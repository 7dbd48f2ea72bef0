"""TLS on a connection that was taken: its handshake, in the connection's own thread, and its end.

Knows of HTTP only what to tell somebody who speaks it in the clear.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from .refusing import refusal, refuse

__all__ = ["end", "shake_hands", "wrap"]

# Seconds for the handshake as a whole: who says nothing must not keep the thread.
HANDSHAKE = 5.0
# RFC 8446 §5.1: the first octet of a handshake record.
_RECORD = b"\x16"
_PLAIN = "This port speaks HTTPS: write https:// in the place of http://"


def wrap(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """*connection* under TLS; nothing is read or written yet."""
    return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def shake_hands(connection: ssl.SSLSocket) -> None:
    """Do the handshake. Raises OSError where there is none to be had, and tells who speaks plain HTTP."""
    connection.settimeout(HANDSHAKE)
    # A socket under TLS lets nobody look ahead.
    first = socket.socket.recv(connection, 1, socket.MSG_PEEK)
    if first.isalpha():
        refuse(connection, refusal(400, _PLAIN), clear=True)
        raise ConnectionAbortedError("plain HTTP at a port for HTTPS")
    if first != _RECORD:
        raise ConnectionAbortedError("no TLS")
    connection.do_handshake()


def end(connection: socket.socket) -> None:
    """Tell the client that nothing more comes, so that it knows the answer to be whole (RFC 8446 §6.1)."""
    if isinstance(connection, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            connection.settimeout(0)  # its own end is not waited for
            connection.unwrap()
