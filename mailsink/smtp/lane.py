"""Runs a session's coroutine where its events happen, and as a task once it awaits anything else.

A task takes a turn of the event loop for every command that comes; a step in the lane takes none. What a
session awaits as a rule, its client's octets and its store's answer, comes through futures of the lane.
Whatever else it awaits (TLS, a pause, a handler's hook) makes it an ordinary task, and it stays one.

Knows no SMTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Lane", "Told", "Waiting"]

T = TypeVar("T")
R = TypeVar("R", contravariant=True)


class Told(Protocol[R]):
    """What is told a result, once."""

    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def set_result(self, result: R, /) -> None: ...


class Waiting(Awaitable[T], Told[T], Protocol[T]):
    """What one coroutine awaits: an `asyncio.Future`, or a lane's."""


class Lane:
    """Runs one coroutine. For the loop's thread only, from inside its callbacks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.task: asyncio.Task[None] | None = None
        self._loop = loop
        self._coroutine: Coroutine[Any, Any, None] | None = None
        self._awaited: _Promise[Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the coroutine has begun and is not over."""
        return self._coroutine is not None or (self.task is not None and not self.task.done())

    def run(self, coroutine: Coroutine[Any, Any, None], *, as_task: bool = False) -> None:
        """Begin *coroutine*. With *as_task* it is a task at once, as what asks for the current task needs."""
        if as_task:
            self.task = self._loop.create_task(coroutine)
            return
        self._coroutine = coroutine
        self._step()

    def future(self) -> Waiting[Any]:
        """What the coroutine, and nobody else, is going to await. Resolved, it goes on at once."""
        return _Promise(self)

    def cancel(self) -> None:
        """End the coroutine where it stands."""
        if self.task is not None:
            self.task.cancel()
        elif self._coroutine is not None:
            coroutine, self._coroutine, self._awaited = self._coroutine, None, None
            coroutine.close()

    def _step(self) -> None:
        coroutine = self._coroutine
        assert coroutine is not None
        self._awaited = None
        try:
            awaited = coroutine.send(None)
        except BaseException as error:
            self._coroutine = None
            if isinstance(error, StopIteration):
                return
            raise
        if isinstance(awaited, _Promise):
            self._awaited = awaited
            return
        self._coroutine = None
        self.task = self._loop.create_task(_go_on(coroutine, awaited))


class _Promise(Generic[T]):
    """A future without callbacks: what it resolves is the lane's coroutine."""

    __slots__ = ("_future", "_lane", "_result")

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._result: tuple[T] | None = None
        self._future: asyncio.Future[None] | None = None

    def done(self) -> bool:
        return self._result is not None

    def cancelled(self) -> bool:
        return False

    def set_result(self, result: T, /) -> None:
        self._result = (result,)
        if self._lane._awaited is self:
            self._lane._step()
        elif self._future is not None and not self._future.done():
            self._future.set_result(None)

    def __await__(self) -> Generator[Any, None, T]:
        if self._result is None:
            if self._lane.task is None:
                yield self
            else:
                self._future = self._lane._loop.create_future()
                yield from self._future
        assert self._result is not None
        return self._result[0]


async def _go_on(coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
    await _Rest(coroutine, awaited)


class _Rest:
    """What is left of a coroutine that has taken steps already and awaits *awaited*."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, None]:
        awaited = self._awaited
        try:
            while True:
                try:
                    sent = yield awaited
                except BaseException as error:  # noqa: BLE001 - such as a cancellation, which is the coroutine's
                    awaited = self._coroutine.throw(error)
                else:
                    awaited = self._coroutine.send(sent)
        except StopIteration:
            return
