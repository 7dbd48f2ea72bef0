"""Work that blocks, for coroutines: under asyncio and trio, without needing either.

It runs in a thread of its own; when the task that awaits it is cancelled, its waits are given up.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .waiting import Waiter

__all__ = ["Waits", "in_thread"]

T = TypeVar("T")


class Waits:
    """The waits of one piece of work, as `Inbox.watched` tells of them; `give_up` ends them all."""

    def __init__(self) -> None:
        self._waiters: list[Waiter] = []
        self._over = False

    def begin(self, waiter: Waiter) -> None:
        """Take note of a wait."""
        self._waiters.append(waiter)
        if self._over:
            waiter.give_up()

    def give_up(self) -> None:
        """Make each return what there is, and later ones not wait. Safe from any thread."""
        self._over = True
        for waiter in self._waiters:
            waiter.give_up()


async def in_thread(work: Callable[[], T], give_up: Callable[[], object]) -> T:
    """What *work* returns, done in a thread. *give_up* is called when it is over or not awaited any more."""
    trio = _trio()
    if trio is None:
        return await _in_thread(work, give_up)
    try:
        # A limiter of its own: waits must not use up the threads of the application.
        result: T = await trio.to_thread.run_sync(
            work, abandon_on_cancel=True, limiter=trio.CapacityLimiter(1)
        )
    finally:
        give_up()
    return result


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


async def _in_thread(work: Callable[[], T], give_up: Callable[[], object]) -> T:
    """Run *work* in a thread of its own, for a task of asyncio. *give_up* is called when it is over."""
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
