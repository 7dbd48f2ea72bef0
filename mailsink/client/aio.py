"""`AsyncClient`: the verbs of `Client` for coroutines, under asyncio and trio.

Each runs in a thread of its own, so that one implementation speaks HTTP.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import AsyncIterator, Callable, Collection
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..awaiting import Waits, in_thread
from ..by_name import by_name
from ..inbox import TIMEOUT
from .client import Client
from .inbox import RemoteInbox
from .inboxes import DOMAIN, MadeInbox, NewInbox
from .message import RemoteMessage

if TYPE_CHECKING:
    from typing import Unpack

    from ..attempts import Mailing
    from ..events import Event
    from ..faults import Rule
    from ..message import Message
    from ..model import Session
    from ..presets import PresetName
    from ..query import Query, Words
    from ..scoped_faults import FaultHandle
    from ..store import Counts, Page
    from ..waiting import Outcome

__all__ = ["AsyncClient", "AsyncInbox"]

T = TypeVar("T")


class AsyncInbox:
    """The verbs of a server's inbox, to await: as those of `Inbox`.

    What they return is whole: looking at a message asks the server nothing more.
    """

    def __init__(self, inbox: RemoteInbox) -> None:
        self._inbox = inbox

    @property
    def name(self) -> str | None:
        """The inbox's name; ``None`` for all of them."""
        return self._inbox.name

    async def list(self, query: Query | str | None = None, *, limit: int = 50, before: str = "") -> Page:
        """Up to *limit* summaries, newest first; *before* is the `Page.next` of the page before."""
        return await self._run(lambda inbox: inbox.list(query, limit=limit, before=before))

    async def counts(self, query: Query | str | None = None) -> Counts:
        """How many messages match, and how many of them are unread."""
        return await self._run(lambda inbox: inbox.counts(query))

    async def get(self, message_id: str) -> Message | None:
        """The message with that id, or ``None``. ``"latest"`` is the newest."""
        return await self._run(lambda inbox: _whole(inbox.get(message_id)))

    async def find(self, query: Query | str | None = None, **words: Unpack[Words]) -> builtins.list[Message]:
        """The messages that are here now and match, oldest first. Does not wait."""
        return await self._run(lambda inbox: [*map(_whole, inbox.find(query, **words))])

    async def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        """Set the flags that are not ``None``; returns how many messages of this inbox there were."""
        return await self._run(lambda inbox: inbox.mark(ids, read=read, starred=starred, tags=tags))

    async def mark_all_read(self) -> int:
        """Mark every message read; returns how many were not."""
        return await self._run(lambda inbox: inbox.mark_all_read())

    async def delete(self, ids: Collection[str]) -> int:
        """Delete messages; returns how many there were."""
        return await self._run(lambda inbox: inbox.delete(ids))

    async def clear(self) -> int:
        """Delete every message; returns how many there were."""
        return await self._run(lambda inbox: inbox.clear())

    async def wait(
        self, query: Query | str | None = None, *, count: int = 1, timeout: float = TIMEOUT, after: str = ""
    ) -> Outcome:
        """Wait until at least *count* messages match, for up to *timeout* seconds."""

        def wait(inbox: RemoteInbox) -> Outcome:
            outcome = inbox.wait(query, count=count, timeout=timeout, after=after)
            for message in outcome.matched:
                _whole(message)
            return outcome

        return await self._run(wait)

    @overload
    async def expect(
        self, *, count: None = None, timeout: float = TIMEOUT, **words: Unpack[Words]
    ) -> Message: ...
    @overload
    async def expect(
        self, *, count: int, timeout: float = TIMEOUT, **words: Unpack[Words]
    ) -> tuple[Message, ...]: ...

    @by_name
    async def expect(
        self, *, count: int | None = None, timeout: float = TIMEOUT, **words: Unpack[Words]
    ) -> Message | tuple[Message, ...]:
        """Wait until exactly one message matches, and return it; with *count*, exactly so many."""
        if count is None:
            return await self._run(lambda inbox: _whole(inbox.expect(timeout=timeout, **words)))
        number = count
        return await self._run(
            lambda inbox: tuple(map(_whole, inbox.expect(count=number, timeout=timeout, **words)))
        )

    @by_name
    async def expect_none(self, *, within: float = 0.0, **words: Unpack[Words]) -> None:
        """Check that no message matches, now and for *within* seconds more."""
        await self._run(lambda inbox: inbox.expect_none(within=within, **words))

    async def attempts(self) -> tuple[Mailing, ...]:
        """Every try to send here, grouped by the mail, oldest first."""
        return await self._run(lambda inbox: inbox.attempts())

    async def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        """Up to *limit* connections that the server took, newest first."""
        return await self._run(lambda inbox: inbox.sessions.list(limit=limit, before=before))

    @property
    def faults(self) -> AsyncFaults:
        """What goes wrong for this inbox: ``await inbox.faults.add(stage="rcpt", reply="450 Later")``."""
        return AsyncFaults(self)

    async def stream(self, *kinds: str) -> AsyncIterator[Event]:
        """What happens in this inbox from the first step on, for ever; *kinds* narrow it."""
        events = await self._run(lambda inbox: inbox.store.events.subscribe(inbox=inbox.name, kinds=kinds))
        with events:
            while not events.ended:
                event = await in_thread(events.get, events.wake)
                if event is not None:
                    yield event

    async def _run(self, work: Callable[[RemoteInbox], T]) -> T:
        waits = Waits()
        inbox = self._inbox.watched(waits.begin)
        return await in_thread(lambda: work(inbox), waits.give_up)


