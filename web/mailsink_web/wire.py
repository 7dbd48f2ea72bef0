"""What a client sends, octet by octet: never waited for without end, and of a header section never too much.

Knows sockets, and of HTTP only that a request has a header section first.
"""

from __future__ import annotations

import io
import socket
import time
from typing import Any

__all__ = ["BODY_TIME", "HEAD_TIME", "MAX_HEAD", "TooLongError", "Wire"]

# Octets of a header section. Browsers send under 2 kB; nginx and Apache stop at 32 and 800 kB as a rule.
MAX_HEAD = 65_536
# Seconds from a request's first octet to the end of its header section, and from there to that of its body.
HEAD_TIME, BODY_TIME = 10.0, 120.0


class TooLongError(Exception):
    """The header section does not end where it should."""


class Wire(io.RawIOBase):
    """The reading half of *connection*. *idle* is how many seconds may pass without an octet.

    Reading raises TimeoutError when that, or the time for what is being read, has passed; TooLongError when a
    header section is too long. *has_begun* tells that something of a request is here.
    """

    def __init__(self, connection: socket.socket, idle: float) -> None:
        self._connection = connection
        self._idle = idle
        self._deadline: float | None = None
        # Octets that may yet come, while a header section is read.
        self._room: int | None = None
        # Nothing is to be read now: a reader that is asked what it holds would wait for more.
        self._still = False
        self.has_begun = False

    def readable(self) -> bool:
        return True

    def expect_head(self, reader: io.BufferedReader[Wire]) -> None:
        """From now on a header section is read; *reader*, over this, may hold its beginning already."""
        self._still = True
        self.has_begun = bool(reader.peek(1))
        self._still = False
        self._room = MAX_HEAD
        self._deadline = time.monotonic() + HEAD_TIME if self.has_begun else None

    def expect_body(self, seconds: float | None = None) -> None:
        """The header section is over: what else belongs to the request is here after *seconds*."""
        self._room = None
        self._deadline = time.monotonic() + (BODY_TIME if seconds is None else seconds)

    def readinto(self, buffer: Any) -> int | None:
        if self._still:
            return None
        if self._room is not None and self._room <= 0:
            raise TooLongError
        count = self._receive(buffer)
        if self._room is not None:
            self._room -= count
            if not self.has_begun:
                self.has_begun = True
                self._deadline = time.monotonic() + HEAD_TIME
        return count

    def _receive(self, buffer: Any) -> int:
        left = self._idle if self._deadline is None else self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(left, self._idle))
        try:
            return self._connection.recv_into(buffer)
        finally:
            # Writing has the same timeout, and takes its own time.
            self._connection.settimeout(self._idle)
