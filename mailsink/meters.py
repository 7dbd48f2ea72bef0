"""What a sink counts of itself while it runs: replies, sessions, sizes, times. Totals only grow.

Knows no text format and no Prometheus; cheap enough to be always on. Standard library only.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

__all__ = ["Histogram", "Replies", "SmtpMeter", "StoreMeter", "named"]

# How often each reply code came after each verb, both as octets off the wire: the verb is the first five of
# the line, which tell all of them apart.
Replies = Mapping[tuple[bytes, bytes], int]

# Seconds. A mail's session takes some milliseconds on loopback, and five minutes where it idles out.
SESSION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0)
# Seconds. Memory takes microseconds, a commit to a file some milliseconds.
STORE_SECONDS = (0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
# Octets: powers of four from a short text to a mail that few servers take.
SIZES = tuple(float(4**power) for power in range(5, 14))

_VERBS = {
    verb[:5].encode(): verb
    for verb in (
        *("AUTH", "BDAT", "DATA", "EHLO", "EXPN", "HELO", "HELP", "LHLO", "MAIL", "NOOP", "QUIT", "RCPT"),
        *("RSET", "STARTTLS", "VRFY", "XCLIENT"),
    )
}


class Histogram:
    """How many values were at most each of *bounds*, which ascend, and their sum.

    Not safe from several threads at once: whoever observes and reads holds a lock of its own.
    """

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.total = 0.0
        self._counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._counts)

    @property
    def cumulated(self) -> tuple[int, ...]:
        """How many values were at most each bound; the last, for no bound, is `count`."""
        sums, so_far = [], 0
        for number in self._counts:
            so_far += number
            sums.append(so_far)
        return tuple(sums)

    def copy(self) -> Histogram:
        twin = Histogram(self.bounds)
        twin.total, twin._counts = self.total, list(self._counts)
        return twin


class StoreMeter:
    """What a store took over. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes = Histogram(SIZES)
        self._seconds = Histogram(STORE_SECONDS)
        self._failures = 0

    def added(self, size: int, seconds: float) -> None:
        """A message of *size* octets is kept for good, *seconds* after it was handed over."""
        with self._lock:
            self._sizes.observe(size)
            self._seconds.observe(seconds)

    def failed(self) -> None:
        """A message could not be kept."""
        with self._lock:
            self._failures += 1

    def read(self) -> tuple[Histogram, Histogram, int]:
        """Sizes in octets, times in seconds, and how many messages could not be kept; of one moment."""
        with self._lock:
            return self._sizes.copy(), self._seconds.copy(), self._failures


class SmtpMeter:
    """What sessions did. Each is counted in once, at its end; `lock` makes that end one moment."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.began = 0
        self.seconds = Histogram(SESSION_SECONDS)
        self.replies: Counter[tuple[str, str]] = Counter()
        self.octets = 0

    def ended(self, seconds: float, replies: Replies, octets: int) -> None:
        """A session is over; *octets* of content came in it. The caller holds `lock`."""
        self.seconds.observe(seconds)
        self.octets += octets
        _count(self.replies, replies)

    def read(self, open_sessions: Iterable[tuple[Replies, int]]) -> SmtpMeter:
        """A copy that counts *open_sessions* in as far as they have come. The caller holds `lock`."""
        twin = SmtpMeter()
        twin.began, twin.seconds, twin.octets = self.began, self.seconds.copy(), self.octets
        twin.replies = self.replies.copy()
        for replies, octets in open_sessions:
            _count(twin.replies, replies)
            twin.octets += octets
        return twin


def _count(counts: Counter[tuple[str, str]], replies: Replies) -> None:
    for answer, number in replies.items():
        counts[named(answer)] += number


# Nearly all sessions have the same dozen.
@lru_cache(maxsize=256)
def named(answer: tuple[bytes, bytes]) -> tuple[str, str]:
    """A key of `Replies` as verb and code, in words that no client can choose.

    The verb is ``"connect"`` before the first command, and ``"other"`` where there is no such verb; the code
    is ``"other"`` where a fault made something else of it.
    """
    prefix, code = answer
    verb = _VERBS.get(prefix.rstrip(b" ").upper(), "other") if prefix else "connect"
    return verb, code.decode("ascii") if len(code) == 3 and code.isdigit() else "other"
