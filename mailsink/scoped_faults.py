"""The fault rules of one inbox: a view of the sink's plan that adds the inbox to each rule.

Holds no rules itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

from .errors import ConfigError
from .fault_checks import name_of, shown
from .fault_text import read_rule
from .faults import Plan, Rule, Tally
from .patterns import escape
from .presets import PresetName, preset

__all__ = ["FaultHandle", "InboxFaults"]


class FaultHandle:
    """A rule that was added: its counts, and the means to take it out again. Works as a ``with`` block."""

    def __init__(self, plan: Plan, rule: Rule) -> None:
        self.rule = rule
        self._plan = plan
        self._last = Tally()

    @property
    def tally(self) -> Tally:
        """How often the rule matched and fired, and where; once it was taken out, what was last seen."""
        if self._plan.get(self.rule.id) is not None:
            self._last = self._plan.tally(self.rule.id)
        return self._last

    @property
    def hits(self) -> int:
        """How often the rule fired."""
        return self.tally.hits

    def remove(self) -> None:
        """Take the rule out of the plan; a second call does nothing."""
        self._last = self.tally
        self._plan.remove(self.rule.id)

    def __enter__(self) -> FaultHandle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<Fault {self.rule.id}: {self.hits} hits>"


class InboxFaults:
    """The rules that hold for one inbox alone; with ``inbox=None``, all rules. Safe from any thread."""

    def __init__(self, plan: Plan, inbox: str | None) -> None:
        self._plan = plan
        self._inbox = inbox

    def add(self, rule: Rule | None = None, /, **table: Any) -> FaultHandle:
        """Add a rule, as a `Rule` or in words: ``add(stage="rcpt", reply="452 4.2.2 Full", times=2)``.

        The words are those of a fault file. Raises ConfigError naming what is wrong and what is allowed, and
        for a rule that names another inbox.
        """
        return self._add(read_rule(table) if rule is None else rule)

    def preset(self, name: PresetName, **settings: Any) -> tuple[FaultHandle, ...]:
        """Add a preset's rules: ``preset("greylisting", seconds=2)``. Raises ConfigError."""
        return tuple(self._add(rule) for rule in preset(name, **settings))

    def tally(self, rule_id: str) -> Tally:
        """How often a rule matched and fired, and where; nothing of one that is not there."""
        return self._plan.tally(rule_id)

    def clear(self) -> int:
        """Take out the rules of this inbox; returns how many there were."""
        return self._plan.remove(*(rule.id for rule in self))

    def __iter__(self) -> Iterator[Rule]:
        own = None if self._inbox is None else escape(self._inbox)
        return (rule for rule in self._plan if own in (None, rule.inbox))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<InboxFaults {self._inbox or 'all'}: {', '.join(rule.id for rule in self) or 'no rules'}>"

    def _add(self, rule: Rule) -> FaultHandle:
        if self._inbox is not None:
            own = escape(self._inbox)
            if rule.inbox not in ("", self._inbox, own):
                raise ConfigError(
                    f"{name_of(rule.id, rule.note)}: inbox {shown(rule.inbox)} is not {shown(self._inbox)}; "
                    "leave it out, or add the rule to that inbox"
                )
            rule = replace(rule, inbox=own)
        [added] = self._plan.add(rule)
        return FaultHandle(self._plan, added)
