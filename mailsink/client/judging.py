"""What a running server is asked to judge: conditions as its API takes them, its answer as a failure's text.

Knows JSON's words and no HTTP. The server knows who is in the middle of sending, and compares near misses
where the messages are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["after_waiting", "written"]


def written(words: Mapping[str, Any]) -> dict[str, Any] | None:
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


def after_waiting(text: str, waited: float) -> str:
    """The server's text with how long was waited for it."""
    head, separator, rest = text.partition("\n")
    if waited < 0.005:
        return text
    what, sink, where = head.partition(" (sink ")
    # The server, too, tells how long it looked, when it took some time.
    what = what.partition(" after ")[0]
    return f"{what} after {waited:.2f} s{sink}{where}{separator}{rest}"
