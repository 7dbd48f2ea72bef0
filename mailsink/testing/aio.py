"""The verbs that wait, for coroutines: under asyncio and trio, without needing either.

A wait runs in a thread of its own; when the task that awaits it is cancelled, it is woken and ends.
"""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..inbox import Inbox
from ..waiting import Waiter

if TYPE_CHECKING:
    from typing import Unpack

    from ..query import Query, Words
    from .mail import Mail
    from .view import View

__all__ = ["Aio"]

T = TypeVar("T")


class Aio:
    """The coroutines of a view: as its methods of the same names."""

    def __init__(self, view: View) -> None:
        self._view = view

    @overload
    async def expect(
        self, *, count: None = None, timeout: float | None = None, **words: Unpack[Words]
    ) -> Mail: ...
    @overload
    async def expect(
        self, *, count: int, timeout: float | None = None, **words: Unpack[Words]
    ) -> list[Mail]: ...

    async def expect(
        self, *, count: int | None = None, timeout: float | None = None, **words: Unpack[Words]
    ) -> Mail | list[Mail]:
        """Wait until exactly one mail matches, and return it; with *count*, exactly so many as a list."""
        __tracebackhide__ = True
        if count is None:
            return await self._run(lambda view: view.expect(timeout=timeout, **words))
        number = count
        return await self._run(lambda view: view.expect(count=number, timeout=timeout, **words))

    async def expect_in_order(self, steps: Sequence[Words], *, timeout: float | None = None) -> list[Mail]:
        """Wait until for each of *steps* a mail has come after the one before it."""
        __tracebackhide__ = True
        return await self._run(lambda view: view.expect_in_order(steps, timeout=timeout))

    async def expect_none(self, *, within: float = 0.0, **words: Unpack[Words]) -> None:
        """Check that no mail matches, now and for *within* seconds more."""
        __tracebackhide__ = True
        await self._run(lambda view: view.expect_none(within=within, **words))

    async def _run(self, work: Callable[[View], T]) -> T:
        __tracebackhide__ = True
        inbox = _Interruptible(self._view.inbox)
        view = copy.copy(self._view)
        view.inbox = inbox
        trio = _trio()
        if trio is not None:
            try:
                # A limiter of its own: waits must not use up the threads of the application.
                result: T = await trio.to_thread.run_sync(
                    lambda: work(view), abandon_on_cancel=True, limiter=trio.CapacityLimiter(1)
                )
            finally:
                inbox.give_up()
            return result
        return await _in_thread(lambda: work(view), inbox.give_up)


def _trio() -> Any:
    """The module trio where one of its tasks runs, else ``None``."""
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return None
    return trio


async def _in_thread(work: Callable[[], T], give_up: Callable[[], None]) -> T:
    """Run *work* in a thread of its own, for a task of asyncio. *give_up* is called when it is over."""
    __tracebackhide__ = True
    # Loaded already: a task of it is running.
    asyncio: Any = sys.modules["asyncio"]
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_result(result) if error is None else future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - it is raised where it is awaited
            error = raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            # The loop is closed: nobody awaits this any more.
            return

    threading.Thread(target=run, name="mailsink-wait", daemon=True).start()
    try:
        awaited: T = await future
    finally:
        give_up()
    return awaited


class _Interruptible(Inbox):
    """An inbox whose waits can be ended from another thread."""

    def __init__(self, inbox: Inbox) -> None:
        vars(self).update(vars(inbox))
        self._waiters: list[Waiter] = []
        self._over = False

    def waiter(self, query: Query | str | None = None, *, after: str = "") -> Waiter:
        waiter = super().waiter(query, after=after)
        self._waiters.append(waiter)
        if self._over:
            waiter.give_up()
        return waiter

    def give_up(self) -> None:
        self._over = True
        for waiter in self._waiters:
            waiter.give_up()