class AsyncMadeInbox(AsyncInbox):
    """An inbox that was made, as `MadeInbox`. Works as an ``async with`` block, which removes it."""

    def __init__(self, made: MadeInbox) -> None:
        super().__init__(made)
        self._made = made
        self.user, self.password, self.tag = made.user, made.password, made.tag
        self.host, self.port, self.tls = made.host, made.port, made.tls
        self.expires_at = made.expires_at

    def address(self, name: str = "test", domain: str = DOMAIN) -> str:
        """A mail address whose mail comes here, from a client that does not log in."""
        return self._made.address(name, domain)

    async def remove(self) -> int:
        """Delete the inbox; returns how many messages were in it. A second call does nothing."""
        return await self._run(lambda _: self._made.remove())

    async def __aenter__(self) -> AsyncMadeInbox:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.remove()


class AsyncClient(AsyncInbox):
    """A running server for coroutines: as `Client`, each verb to be awaited, under asyncio and trio.

    ::

        async with AsyncClient() as client:
            message = await client.expect(rcpt="ada@example.org", subject="Welcome")

    A task that is cancelled gives its wait up.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        inbox: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._client = Client(url, token=token, inbox=inbox, ca_file=ca_file)
        super().__init__(self._client)

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._client.url

    def inbox(self, name: str | None) -> AsyncInbox:
        """An inbox by name; ``None`` is all of them as one."""
        return AsyncInbox(self._client.everything if name is None else self._client.inboxes[name])

    async def inboxes(self) -> dict[str, Counts]:
        """The inboxes that the server knows, with their counts."""
        return await self._run(lambda inbox: inbox.store.inboxes())

    async def create_inbox(self, name: str | None = None, **options: Unpack[NewInbox]) -> AsyncMadeInbox:
        """Make an inbox, as `RemoteInboxes.create`: ``async with await client.create_inbox() as inbox:``."""
        return AsyncMadeInbox(await self._run(lambda _: self._client.inboxes.create(name, **options)))

    async def delete_inbox(self, name: str) -> int:
        """Delete an inbox; returns how many messages were in it."""
        return await self._run(lambda _: self._client.inboxes.delete(name))

    async def health(self) -> dict[str, Any]:
        """What runs: ``version``, ``smtp`` (where it listens), ``store``, ``messages``, ``unread``."""
        return await self._run(lambda _: self._client.health())

    async def close(self) -> None:
        """Close the connections. A second call does nothing."""
        self._client.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Async{repr(self._client)[1:]}"


class AsyncFaults:
    """The fault rules of a server's inbox, to await."""

    def __init__(self, inbox: AsyncInbox) -> None:
        self._inbox = inbox

    async def add(self, rule: Rule | None = None, /, **table: Any) -> AsyncFault:
        """Add a rule, as a `Rule` or in words. Raises ConfigError naming what is wrong."""
        return AsyncFault(await self._inbox._run(lambda inbox: inbox.faults.add(rule, **table)), self._inbox)

    async def preset(self, name: PresetName, **settings: Any) -> tuple[AsyncFault, ...]:
        """Add a preset's rules. Raises ConfigError."""
        handles = await self._inbox._run(lambda inbox: inbox.faults.preset(name, **settings))
        return tuple(AsyncFault(handle, self._inbox) for handle in handles)

    async def list(self) -> builtins.list[Rule]:
        """The rules, in the order in which they are asked."""
        return await self._inbox._run(lambda inbox: [*inbox.faults])

    async def clear(self) -> int:
        """Take out the rules of this inbox; returns how many there were."""
        return await self._inbox._run(lambda inbox: inbox.faults.clear())


class AsyncFault:
    """A rule that was added. Works as an ``async with`` block, which takes it out again."""

    def __init__(self, handle: FaultHandle, inbox: AsyncInbox) -> None:
        self.rule = handle.rule
        self._handle = handle
        self._inbox = inbox

    async def hits(self) -> int:
        """How often the rule fired."""
        return await self._inbox._run(lambda _: self._handle.hits)

    async def remove(self) -> None:
        """Take the rule out of the plan; a second call does nothing."""
        await self._inbox._run(lambda _: self._handle.remove())

    async def __aenter__(self) -> AsyncFault:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.remove()


M = TypeVar("M", bound="Message | None")


def _whole(message: M) -> M:
    """*message*, with what would be fetched later fetched now."""
    if isinstance(message, RemoteMessage):
        message.load()
    return message
