"""Methods whose conditions are given by name, and what is said to who gives one without.

Knows what a value looks like; what it may mean is for `mailsink.query`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

__all__ = ["by_name"]

Method = TypeVar("Method", bound=Callable[..., Any])


def by_name(method: Method) -> Method:
    """*method*, which raises TypeError that says what to write where something is given without its name."""
    name = method.__name__

    @wraps(method)
    def named(self: object, *given: object, **words: Any) -> Any:
        if given:
            said = ", ".join(map(repr, given))
            raise TypeError(
                f"{name}({said}): give conditions by their names, such as {name}({_written(given)})"
            )
        return method(self, **words)

    return cast("Method", named)


def _written(given: Iterable[object]) -> str:
    """What *given* was meant to be, as far as one can see."""
    words: dict[str, object] = {}
    for value in given:
        words.setdefault(_word(value), value)
    return ", ".join(f"{word}{value!r}" for word, value in words.items())


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return "**"
    if isinstance(value, int):
        return "count="
    if isinstance(value, str) and re.fullmatch(r"[^\s@]*@[^\s@]+", value):
        return "rcpt="
    return "where=" if callable(value) else "subject="
