"""The end of a message's content, found in octets as they come.

Does no I/O: a collector is fed and says when it is done. Memory is bounded whatever is fed.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["CountedCollector", "DotCollector", "Octets", "Portion"]

# What comes is in a buffer that others use as soon as `feed` has returned.
Octets = bytes | memoryview

_END = b"\r\n.\r\n"
# So many octets are laid aside: a buffer that grows is copied whole every now and then.
PIECE = 262_144
# A piece of fewer octets is searched for the end as a whole.
_SHORT = 4_096
# So many dots in a longer one are looked at one by one.
_MANY = 512
# What some servers took for the end as well: who relays through such a one can be made to send a second mail.
_LOOK_ALIKES = {b"\n.": (b"\n.\n", b"\n.\r"), b"\r.": (b"\r.\n", b"\r.\r")}


class DotCollector:
    """Collects content up to CRLF.CRLF and takes the transparency dots out (RFC 5321 §4.5.2).

    Only that sequence ends it: bare CR, bare LF and NUL are content (RFC 5321 §2.3.8).
    *limit* is in octets of content; what exceeds it is counted and dropped. 0 is no limit. Of what was
    collected, `looks_ended` says whether there is a lone dot between line ends other than CRLF.
    """

    def __init__(self, limit: int = 0) -> None:
        self.received = 0
        self.overflow = False
        self.looks_ended = False
        # The content begins after a line end, so that a first line of "." ends it at once.
        self._buffer = bytearray(b"\r\n")
        # What came before what is in the buffer, and how many octets that is.
        self._aside: list[bytes] = []
        self._size_aside = 0
        # Whether a line may begin with a dot, whatever ends the line before it.
        self._has_dotted = False
        self._limit = limit
        # Transparency adds at most one octet to three (a line "." is sent as "..").
        self._bound = limit + limit // 3 + 65536 if limit else 0

    def feed(self, data: Octets) -> Octets | None:
        """Take *data*; ``None`` while the end has not come, else the octets that follow the end."""
        buffer = self._buffer
        before = len(buffer)
        buffer += data
        end = self._find_end(before)
        if end < 0:
            self.received += len(data)
            if len(buffer) > PIECE:
                self._lay_aside()
            return None
        rest = bytes(memoryview(buffer)[end + len(_END) :])
        self.received += len(data) - len(rest)
        del buffer[end + 2 :]
        return rest

    def _lay_aside(self) -> None:
        """Keep in the buffer only what the end may begin with."""
        kept = 1 - len(_END)
        self._aside.append(bytes(memoryview(self._buffer)[:kept]))
        self._size_aside += len(self._aside[-1])
        del self._buffer[:kept]
        if self.overflow or (self._bound and self._size_aside > self._bound):
            self.overflow = True
            self._aside.clear()

    def _find_end(self, before: int) -> int:
        """Where CRLF.CRLF begins, of which the last octet is not among the first *before*; -1 for nowhere.

        A dot is rare in what is long, and one octet is found ten times as fast as several.
        """
        buffer = self._buffer
        at = max(before - 3, 0)
        if len(buffer) - before < _SHORT:
            # The end alone is looked for, and then what else may begin with a dot before it.
            end = buffer.find(_END, max(0, before - 4))
            last = end + 1 if end >= 0 else len(buffer)
            self._has_dotted |= buffer.find(b"\n.", at, last) >= 0 or buffer.find(b"\r.", at, last) >= 0
            return end
        for _ in range(_MANY):
            at = buffer.find(b".", at + 1)
            if at < 0:
                return -1
            if buffer[at - 1] in b"\r\n":
                if buffer[at - 2 : at + 3] == _END:
                    return at - 2
                # One of the last two is looked at again when more has come.
                self._has_dotted |= at + 3 <= len(buffer)
        self._has_dotted = True
        return buffer.find(_END, at - 1)

    def content(self) -> bytes:
        """The content without the transparency dots. Ask once, when done; empty after an overflow."""
        first, *others = *self._aside, self._buffer
        self._aside, self._buffer = [], bytearray()
        if self.overflow:
            return b""
        # Most contents have no line that begins with a dot; a search takes 0.8 ms for each MB.
        if self._has_dotted:
            content = self._without_dots(b"".join([first, *others]))
        else:
            content = b"".join([memoryview(first)[2:], *others])
        if self._limit and len(content) > self._limit:
            self.overflow = True
            return b""
        return content

    def _without_dots(self, octets: bytes) -> bytes:
        found = [beginning for beginning in _LOOK_ALIKES if beginning in octets]
        self.looks_ended = any(sequence in octets for each in found for sequence in _LOOK_ALIKES[each])
        return (octets.replace(b"\r\n.", b"\r\n") if b"\n." in found else octets)[2:]


class CountedCollector:
    """Collects exactly *size* octets, as BDAT announces them (RFC 3030 §2); without *keep* it counts them."""

    def __init__(self, size: int, *, keep: bool = True) -> None:
        self.received = 0
        self._size = size
        self._keep = keep
        self._buffer = bytearray()

    def feed(self, data: Octets) -> Octets | None:
        """Take *data*; ``None`` while octets are missing, else the octets that follow the chunk."""
        wanted = self._size - self.received
        chunk = data[:wanted]
        self.received += len(chunk)
        if self._keep:
            self._buffer += chunk
        return None if self.received < self._size else data[wanted:]

    def content(self) -> bytes:
        """The octets of the chunk; empty when they were only counted."""
        return bytes(self._buffer)


class Portion:
    """Passes up to *size* octets on to *collector*, and is done when they have come or *collector* is.

    *finished* tells which of the two it was.
    """

    def __init__(self, collector: _Collector, size: int) -> None:
        self.finished = False
        self._collector = collector
        self._left = size

    def feed(self, data: Octets) -> Octets | None:
        """Take *data*; ``None`` while octets are missing, else the octets that follow."""
        chunk, later = data[: self._left], data[self._left :]
        rest = self._collector.feed(chunk)
        self._left -= len(chunk)
        if rest is not None:
            self.finished = True
            return bytes(rest) + bytes(later)
        return None if self._left else later


class _Collector(Protocol):
    def feed(self, data: Octets) -> Octets | None: ...
