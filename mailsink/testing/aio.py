"""The verbs that wait, for coroutines: under asyncio and trio, without needing either.

A wait runs in a thread of its own; when the task that awaits it is cancelled, it is woken and ends.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar, overload

from ..awaiting import Waits, in_thread
from ..by_name import by_name

if TYPE_CHECKING:
    from typing import Unpack

    from .mail import Mail
    from .view import MailWords, View

__all__ = ["Aio"]

T = TypeVar("T")


class Aio:
    """The coroutines of a view: as its methods of the same names."""

    def __init__(self, view: View) -> None:
        self._view = view

    @overload
    async def expect(
        self, *, count: None = None, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> Mail: ...
    @overload
    async def expect(
        self, *, count: int, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> list[Mail]: ...

    @by_name
    async def expect(
        self, *, count: int | None = None, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> Mail | list[Mail]:
        """Wait until exactly one mail matches, and return it; with *count*, exactly so many as a list."""
        if count is None:
            return await self._run(lambda view: view.expect(timeout=timeout, **words))
        number = count
        return await self._run(lambda view: view.expect(count=number, timeout=timeout, **words))

    async def expect_in_order(
        self, steps: Sequence[MailWords], *, timeout: float | None = None
    ) -> list[Mail]:
        """Wait until for each of *steps* a mail has come after the one before it."""
        return await self._run(lambda view: view.expect_in_order(steps, timeout=timeout))

    @by_name
    async def expect_none(self, *, within: float = 0.0, **words: Unpack[MailWords]) -> None:
        """Check that no mail matches, now and for *within* seconds more."""
        await self._run(lambda view: view.expect_none(within=within, **words))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                f"aio.{name}: aio has expect, expect_in_order and expect_none, which wait; all else is asked "
                "without aio and await"
            )

    async def _run(self, work: Callable[[View], T]) -> T:
        waits = Waits()
        view = copy.copy(self._view)
        view.inbox = view.inbox.watched(waits.begin)
        return await in_thread(lambda: work(view), waits.give_up)
