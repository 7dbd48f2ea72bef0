"""A stretch of a test as a ``with`` block, and the mail that belongs to it.

Knows times and messages; what is asked of them is a `View`'s business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from ..message import Message
    from .view import View

__all__ = ["During"]


class During:
    """What `Mailsink.during` returns: a ``with`` block whose mail is what begins in it."""

    def __init__(
        self,
        view: Callable[[Callable[[Message], bool]], View],
        *,
        began_at: Callable[[Message], dt.datetime],
        now: Callable[[], dt.datetime],
    ) -> None:
        """*view* makes one of the messages for which a function is true."""
        self._view = view
        self._began_at = began_at
        self._now = now
        self._end: dt.datetime | None = None

    def __enter__(self) -> View:
        start, self._end = self._now(), None

        def belongs(message: Message) -> bool:
            began = self._began_at(message)
            return start <= began and (self._end is None or began < self._end)

        return self._view(belongs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end = self._now()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                "during() is a with block: "
                f"write `with mailsink.during() as sent:`, and sent.{name} in it or after it"
            )
