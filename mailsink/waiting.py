"""One wait for messages: what matched so far, and the subscription that was made before looking.

Knows stores and queries; what is done when something does not come is the caller's business.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING

from .clock import monotonic, now
from .lookout import KINDS, Sighting

if TYPE_CHECKING:
    from .events import Event
    from .lookout import Lookout
    from .message import Message
    from .query import Query
    from .store import Store

__all__ = ["ADVICE", "Outcome", "Waiter", "check_count", "check_seconds", "refuse_to_block", "verb_of"]

# What to write where a wait would block a running event loop; *verb* is what was called.
ADVICE = "await asyncio.to_thread(inbox.{verb}, ...)"
# A failure text shows the nearest five of these, and tells from one more than 50 that there were many.
OTHERS = 51
# So many of the newest messages are looked through for others: all of them may match.
MOST_SEEN = 200
# Seconds between two questions whether to go on waiting.
LOOK = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a wait ended with.

    *matched* are the messages that match, oldest first; *complete* says whether they were enough; *others*
    are up to 51 of the newest that did not match, and none where there were enough; *waited* is in seconds.
    """

    matched: tuple[Message, ...]
    complete: bool
    others: tuple[Message, ...]
    waited: float


class Waiter:
    """Looks for the messages of *inbox* (``None``: of all) that match *query*, and waits for more of them.

    *after* leaves out the messages up to that id. Of those that are there already, the oldest *most* that
    match are taken; ``None`` takes all. *lookout* is for who waits together with many others. *advice* is
    what to write where a wait would block a running event loop. What comes between two calls of `wait` is
    not missed. Close it, or use it with ``with``.
    """

    def __init__(
        self,
        store: Store,
        inbox: str | None,
        query: Query,
        after: str = "",
        *,
        most: int | None = None,
        lookout: Lookout | None = None,
        advice: str = ADVICE,
    ) -> None:
        self.query = query
        self.advice = advice
        self._most = most
        self._store = store
        self._inbox = inbox
        self._after = after
        self._started = monotonic()
        self._began_at = now()
        self._matched: dict[str, Message] = {}
        # Subscribed before looking: what comes in between is in the subscription, and counted once.
        self._news = (
            store.events.subscribe(inbox=inbox, kinds=KINDS)
            if lookout is None
            else lookout.subscribe(query, inbox=inbox)
        )
        self._looked = False
        self._woken = False
        self._given_up = False

    def wait(self, count: int, timeout: float, *, stop: Callable[[], bool] | None = None) -> Outcome:
        """Wait until at least *count* messages match, for up to *timeout* seconds from the beginning on.

        *stop* is asked every 5 seconds and after `wake`; true ends the wait. Raises RuntimeError where it
        would block a running event loop.
        """
        self._look()
        deadline = self._started + timeout
        if len(self._matched) < count and deadline > monotonic():
            refuse_to_block(self.advice)
            self._follow(count, deadline, stop)
        waited = monotonic() - self._started
        complete = len(self._matched) >= count
        return Outcome(
            others=() if complete else self._others(),
            matched=tuple(self._matched.values()),
            complete=complete,
            waited=waited,
        )

    def finds(self, count: int) -> bool:
        """Whether at least *count* messages match now. Does not wait."""
        self._look()
        return len(self._matched) >= count

    def wake(self) -> None:
        """Make a running `wait` ask its *stop* now. Safe from any thread."""
        self._woken = True
        self._news.wake()

    def give_up(self) -> None:
        """Make a running `wait` return what there is, and later ones not wait. Safe from any thread."""
        self._given_up = True
        self._news.wake()

    def close(self) -> None:
        self._news.close()

    def __enter__(self) -> Waiter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _look(self) -> None:
        """Take in what is there and, from the second time on, what was captured or deleted since."""
        if not self._looked:
            self._looked = True
            self._search()
        while (event := self._news.get(0)) is not None:
            self._take(event)

    def _search(self) -> None:
        """What matches, found by the store's index."""
        found = self._store.scan(inbox=self._inbox, after=self._after, query=self.query)
        self._matched = {message.id: message for message in islice(found, self._most)}

    def _others(self) -> tuple[Message, ...]:
        """The newest that do not match, oldest first: looked for at the end, as only a failure names them."""
        newest = self._store.scan(inbox=self._inbox, after=self._after, newest_first=True)
        others = islice((m for m in islice(newest, MOST_SEEN) if not self._is_match(m)), OTHERS)
        return tuple(reversed([*others]))

    def _is_match(self, message: Message) -> bool:
        # The search asked about what was there before; of what came at the end nobody may have told yet.
        came_since = message.received_at >= self._began_at
        return message.id in self._matched or (came_since and self.query.matches(message))

    def _follow(self, count: int, deadline: float, stop: Callable[[], bool] | None) -> None:
        while not self._given_up and len(self._matched) < count and (left := deadline - monotonic()) > 0:
            pause = 0.0 if self._woken else LOOK if stop is not None else threading.TIMEOUT_MAX
            event = self._news.get(min(left, pause))
            if event is not None:
                self._take(event)
                continue
            self._woken = False
            if self._news.ended or (stop is not None and stop()):
                return

    def _take(self, event: Event) -> None:
        if event.kind == "deleted":
            for message_id in event.ids or _of_inbox(self._matched, event.inbox):
                self._matched.pop(message_id, None)
            return
        seen = event.messages if isinstance(event, Sighting) else map(self._store.get, event.ids)
        for message in seen:
            if message is not None and message.id > self._after and self.query.matches(message):
                self._matched[message.id] = message


def _of_inbox(held: dict[str, Message], inbox: str) -> tuple[str, ...]:
    """The ids of *held* that are in *inbox*; ``""`` is any."""
    return tuple(key for key, message in held.items() if inbox in ("", message.inbox))


def check_seconds(word: str, value: object) -> None:
    """Raise TypeError or ValueError unless *value* says how long to wait."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{word}={value!r}: must be a number of seconds")
    if not 0 <= value < float("inf"):
        raise ValueError(f"{word}={value!r}: must be a number of seconds from 0 on")


def check_count(value: object) -> None:
    """Raise TypeError or ValueError unless *value* says how many messages are expected."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"count={value!r}: must be a whole number")
    if value < 0:
        raise ValueError(f"count={value}: must be 0 or more")


def verb_of(count: int) -> str:
    """The verb by which *count* messages are expected."""
    return "expect" if count else "expect_none"


def refuse_to_block(advice: str = ADVICE) -> None:
    """Raise where waiting would stop the event loop that the awaited mail may need."""
    if not _is_in_task("trio.lowlevel") and not _is_in_task("asyncio"):
        return
    raise RuntimeError(f"waiting here would block the running event loop; write: {advice}")


def _is_in_task(library: str) -> bool:
    """Whether a task of *library* is at work in this thread; it is if it was loaded, else not."""
    module = sys.modules.get(library)
    if module is None:
        return False
    try:
        # Without a task at work the loop only runs around us, as that of Playwright's sync API does.
        return module.current_task() is not None
    except RuntimeError:
        return False
