"""What is changed of other people's settings for a while, and put back though others change it, too.

Knows items and attributes; what they mean is for `configuration`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Undo", "set_attributes", "set_items"]

Undo = Callable[[], None]
_MISSING: Any = object()


@dataclass(slots=True, kw_only=True, eq=False)
class _Change:
    """*ours* is what it was changed to, as it reads; *before* is what stands there without the change."""

    target: Any
    name: str
    before: Any
    ours: Any
    read: Callable[[Any, str], Any]
    write: Callable[[Any, str, Any], None]

    def is_beside(self, other: _Change) -> bool:
        """Whether both are of the same place."""
        return self.target is other.target and self.name == other.name and self.read is other.read


# What is changed now, of the whole process as the environment is, the oldest first.
_changes: list[_Change] = []


def set_items(target: MutableMapping[str, Any], values: Mapping[str, Any]) -> Undo:
    """Set items of *target*. What is returned puts each back, unless somebody else has changed it since."""
    return _set(target, values, _item, _set_item)


def set_attributes(target: Any, values: Mapping[str, Any]) -> Undo:
    """As `set_items`, without asking the object: validators and frozen models have no say in tests."""
    return _set(target, values, _attribute, object.__setattr__)


def _set(
    target: Any,
    values: Mapping[str, Any],
    read: Callable[[Any, str], Any],
    write: Callable[[Any, str, Any], None],
) -> Undo:
    made = []
    for name, value in values.items():
        before = read(target, name)
        write(target, name, value)
        made.append(
            _Change(target=target, name=name, before=before, ours=read(target, name), read=read, write=write)
        )
    _changes.extend(made)

    def undo() -> None:
        while made:
            _take_back(made.pop())

    return undo


def _take_back(change: _Change) -> None:
    later = _changes[_changes.index(change) + 1 :]
    _changes.remove(change)
    above = next((other for other in later if other.is_beside(change)), None)
    if above is not None:
        # It would bring this one back when it ends.
        above.before = change.before
    elif change.read(change.target, change.name) == change.ours:
        change.write(change.target, change.name, change.before)


def _item(target: MutableMapping[str, Any], name: str) -> Any:
    return target.get(name, _MISSING)


def _set_item(target: MutableMapping[str, Any], name: str, value: Any) -> None:
    if value is _MISSING:
        del target[name]
    else:
        target[name] = value


def _attribute(target: Any, name: str) -> Any:
    return getattr(target, name)
