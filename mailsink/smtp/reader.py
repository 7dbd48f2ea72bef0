"""A stream reader that reads command lines within a bound and content in bulk.

Built on `asyncio.StreamReader`, whose `_buffer`, `_eof`, `_waiter`, `_wait_for_data` and
`_maybe_resume_transport` it needs; a test holds those names against the running Python.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from .content import Octets
from .lane import Waiting

__all__ = ["Collector", "SinkReader"]


# Content that has come already is handed over in so many octets at a time.
PIECE = 65_536


class Collector(Protocol):
    """What takes content as it comes: see `mailsink.smtp.content`."""

    def feed(self, data: Octets) -> Octets | None: ...


class SinkReader(asyncio.StreamReader):
    """Reads lines of a bounded length; hands content to a collector without waking anybody between.

    *future* makes what `read_line` and `collect` await.
    """

    _buffer: bytearray
    _eof: bool
    _paused: bool
    _limit: int
    _waiter: Waiting[None] | None

    def __init__(
        self, *, loop: asyncio.AbstractEventLoop, future: Callable[[], Waiting[Any]] | None = None
    ) -> None:
        super().__init__(limit=2**16, loop=loop)
        self._future = future or loop.create_future
        self._collector: Collector | None = None
        self._collected: Waiting[bool] | None = None
        self._ended: asyncio.Future[None] | None = None
        self._dropping = False

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits for what the client sends next."""
        return self._waiter is not None or self._collected is not None

    @property
    def has_more(self) -> bool:
        """Whether anything was received and not yet read."""
        return bool(self._buffer)

    @property
    def has_ended(self) -> bool:
        """Whether the client has ended its half of the stream."""
        return self._eof

    async def read_line(self, limit: int) -> tuple[bytes, bool]:
        """One line with its line end, and whether it was longer than *limit* octets.

        Of a line that is too long only the first *limit* octets are kept. At the end of the stream what is
        left is returned, ``b""`` at last.
        """
        buffer = self._buffer
        start = 0
        while (end := buffer.find(b"\n", start)) < 0:
            if len(buffer) > limit:
                return await self._skip_line(limit), True
            if self._eof:
                return self._take(len(buffer)), False
            start = len(buffer)
            await self._more()
        line = self._take(end + 1)
        return (line, False) if end < limit else (line[:limit], True)

    async def collect(self, collector: Collector) -> bool:
        """Feed *collector* until it is done; false when the stream ended before."""
        # In pieces: a client may have sent a thousand mails ahead, and none is to move all that follow it.
        is_first = True
        while self._buffer or is_first:
            is_first = False
            piece = bytes(memoryview(self._buffer)[:PIECE])
            rest = collector.feed(piece)
            self._take(len(piece) - (0 if rest is None else len(rest)))
            if rest is not None:
                return True
        if self._eof:
            return False
        self._collector = collector
        self._collected = self._future()
        try:
            return await self._collected
        finally:
            self._collector = self._collected = None

    async def wait_end(self, *, drop: bool = False) -> None:
        """Wait until the client has ended its half of the stream.

        With *drop* all that was not read and that comes meanwhile is lost. Without it, a client that sends a
        lot is not read to its end, and the end is not seen.
        """
        if self._eof:
            return
        if drop:
            self.forget()
        self._dropping = drop
        self._ended = asyncio.get_running_loop().create_future()
        try:
            await self._ended
        finally:
            self._ended, self._dropping = None, False

    def forget(self) -> bytes:
        """Drop and return what was received and not yet read."""
        return self._take(len(self._buffer))

    def feed_data(self, data: Octets) -> None:  # type: ignore[override]
        """Take *data*, which may change as soon as this returns."""
        if self._dropping:
            return
        if self._collector is None:
            self._keep(data)
            return
        rest = self._collector.feed(data)
        if rest is not None:
            # Before anybody is told: who goes on at once is to find it.
            self._keep(rest)
            self._finish(done=True)

    def _keep(self, data: Octets) -> None:
        """As the stream reader of asyncio does, which also asks whether it is too much."""
        if len(self._buffer) + len(data) > self._limit and not self._eof:
            super().feed_data(data)
            return
        self._buffer += data
        waiter, self._waiter = self._waiter, None
        if waiter is not None and data and not waiter.cancelled():
            waiter.set_result(None)

    def feed_eof(self) -> None:
        super().feed_eof()
        self._finish(done=False)
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def set_exception(self, exc: BaseException) -> None:  # noqa: ARG002
        # The peer is gone: reading goes on to the end of what came, as after an orderly close.
        self.feed_eof()

    async def _more(self) -> None:
        """Wait until more has come, or the end."""
        self._waiter = self._future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _finish(self, *, done: bool) -> None:
        self._collector = None
        if self._collected is not None and not self._collected.done():
            self._collected.set_result(done)

    def _take(self, count: int) -> bytes:
        buffer = self._buffer
        if count == len(buffer):
            taken = bytes(buffer)
            buffer.clear()
        else:
            taken = bytes(memoryview(buffer)[:count])
            del buffer[:count]
        if self._paused:
            self._maybe_resume_transport()  # type: ignore[attr-defined]
        return taken

    async def _skip_line(self, limit: int) -> bytes:
        kept = bytes(memoryview(self._buffer)[:limit])
        while (end := self._buffer.find(b"\n")) < 0:
            self._take(len(self._buffer))
            if self._eof:
                return kept
            await self._more()
        self._take(end + 1)
        return kept
