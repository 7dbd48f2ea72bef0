"""An inbox of a running server that has the server judge what has come.

The server knows who is in the middle of sending, and compares near misses where the messages are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ..client import Client
from ..client.inbox import RemoteInbox
from ..errors import ExpectationError, RequestError
from ..inbox import SETTLE, TIMEOUT
from ..query import query_of

if TYPE_CHECKING:
    from typing import Unpack

    from ..message import Message
    from ..query import Query, Words

__all__ = ["JudgedInbox"]


class JudgedInbox(RemoteInbox):
    """The inbox *name* of a server. Conditions that JSON has no words for, as functions, are judged here."""

    def __init__(self, client: Client, name: str) -> None:
        super().__init__(client._http, client._remote, name)

    def expect(self, *, count: int | None = None, timeout: float = TIMEOUT, **words: Unpack[Words]) -> Any:
        body = _written(words)
        if body is None or not self.settle:
            return super().expect(count=cast("int", count), timeout=timeout, **words)
        found = self._judged(query_of(**words), body, 1 if count is None else count, timeout)
        return found[0] if count is None else found

    def expect_none(self, *, within: float = 0.0, **words: Unpack[Words]) -> None:
        body = _written(words)
        if body is None or not self.settle:
            super().expect_none(within=within, **words)
            return
        self._judged(query_of(**words), body, 0, within)

    def wait_idle(self, timeout: float = SETTLE) -> bool:
        """Let the server wait until nobody is in the middle of sending, for at most a quarter of a second."""
        if timeout:
            # Nothing has this id: it looks, waits for who sends, and looks again.
            self._http.json("POST", "/assert", body={"inbox": self.name, "id": "-", "count": 0})
        return True

    def _judged(self, query: Query, body: dict[str, Any], count: int, timeout: float) -> tuple[Message, ...]:
        if count < 0:
            raise ValueError(f"count={count}: must be 0 or more")
        with self.waiter(query) as waiter:
            outcome = waiter.wait(count or 1, timeout)
        here = {message.id: message for message in outcome.matched}
        asked = {**body, "inbox": self.name, "count": count, "timeout": 0}
        try:
            found = self._http.json("POST", "/assert", body=asked)["messages"]
        except RequestError as error:
            if error.status != 409:
                raise
            raise ExpectationError(_after(str(error), outcome.waited)) from None
        messages = (here.get(one["id"]) or self.get(one["id"]) for one in found)
        return tuple(message for message in messages if message is not None)


def _written(words: Mapping[str, Any]) -> dict[str, Any] | None:
    """The conditions as the API takes them; ``None`` where JSON has no word for one of them."""
    if "inbox" in words or "where" in words:
        return None
    if not all(
        _is_json(value) or (name in ("header", "attachment") and _is_object(value))
        for name, value in words.items()
    ):
        return None
    return {name.rstrip("_"): value for name, value in words.items()}


def _is_json(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(type(one) is str for one in value)
    return value is None or type(value) in (str, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping) and all(type(k) is str and _is_json(v) for k, v in value.items())


def _after(text: str, waited: float) -> str:
    """The server's text with how long was waited for it."""
    head, separator, rest = text.partition("\n")
    if waited < 0.005:
        return text
    what, sink, where = head.partition(" (sink ")
    # The server, too, tells how long it looked, when it took some time.
    what = what.partition(" after ")[0]
    return f"{what} after {waited:.2f} s{sink}{where}{separator}{rest}"
