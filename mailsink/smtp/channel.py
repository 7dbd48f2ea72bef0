"""Connections of a listening socket, over nothing but the readiness that an event loop tells.

asyncio's own server makes a task, a future and four callbacks of every connection before anything is said.
Where a client has one mail to send, that is a tenth of the work. Here accepting is one callback.
For loops that have `add_reader`; knows no SMTP.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

__all__ = ["Acceptor", "Channel"]

# With more octets than this unsent the protocol is asked to pause, with no more than the other to go on.
HIGH_WATER = 65_536
LOW_WATER = 16_384
# So many are accepted at once; then who is connected already has a turn.
MOST_AT_ONCE = 100
# Linux waits for what follows, if only for 200 ms (tcp(7), TCP_CORK): here the end does at once.
MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)
# Where the process or the machine has no room for another connection: seconds before the next is tried.
NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
TRY_AGAIN = 1.0

_log = logging.getLogger("mailsink.smtp")


class Acceptor:
    """Accepts the connections of *listening*, and gives each a protocol that *factory* makes.

    *listening* listens already, and is closed with it.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listening: socket.socket,
        factory: Callable[[], asyncio.BufferedProtocol],
    ) -> None:
        self._loop = loop
        self._listening = listening
        self._factory = factory
        self._retry: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        if listening.family != getattr(socket, "AF_UNIX", None):
            # What is accepted has it from here (tcp(7)). Without it a small reply may wait 40 ms for an ACK.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch()

    def _watch(self) -> None:
        self._loop.add_reader(self._listening.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(MOST_AT_ONCE):
            try:
                connection, peer = self._listening.accept()
            except OSError as error:
                if error.errno in NO_ROOM:
                    self._pause(error)
                # Else there is none any more, or it has left before its turn came.
                return
            try:
                connection.setblocking(False)
                Channel(self._loop, connection, peer, self._factory())
            except Exception:  # noqa: BLE001 - the next connection is to be accepted
                connection.close()
                _log.exception("a connection was accepted and could not be served")

    def _pause(self, error: OSError) -> None:
        _log.error(
            "no connection can be accepted: %s; tried again in %g s; if it stays so, raise ulimit -n",
            error.strerror,
            TRY_AGAIN,
        )
        self._loop.remove_reader(self._listening.fileno())
        self._retry = self._loop.call_later(TRY_AGAIN, self._watch)

    def close(self) -> None:
        """Accept no more. A second call does nothing."""
        if self._retry is not None:
            self._retry.cancel()
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening.fileno())
            self._listening.close()


class Channel(asyncio.Transport):
    """A connected stream socket as a transport, for protocols that give a buffer to receive into."""

    __slots__ = (
        "__weakref__",
        "_fd",
        "_has_ended",
        "_is_closing",
        "_is_full",
        "_is_lost",
        "_is_reading",
        "_loop",
        "_peer",
        "_protocol",
        "_socket",
        "_unsent",
        "_will_end",
    )

    # What `loop.start_tls` asks of a transport.
    _start_tls_compatible = True

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        peer: Any,
        protocol: asyncio.BufferedProtocol,
    ) -> None:
        self._loop = loop
        self._socket = connection
        self._fd = connection.fileno()
        self._peer = peer
        self._protocol = protocol
        self._unsent = bytearray()
        self._is_reading = self._has_ended = self._will_end = False
        self._is_full = self._is_closing = self._is_lost = False
        protocol.connection_made(self)
        self.resume_reading()

    def __repr__(self) -> str:
        state = "closed" if self._is_lost else "closing" if self._is_closing else "open"
        return f"<{type(self).__name__} {state} fd={self._fd} unsent={len(self._unsent)}>"

    def __del__(self) -> None:
        if not self._is_lost:
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self, stacklevel=2)
            self._socket.close()

    # ------------------------------------------------------------- what is known

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "peername":
            return self._peer
        if name == "socket":
            return self._socket
        if name == "sockname" and not self._is_lost:
            return self._socket.getsockname()
        return default

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.BufferedProtocol, protocol)
        # Who takes over has not heard of it yet.
        self._has_ended = False

    def is_closing(self) -> bool:
        return self._is_closing

    # ---------------------------------------------------------------- what comes

    def is_reading(self) -> bool:
        return self._is_reading

    def pause_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        if not self._is_reading and not self._is_closing and not self._has_ended:
            self._is_reading = True
            self._loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        try:
            count = self._socket.recv_into(self._protocol.get_buffer(-1))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._force_close(error)
            return
        try:
            if count:
                self._protocol.buffer_updated(count)
            else:
                self._end()
        except Exception as error:  # noqa: BLE001 - the others go on
            _log.exception("what a client sent could not be handled")
            self._force_close(error)

    def _end(self) -> None:
        """The other end will say no more."""
        self.pause_reading()
        self._has_ended = True
        if not self._protocol.eof_received():
            self.close()

    # ---------------------------------------------------------------- what goes

    def get_write_buffer_size(self) -> int:
        return len(self._unsent)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return LOW_WATER, HIGH_WATER

    def write(self, data: bytes | bytearray | memoryview, flags: int = 0) -> None:
        if self._is_lost:
            return
        if self._unsent:
            self._unsent += data
        else:
            try:
                sent = self._socket.send(data, flags)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                self._force_close(error)
                return
            if sent == len(data):
                return
            self._unsent += data[sent:]
            self._loop.add_writer(self._fd, self._send)
        if not self._is_full and len(self._unsent) > HIGH_WATER:
            self._is_full = True
            self._protocol.pause_writing()

    def write_last(self, data: bytes) -> None:
        """Write *data* and close: as a rule both go out in one segment."""
        self.write(data, MORE_FOLLOWS)
        self.close()

    def _send(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._force_close(error)
            return
        del self._unsent[:sent]
        if self._is_full and len(self._unsent) <= LOW_WATER:
            self._is_full = False
            self._protocol.resume_writing()
        if self._unsent:
            return
        self._loop.remove_writer(self._fd)
        if self._is_closing:
            self._lose(None)
        elif self._will_end:
            self._shut()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._will_end and not self._is_closing:
            self._will_end = True
            if not self._unsent:
                self._shut()

    def _shut(self) -> None:
        # Not connected any more: then reading says so.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    # --------------------------------------------------------------- the end

    def close(self) -> None:
        if self._is_closing:
            return
        self.pause_reading()
        self._is_closing = True
        if not self._unsent:
            self._lose(None)

    def abort(self) -> None:
        self._force_close(None)

    def _force_close(self, error: Exception | None) -> None:
        """Let go of what is unsent. asyncio's TLS calls it, by this name."""
        if self._is_lost:
            return
        if self._unsent:
            self._unsent.clear()
            self._loop.remove_writer(self._fd)
        self.pause_reading()
        self._is_closing = True
        self._lose(error)

    def _lose(self, error: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._loop.call_soon(self._let_go, error)

    def _let_go(self, error: Exception | None) -> None:
        # Not before: whoever sees the end is to find the session recorded.
        try:
            self._protocol.connection_lost(error)
        finally:
            self._socket.close()
