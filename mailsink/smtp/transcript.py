"""The timed dialogue of one session, secrets masked, bounded in entries and octets.

Knows nothing of sockets: it is told what was said.
"""

from __future__ import annotations

import re
import time

from ..model import Entries

__all__ = ["Transcript"]

# Enough for 300 recipients with their replies; a session of 10,000 keeps its first part and its end.
MAX_ENTRIES = 1_000
MAX_VALUES = 4 * MAX_ENTRIES
MAX_OCTETS = 65_536
MAX_LINE = 1_024
# Sentences about the connection: a client that fails to authenticate for ever makes one each time.
MAX_EVENTS = 200

# RFC 4954 §4: AUTH mechanism [initial-response]; the response is a secret.
_AUTH = re.compile(rb"(?i)\s*AUTH\s+\S+\s+")
_MAY_BE_AUTH = frozenset((b"A", b"a", *(bytes([octet]) for octet in b" \t\r\n\v\f")))


class Transcript:
    """Records who said what, when. Cheap to write: entries are made when somebody reads them.

    *replies* counts them by what they answer, and *octets* is content that came; both beyond every bound.
    """

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.cut = 0
        self.replies: dict[tuple[bytes, bytes], int] = {}
        self.octets = 0
        self._verb = b""
        # Moment, kind, what was said, size, and the next record's: a tuple for each would be one more thing
        # that the collector of garbage has to look at, 14 times for each mail.
        self._values: list[float | str | bytes] = []
        self._octets = 0
        self._events = 0

    def client(self, line: bytes) -> None:
        """A command line, without its line end. What AUTH carries is masked."""
        self._verb = line[:5]
        if len(line) > MAX_LINE or line[:1] in _MAY_BE_AUTH:
            line = _shown(line)
        self._add("client", line)

    def secret(self, size: int) -> None:
        """A line of *size* octets that must not be kept: an answer to an AUTH challenge."""
        self._add("client", "*" * 8, size)

    def server(self, lines: bytes) -> None:
        """A whole reply as it was sent."""
        answer = (self._verb, lines[:3])
        self.replies[answer] = self.replies.get(answer, 0) + 1
        self._add("server", lines)

    def content(self, size: int) -> None:
        """*size* octets of content went by."""
        self.octets += size
        self._add("content", "", size)

    def event(self, text: str) -> None:
        """A sentence about the connection; kept even when what was said has reached its bound."""
        if self._events >= MAX_EVENTS:
            self.cut += 1
            return
        self._events += 1
        self.end(text)

    def fault(self, text: str) -> None:
        """A fault rule fired; bounded as events are."""
        if self._events >= MAX_EVENTS:
            self.cut += 1
            return
        self._events += 1
        self._values += (time.monotonic(), "fault", text.replace("\n", " ")[:MAX_LINE], 0)

    def end(self, text: str) -> None:
        """How the session ended; always kept."""
        self._values += (time.monotonic(), "event", text[:MAX_LINE], 0)

    def entries(self) -> Entries:
        """What was recorded so far, oldest first; a reply of several lines makes several entries."""
        return Entries(tuple(self._values), self.started)

    def _add(self, kind: str, said: bytes | str, size: int = 0) -> None:
        values = self._values
        if len(values) >= MAX_VALUES or self._octets > MAX_OCTETS:
            self.cut += 1
            return
        self._octets += len(said)
        values += (time.monotonic(), kind, said, size)


def _shown(line: bytes) -> bytes:
    """*line* without what AUTH carries, and no longer than is kept."""
    secret = _AUTH.match(line)
    if secret is not None:
        line = line[: secret.end()] + b"*" * 8
    return line if len(line) <= MAX_LINE else line[:MAX_LINE] + b"... (%d octets)" % len(line)
