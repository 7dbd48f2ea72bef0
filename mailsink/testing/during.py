"""A stretch of a test as a ``with`` block, and the mail that belongs to it.

Knows when what was sent began to be sent; the rest is its `Mailsink`'s business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from ..by_name import by_name
from .view import View
from .window import PartialStore

if TYPE_CHECKING:
    from typing import Unpack

    from ..attempts import Attempt
    from .mailsink import Mailsink
    from .view import MailWords

__all__ = ["During", "Part"]


class Part(View):
    """The mail of *whole* that began to be sent at a moment for which *covers* is true."""

    def __init__(self, whole: Mailsink, covers: Callable[[dt.datetime], bool]) -> None:
        began_at = whole._server.sessions.began_at
        super().__init__(
            whole.inbox.over(PartialStore(whole.inbox.store, lambda message: covers(began_at(message)))),
            timeout=whole.timeout,
            where=whole._where,
            called="sent",
            session=whole._session,
            looked_at=whole._looked_at,
        )
        self._whole = whole
        self._covers = covers

    @by_name
    def attempts(self, **words: Unpack[MailWords]) -> list[Attempt]:
        """As `Mailsink.attempts`, of what began in the block."""
        return [one for one in self._whole.attempts(**words) if self._covers(one.transaction.started_at)]

    def _begin(self, call: str, words: Mapping[str, Any] = MappingProxyType({}), hint: str = "") -> None:
        self._whole._begin(call, words, hint)


class During:
    """What `Mailsink.during` returns: a ``with`` block whose mail is what begins in it."""

    def __init__(self, whole: Mailsink) -> None:
        self._whole = whole
        self._end: dt.datetime | None = None

    def __enter__(self) -> Part:
        start, self._end = self._whole._now(), None
        return Part(self._whole, lambda moment: start <= moment and (self._end is None or moment < self._end))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end = self._whole._now()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                "during() is a with block: "
                f"write `with mailsink.during() as sent:`, and sent.{name} in it or after it"
            )
