"""Rules of the sink's fault plan that stand for a peer's own settings, found again by their ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mailsink.faults import Rule
from mailsink.patterns import escape

from ..context import sink
from .peer import inbox

__all__ = ["inbox_pattern", "put", "rule_id", "rule_of"]


def rule_id(peer: str, name: str) -> str:
    """The id of the rule *name* of *peer* for the inbox at hand, or for all."""
    if inbox().name is None:
        return f"{peer}-{name}"
    digest = hashlib.sha256((inbox().name or "").encode("utf-8", "surrogatepass")).hexdigest()
    return f"{peer}-{name}-{digest[:12]}"


def rule_of(peer: str, name: str) -> Rule | None:
    """That rule, or ``None``."""
    return sink().faults.get(rule_id(peer, name))


def inbox_pattern() -> str:
    """The inbox at hand, as a rule's condition."""
    return escape(inbox().name or "")


def put(rules: Iterable[Rule]) -> None:
    """Add *rules*, or put them in the place of those with their ids."""
    for rule in rules:
        if not sink().faults.update(rule):
            sink().faults.add(rule)
