"""Faults: when something goes wrong, what goes wrong, and the ordered set of such rules.

- A `Rule` says when: at a stage, for whom, how often, with which chance. A `Fault` says what.
- The first rule of a `Plan` that fires decides; rules that only delay or slow let later ones fire too.
- The same rules, seed and order of moments give the same decisions on any machine.

Does no I/O: decides, counts and remembers; what follows is done by the connection.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from .clock import monotonic
from .errors import ConfigError
from .fault_words import ACTIONS, KNOWN, PAIRS, STAGES, Action, Per, Stage, stages_of
from .model import Reply
from .patterns import like

__all__ = [
    "ACTIONS",
    "PAIRS",
    "STAGES",
    "Fault",
    "Fired",
    "Moment",
    "Plan",
    "Rule",
    "Tally",
]

# Keys that are remembered for `per`; the oldest go.
_REMEMBERED = 10_000
# Firings that a rule's log keeps.
_LOGGED = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: an *action* and its *value*.

    The value is a `Reply` for ``reply``; seconds for ``delay``, ``split`` and ``dribble``; octets a second
    for ``throttle``; a word for ``tls``, ``hide`` and ``add``; a text for ``malformed``; ``None`` for the
    rest.
    """

    action: Action
    value: Reply | float | str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether a later rule may fire as well."""
        return self.action in ("delay", "throttle", "hide", "add")

    @property
    def skips(self) -> bool:
        """Whether the command is not run."""
        if self.action == "reply":
            assert isinstance(self.value, Reply)
            return not self.value.is_positive
        return self.action in ("stall", "close", "reset")

    def __str__(self) -> str:
        if self.value is None:
            return self.action
        value = f"{self.value:g}" if isinstance(self.value, float) else self.value
        return f"{self.action} {value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where a session is when a rule is asked: what is known of it, ``""`` and 0 where nothing is.

    *connection*, *transaction* and *recipient* count from 1: the listener's connections, the connection's
    transactions, the transaction's recipients. *octets* are those of the content so far. *header* gives a
    header field's values at ``dot`` and ``stored``.
    """

    stage: str
    listener: str = ""
    inbox: str = ""
    peer: str = ""
    helo: str = ""
    user: str = ""
    sender: str = ""
    rcpt: str = ""
    connection: int = 0
    transaction: int = 0
    recipient: int = 0
    octets: int = 0
    header: Callable[[str], tuple[str, ...]] | None = None

    def key(self, per: str) -> str:
        """What a rule that counts by *per* counts under."""
        if per == "triplet":
            return f"{self.peer}\0{self.sender}\0{self.rcpt}"
        if per == "connection":
            # Each listener numbers its own.
            return f"{self.listener}\0{self.connection}"
        return str(getattr(self, per)) if per else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a fault happens. Conditions that are left out hold always; those that are given must all hold.

    *stage* is one of `STAGES`, or ``"any"``: wherever a reply is due, once for each. *listener*, *inbox*,
    *peer*, *helo*, *user*, *sender*, *rcpt* and *subject* are patterns as `like` takes them, compared
    without regard to case but for *inbox*; *header* is a field's name and a pattern. After RCPT, *rcpt* is
    the last one. *connection*, *transaction* and *recipient* are numbers from 1; *after* is in octets of
    content. A condition on what is not known at a stage (see `KNOWN`) does not hold there.

    *skip* lets the first so many matches pass, *times* ends after so many firings, *every* fires at each
    so-manyth match, *within* only so many seconds from the first match on, *over* ``(count, seconds)`` only
    for matches beyond so many in the last so many seconds, those that fired not counted. *per* counts all of
    these for each value of it alone. *probability*, from 0 to 1, is drawn for matches that are due; the draws
    follow from *seed*, stage and action alone.

    Raises ConfigError naming the rule, the value and what is allowed.
    """

    fault: Fault
    stage: Stage = "any"
    id: str = ""
    enabled: bool = True
    note: str = ""
    listener: str = ""
    inbox: str = ""
    peer: str = ""
    helo: str = ""
    user: str = ""
    sender: str | None = None
    rcpt: str = ""
    subject: str = ""
    header: tuple[str, str] | None = None
    connection: int = 0
    transaction: int = 0
    recipient: int = 0
    after: int = 0
    skip: int = 0
    times: int = 0
    every: int = 0
    within: float = 0.0
    over: tuple[int, float] | None = None
    per: Per | Literal[""] = ""
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        from .fault_checks import check

        check(self)

    @property
    def given(self) -> tuple[str, ...]:
        """The conditions of `KNOWN` that this rule has."""
        return tuple(word for word in KNOWN if getattr(self, word, None) != _DEFAULTS.get(word))

    @property
    def narrowing(self) -> tuple[str, ...]:
        """What must be known where this rule fires: its conditions and what it counts by."""
        return (*self.given, self.per) if self.per in KNOWN else self.given

    def holds(self, moment: Moment) -> bool:
        """Whether the conditions on what is said hold; counts and chance are not looked at."""
        if moment.stage not in stages_of(self.stage, self.fault.action):
            return False
        if not all(moment.stage in KNOWN[word] for word in self.narrowing):
            return False
        if not all(
            like(getattr(self, word), getattr(moment, word))
            for word in ("listener", "peer", "helo", "user", "sender", "rcpt")
            if getattr(self, word) != _DEFAULTS[word]
        ):
            return False
        # An inbox's name is itself: "Ada" and "ada" are two.
        if self.inbox and not like(self.inbox, moment.inbox, caseless=False):
            return False
        if not all(
            getattr(self, word) in (0, getattr(moment, word))
            for word in ("connection", "transaction", "recipient")
        ):
            return False
        return moment.octets == self.after and self._holds_header(moment)

    def _holds_header(self, moment: Moment) -> bool:
        wanted = [("Subject", self.subject)] if self.subject else []
        if self.header is not None:
            wanted.append(self.header)
        if not wanted:
            return True
        if moment.header is None:
            return False
        return all(any(like(pattern, value) for value in moment.header(name)) for name, pattern in wanted)


_DEFAULTS = {one.name: one.default for one in fields(Rule)}


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule fired: *number* is its how-manyth time, *at* seconds since the epoch."""

    rule: Rule
    number: int
    at: float
    moment: Moment

    @property
    def fault(self) -> Fault:
        return self.rule.fault

    def __str__(self) -> str:
        return f"Fault {self.rule.id} fired: {self.fault}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often a rule matched and how often it fired; *log* holds the last 100 firings, oldest first."""

    matches: int = 0
    hits: int = 0
    log: tuple[Fired, ...] = ()


