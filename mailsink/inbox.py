"""A named partition of a store: list it, read it, wait for what comes.

Works over any store and knows no sockets. Everything that waits or reads goes through here: pages, API,
fixture and command line differ only in presentation.
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from .by_name import by_name
from .clock import now
from .errors import ExpectationError
from .waiting import ADVICE, Outcome, Waiter, check_count, check_seconds, refuse_to_block, verb_of

if TYPE_CHECKING:
    from typing import Self, Unpack

    from .activity import Activity
    from .attempts import Mailing
    from .faults import Plan
    from .lookout import Lookout
    from .message import Message
    from .query import Query, Words
    from .scoped_faults import InboxFaults
    from .sessions import Sessions
    from .store import Counts, Page, Store

__all__ = ["MOST_SESSIONS", "SETTLE", "TIMEOUT", "Inbox", "Outcome"]

# Long enough for an application's slowest first mail, short enough for a failing test.
TIMEOUT = 5.0
# After a match: how long a session that is still open may take to send one more.
SETTLE = 0.25
# How many sessions tell of tries to send.
MOST_SESSIONS = 10_000
# And what went wrong in the inbox's own among so many of the newest sessions.
TROUBLES = 20
NOBODY = "nobody has connected there: is the application pointed to it?"


class Inbox:
    """The messages of one inbox; ``name=None`` is all inboxes together.

    Holds nothing itself: cheap to make, always up to date, safe from any thread.
    Where a *query* is taken, it is a `Query`, a search text, or ``None`` for every message.
    """

    def __init__(
        self,
        store: Store,
        name: str | None = "default",
        *,
        activity: Activity | None = None,
        sessions: Sessions | None = None,
        listeners: tuple[str, ...] = (),
        plan: Plan | None = None,
    ) -> None:
        """*listeners* are the addresses at which mail for this inbox is taken, for the text of a failure."""
        self.name = name
        self._store = store
        self._activity = activity
        self._sessions = sessions
        self._listeners = listeners
        self._plan = plan
        # What to write in place of a wait, such as *verb*, that would block a running event loop.
        self.advice = ADVICE
        # How many seconds a match is looked at again for, while somebody is in the middle of sending.
        self.settle = SETTLE
        self._begin: Callable[[Waiter], None] | None = None

    @property
    def store(self) -> Store:
        """Where its messages are."""
        return self._store

    def over(self, store: Store) -> Inbox:
        """This inbox over another store, such as one that shows a part of its own."""
        inbox = copy.copy(self)
        inbox._store = store
        return inbox

    def watched(self, begin: Callable[[Waiter], None]) -> Self:
        """This inbox, which calls *begin* with each wait that begins: to give it up from another thread."""
        inbox = copy.copy(self)
        inbox._begin = begin
        return inbox

    def __repr__(self) -> str:
        return f"<Inbox {self.name or 'all'}: {self.counts().total} messages>"

    def __len__(self) -> int:
        return self.counts().total

    def __iter__(self) -> Iterator[Message]:
        """Every message, oldest first."""
        return self._store.scan(inbox=self.name)

    def list(self, query: Query | str | None = None, *, limit: int = 50, before: str = "") -> Page:
        """Up to *limit* summaries, newest first; *before* is the `Page.next` of the page before."""
        wanted = None if query is None else _read(query)
        return self._store.page(inbox=self.name, query=wanted, limit=limit, before=before)

    def ids(self, query: Query | str | None = None) -> builtins.list[str]:
        """The ids of all messages that match, newest first."""
        wanted = None if query is None else _read(query)
        found: builtins.list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self._store.page(inbox=self.name, query=wanted, limit=500, before=cursor)
            found += (summary.id for summary in page.summaries)
            cursor = page.next
        return found

    def counts(self, query: Query | str | None = None) -> Counts:
        """How many messages match, and how many of them are unread."""
        return self._store.counts(inbox=self.name, query=None if query is None else _read(query))

    def get(self, message_id: str) -> Message | None:
        """The message with that id in this inbox, or ``None``. ``"latest"`` is the newest."""
        if message_id == "latest":
            return self._store.latest(inbox=self.name)
        message = self._store.get(message_id)
        return message if message is not None and self.name in (None, message.inbox) else None

    def find(self, query: Query | str | None = None, **words: Unpack[Words]) -> builtins.list[Message]:
        """The messages that are here now and match both *query* and *words*, oldest first. Does not wait."""
        wanted = _read(query) & _words(words)
        return [*self._store.scan(inbox=self.name, query=wanted)]

    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        """Set the flags that are not ``None``; *tags* replaces, and one id may stand for *ids*.

        Returns how many messages of this inbox there were.
        """
        return self._store.mark(self._own(_several(ids)), read=read, starred=starred, tags=tags)

    def mark_all_read(self) -> int:
        """Mark every message of this inbox read; returns how many were not."""
        return self._store.mark_all_read(inbox=self.name)

    def delete(self, ids: Collection[str]) -> int:
        """Delete messages, of one id or several; returns how many of this inbox there were."""
        return self._store.delete(self._own(_several(ids)))

    def clear(self) -> int:
        """Delete every message of this inbox; returns how many there were."""
        return self._store.clear(inbox=self.name)

    @property
    def faults(self) -> InboxFaults:
        """What goes wrong for this inbox: ``inbox.faults.add(stage="rcpt", reply="450 4.2.0 Later")``.

        Rules of one inbox never touch another.
        """
        from .faults import Plan
        from .scoped_faults import InboxFaults

        return InboxFaults(Plan() if self._plan is None else self._plan, self.name)

    def attempts(self) -> tuple[Mailing, ...]:
        """Every try to send to this inbox, refused and broken ones too, grouped by the mail; oldest first.

        Goes back as far as sessions are kept.
        """
        from .attempts import group

        sessions = () if self._sessions is None else self._sessions.list(limit=MOST_SESSIONS)
        return group(sessions, inbox=self.name, find=self._store.get)

    def wait(
        self, query: Query | str | None = None, *, count: int = 1, timeout: float = TIMEOUT, after: str = ""
    ) -> Outcome:
        """Wait until at least *count* messages match, those that are here already included.

        *timeout* is in seconds. *after* leaves out the messages up to that id, with ``"latest"`` all that
        are here now. Never raises because something did not come: see `Outcome.complete`. Safe from any
        thread.
        """
        with self.waiter(query, after=after) as waiter:
            return waiter.wait(count, timeout)

    def waiter(
        self,
        query: Query | str | None = None,
        *,
        after: str = "",
        most: int | None = None,
        lookout: Lookout | None = None,
        verb: str = "wait",
    ) -> Waiter:
        """A wait that can be woken and given up, for servers; `wait` for everybody else.

        Of the messages that are here already it takes no more than *most* that match. *lookout* is one for
        this inbox's store, for who waits together with many others. *verb* is the method that waits.
        """
        if after == "latest":
            after = next((newest.id for newest in self.list(limit=1).summaries), "")
        advice = self.advice.format(verb=verb)
        waiter = Waiter(
            self._store, self.name, _read(query), after, most=most, lookout=lookout, advice=advice
        )
        if self._begin is not None:
            self._begin(waiter)
        return waiter

    @overload
    def expect(self, *, count: None = None, timeout: float = TIMEOUT, **words: Unpack[Words]) -> Message: ...
    @overload
    def expect(
        self, *, count: int, timeout: float = TIMEOUT, **words: Unpack[Words]
    ) -> tuple[Message, ...]: ...

    @by_name
    def expect(
        self, *, count: int | None = None, timeout: float = TIMEOUT, **words: Unpack[Words]
    ) -> Message | tuple[Message, ...]:
        """Wait until exactly one message matches *words*, and return it.

        With *count*, wait for exactly so many and return them, oldest first. *timeout* is in seconds;
        messages that are here already count. A match is looked at again once no session is in the middle
        of sending (for at most `settle` seconds, 0.25 as a rule), so that one too many is noticed.
        Raises ExpectationError that lists what came, the nearest miss first, and why it did not match.
        Safe from any thread; raises RuntimeError where it would block a running event loop.
        """
        check_seconds("timeout", timeout)
        wanted = 1 if count is None else count
        check_count(wanted)
        matched = self._expect(words, wanted, timeout if wanted else 0)
        return matched[0] if count is None else matched

    @by_name
    def expect_none(self, *, within: float = 0.0, **words: Unpack[Words]) -> None:
        """Check that no message matches *words*, now and for *within* seconds more.

        Looks again once no session is in the middle of sending (for at most `settle` seconds).
        Raises ExpectationError that shows what matched.
        """
        check_seconds("within", within)
        self._expect(words, 0, within)

    def _expect(self, words: Words, count: int, timeout: float) -> tuple[Message, ...]:
        query = _words(words)
        with self.waiter(query, verb=verb_of(count)) as waiter:
            outcome = self.exactly(waiter, count, timeout)
        if not outcome.complete:
            raise ExpectationError(self.explain(query, count, outcome))
        return outcome.matched

    def exactly(
        self, waiter: Waiter, count: int, timeout: float, *, stop: Callable[[], bool] | None = None
    ) -> Outcome:
        """Wait with a *waiter* of this inbox until exactly *count* messages match; 0: until one does.

        What is as hoped is looked at again once no session is in the middle of sending (for at most 0.25 s).
        `Outcome.complete` says whether it was *count* in the end. *timeout* and *stop* are `Waiter.wait`'s.
        """
        outcome = waiter.wait(count or 1, timeout, stop=stop)
        if len(outcome.matched) == count:
            self._settle(waiter)
            outcome = waiter.wait(count, 0)
        return replace(outcome, complete=len(outcome.matched) == count)

    def explain(self, query: Query, count: int, outcome: Outcome) -> str:
        """What to tell where *count* messages were expected to match *query*: what came, nearest misses."""
        from .explain import expectation

        return expectation(
            query,
            expected=count,
            matched=outcome.matched,
            others=outcome.others,
            waited=outcome.waited,
            where=", ".join(self._listeners),
            trouble=self._trouble(outcome) if len(outcome.matched) < count else (),
        )

    def wait_idle(self, timeout: float = SETTLE) -> bool:
        """Wait until no session is in the middle of sending; false if one is after *timeout* seconds."""
        return self._activity is None or self._activity.wait_idle(self.name, timeout=timeout)

    def _settle(self, waiter: Waiter) -> None:
        """Wait until nobody is in the middle of sending."""
        if self.settle and not self.wait_idle(0):
            refuse_to_block(waiter.advice)
            self.wait_idle(self.settle)

    def _own(self, ids: Collection[str]) -> Collection[str]:
        """Those of *ids* that are in this inbox."""
        return ids if self.name is None else [i for i in ids if self.get(i) is not None]

    def _trouble(self, outcome: Outcome) -> tuple[str, ...]:
        """What was refused or went wrong in this inbox's newest sessions, or that there is none."""
        if self._sessions is None:
            return ()
        from .explain import trouble

        newest = self._sessions.list(limit=TROUBLES)
        ours = (s for s in newest if self.name is None or s.listener in self._listeners)
        told = trouble(ours, now=now())
        came = outcome.matched or outcome.others or told or not self._listeners or self._was_visited()
        return told if came else (NOBODY,)

    def _was_visited(self) -> bool:
        """Whether anybody has connected to one of this inbox's listeners."""
        sessions = () if self._sessions is None else self._sessions.list(limit=MOST_SESSIONS)
        return any(session.listener in self._listeners for session in sessions)


def _read(query: Query | str | None) -> Query:
    """The query that was meant. Raises QueryError."""
    from .query import EVERYTHING, Query

    if query is None:
        return EVERYTHING
    if isinstance(query, str):
        from .query_text import parse

        return parse(query)
    if not isinstance(query, Query):
        raise TypeError(
            f"{query!r} is no query; give a search text such as 'subject:hello', or conditions by their names"
        )
    return query


def _words(words: Words) -> Query:
    from .query import query_of

    return query_of(**words)


def _several(ids: Collection[str]) -> Collection[str]:
    """*ids*, where a text is one of them and not its letters."""
    return (ids,) if isinstance(ids, str) else ids
