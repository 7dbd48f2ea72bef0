"""When a delivery that failed is tried again, and when no more."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["Pace", "retry_after"]

# A receiver may ask for a pause, but not for ever.
LONGEST_WISH = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pauses: *first* seconds, then twice as long each time, *longest* at most, *tries* in all.

    As it stands that is about seven hours: a receiver that is down over lunch loses nothing. *timeout* is for
    one try as a whole, in seconds.
    """

    first: float = 1.0
    longest: float = 3_600.0
    tries: int = 18
    timeout: float = 10.0

    def pause(self, tried: int, wish: float | None = None) -> float | None:
        """Seconds until the next try, after *tried* of them; ``None`` when it was the last.

        Between half and all of the pause by chance, so that many deliveries do not come back at once. *wish*
        is what the receiver asked for by Retry-After.
        """
        if tried >= self.tries:
            return None
        whole = min(self.longest, self.first * 2.0 ** min(tried - 1, 60))
        pause = whole * random.uniform(0.5, 1.0)  # noqa: S311 - nothing is secret about it
        return pause if wish is None else max(pause, min(wish, LONGEST_WISH))


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Retry-After (RFC 9110 §10.2.3), seconds or a date, as seconds from *now*; ``None`` for neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - now).total_seconds())