@dataclass(slots=True)
class _Count:
    """The counts under one key of *per*."""

    matches: int = 0
    fired: int = 0
    first: float = 0.0
    recent: deque[float] = field(default_factory=deque)


class _State:
    """What a rule remembers."""

    def __init__(self, rule: Rule) -> None:
        from random import Random

        self.rule = rule
        self._matches = 0
        self._hits = 0
        self._log: deque[Fired] = deque(maxlen=_LOGGED)
        # Of the rule's own words, not of its id: what else the plan holds must not change the sequence.
        self._chance = Random(f"{rule.seed}/{rule.stage}/{rule.fault.action}")  # noqa: S311 - repeatable is the point
        self._counts: dict[str, _Count] = {}

    @property
    def tally(self) -> Tally:
        return Tally(matches=self._matches, hits=self._hits, log=tuple(self._log))

    def ask(self, moment: Moment, now: float) -> Fired | None:
        rule = self.rule
        if not rule.enabled or not rule.holds(moment):
            return None
        self._matches += 1
        count = self._count(moment.key(rule.per), now)
        if not self._due(count, now):
            return None
        # Drawn only for matches that are due, so that the sequence is that of the matches.
        if rule.probability < 1 and self._chance.random() >= rule.probability:
            return None
        count.fired += 1
        self._hits += 1
        fired = Fired(rule, self._hits, time.time(), replace(moment, header=None))
        self._log.append(fired)
        return fired

    def _count(self, key: str, now: float) -> _Count:
        count = self._counts.pop(key, None) or _Count(first=now)
        self._counts[key] = count
        if len(self._counts) > _REMEMBERED:
            del self._counts[next(iter(self._counts))]
        count.matches += 1
        return count

    def _due(self, count: _Count, now: float) -> bool:
        rule = self.rule
        if rule.over is not None:
            limit, seconds = rule.over
            while count.recent and count.recent[0] <= now - seconds:
                count.recent.popleft()
            if len(count.recent) < limit:
                count.recent.append(now)
                return False
        beyond = count.matches - rule.skip
        if beyond <= 0 or (rule.times and count.fired >= rule.times):
            return False
        if rule.every and beyond % rule.every:
            return False
        return not rule.within or now - count.first < rule.within


class Plan:
    """An ordered set of rules, asked at each moment of each session. Safe from any thread.

    *clock* gives seconds that only grow. A plan in which no rule is switched on costs one look at `active`.
    """

    def __init__(self, rules: tuple[Rule, ...] = (), *, clock: Callable[[], float] = monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._number = 0
        self._fired: Counter[tuple[str, str]] = Counter()
        self.active = False
        self.add(*rules)

    def __iter__(self) -> Iterator[Rule]:
        with self._lock:
            return iter([state.rule for state in self._states.values()])

    def __len__(self) -> int:
        return len(self._states)

    def __repr__(self) -> str:
        return f"<Plan: {', '.join(rule.id for rule in self) or 'no rules'}>"

    def add(self, *rules: Rule) -> tuple[Rule, ...]:
        """Append rules; those without an id get ``F1``, ``F2`` ...

        Raises ConfigError for an id that is taken; then none is added.
        """
        with self._lock:
            added: dict[str, Rule] = {}
            for rule in rules:
                named = rule if rule.id else replace(rule, id=self._next_id(added))
                if named.id in self._states or named.id in added:
                    raise ConfigError(
                        f"fault {named.id}: the id is taken; choose another, or replace that rule"
                    )
                added[named.id] = named
            self._states.update((rule_id, _State(rule)) for rule_id, rule in added.items())
            self._look()
        return tuple(added.values())

    def _next_id(self, added: dict[str, Rule]) -> str:
        self._number += 1
        while (rule_id := f"F{self._number}") in self._states or rule_id in added:
            self._number += 1
        return rule_id

    def _look(self) -> None:
        self.active = any(state.rule.enabled for state in self._states.values())

    def get(self, rule_id: str) -> Rule | None:
        """The rule of that id, or ``None``."""
        state = self._states.get(rule_id)
        return None if state is None else state.rule

    def tally(self, rule_id: str) -> Tally:
        """The counts and the log of a rule as they are now; nothing where there is none of that id."""
        with self._lock:
            state = self._states.get(rule_id)
            return Tally() if state is None else state.tally

    def update(self, rule: Rule) -> bool:
        """Replace the rule of the same id at its place, its counts beginning anew; false if there is none."""
        with self._lock:
            if rule.id not in self._states:
                return False
            self._states[rule.id] = _State(rule)
            self._look()
            return True

    def enable(self, rule_id: str, *, enabled: bool = True) -> bool:
        """Switch a rule on or off, its counts kept; false if there is none."""
        with self._lock:
            state = self._states.get(rule_id)
            if state is None:
                return False
            state.rule = replace(state.rule, enabled=enabled)
            self._look()
            return True

    def move(self, rule_id: str, position: int) -> bool:
        """Put a rule at *position*, from 0, its counts kept; false if there is none.

        A position beyond the last one is the last.
        """
        with self._lock:
            if rule_id not in self._states:
                return False
            order = [other for other in self._states if other != rule_id]
            order.insert(max(0, position), rule_id)
            self._states = {other: self._states[other] for other in order}
            return True

    def remove(self, *rule_ids: str) -> int:
        """Take rules out; returns how many there were."""
        with self._lock:
            removed = sum(self._states.pop(rule_id, None) is not None for rule_id in rule_ids)
            self._look()
        return removed

    def clear(self) -> int:
        """Take out every rule; returns how many there were."""
        return self.remove(*(rule.id for rule in self))

    def fired(self) -> dict[tuple[str, str], int]:
        """How often rules fired by stage and action, those that were taken out since included."""
        with self._lock:
            return dict(self._fired)

    def ask(self, moment: Moment) -> tuple[Fired, ...]:
        """The rules that fire now, in order: any that let others fire too, then the one that decides."""
        fired = []
        with self._lock:
            now = self._clock()
            for state in self._states.values():
                one = state.ask(moment, now)
                if one is not None:
                    fired.append(one)
                    self._fired[one.rule.stage, one.fault.action] += 1
                    if not one.fault.goes_on:
                        break
        return tuple(fired)
