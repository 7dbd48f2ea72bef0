"""Faults: when something goes wrong, what goes wrong, and the ordered set of such rules.

- A `Rule` says when: at a stage, for whom, how often, with which chance. A `Fault` says what.
- The first rule of a `Plan` that fires decides; rules that only delay or slow let later ones fire too.
- The same rules, seed and order of moments give the same decisions on any machine.

Does no I/O: decides, counts and remembers; what follows is done by the connection.
"""

from __future__ import annotations

import fnmatch
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .errors import ConfigError
from .model import Reply

__all__ = ["ACTIONS", "PAIRS", "STAGES", "Fault", "Fired", "Moment", "Plan", "Rule", "Tally"]

# In the order of a session. Between them nothing is said that could go wrong.
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "connect": "a connection came; nothing is said yet",
        "banner": "the greeting is about to be sent",
        "handshake": "the client begins TLS, by STARTTLS or at once",
        "ehlo": "HELO, EHLO or LHLO came",
        "starttls": "STARTTLS came",
        "auth": "AUTH came",
        "mail": "MAIL came",
        "rcpt": "RCPT came",
        "data": "DATA came, before the content",
        "body": "content is coming; with after=N, when N octets came",
        "dot": "the content is complete and not yet stored",
        "stored": "the message is stored and not yet answered",
        "rset": "RSET came",
        "noop": "NOOP came",
        "quit": "QUIT came",
    }
)
_COMMANDS = frozenset({"ehlo", "starttls", "auth", "mail", "rcpt", "data", "rset", "noop", "quit"})
_REPLYING = _COMMANDS | {"banner", "dot", "stored"}
_EVERYWHERE = frozenset(STAGES)

# action -> (what it does, the stages where it makes sense)
ACTIONS: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        # A refusal is said instead of running the command; anything else once it has run.
        "reply": ("answers so", _REPLYING | {"connect"}),
        "delay": ("waits so many seconds, then goes on", _EVERYWHERE),
        "stall": ("says and reads nothing more, until the client gives up", _EVERYWHERE),
        "throttle": ("takes content at so many octets a second", frozenset({"body"})),
        "close": ("closes the connection in order (FIN)", _EVERYWHERE),
        "reset": ("resets the connection (RST)", _EVERYWHERE),
        "half_close": ("answers, and closes its own half of the connection", _REPLYING - {"quit"}),
        "lose": ("answers 250 and keeps nothing", frozenset({"dot"})),
        "malformed": ("answers with a line that is no reply", _REPLYING),
        "split": ("sends the reply in two segments, so many seconds apart", _REPLYING),
        "dribble": ("sends the reply octet by octet, so many seconds apart", _REPLYING),
        "tls": ("breaks TLS in the way that its value says", frozenset({"handshake"})),
        "hide": ("does not offer this extension", frozenset({"ehlo"})),
        "add": ("offers this line, which is not there", frozenset({"ehlo"})),
    }
)  # fmt: skip
# Which action can be had at which stage.
PAIRS: frozenset[tuple[str, str]] = frozenset(
    (stage, action) for action, (_, stages) in ACTIONS.items() for stage in stages
)
TLS_TROUBLES = ("expired", "wrong_host", "unknown_ca", "old_version", "garbage")
# What a rule may count by: each value of it has its own count.
PER = ("triplet", "peer", "sender", "rcpt", "user", "helo", "connection")
_WORDS = ("listener", "inbox", "peer", "helo", "user", "sender", "rcpt", "subject")
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

    action: str
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
        return self.action if self.value is None else f"{self.action} {self.value}"


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
        return str(getattr(self, per)) if per else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a fault happens. Conditions that are left out hold always; those that are given must all hold.

    *stage* is one of `STAGES` or ``"any"``. *listener*, *inbox*, *peer*, *helo*, *user*, *sender*, *rcpt* and
    *subject* are patterns with ``*`` and ``?``, compared without regard to case but for *inbox*; *header* is a
    field's name and a pattern. *connection*, *transaction* and *recipient* are numbers from 1. *after* is in octets.
    *skip* lets the first so many matches pass, *times* ends after so many firings, *every* fires at each
    so-manyth match, *within* only so many seconds from the first match on, *over* ``(count, seconds)`` only
    for matches beyond so many in so long. *per* counts all of these for each value of it alone.
    *probability* is from 0 to 1.
    """

    fault: Fault
    stage: str = "any"
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
    per: str = ""
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self)

    def holds(self, moment: Moment) -> bool:
        """Whether the conditions on what is said hold; counts and chance are not looked at."""
        if self.stage not in (moment.stage, "any") or (moment.stage, self.fault.action) not in PAIRS:
            return False
        if any(
            not _like(getattr(self, word), getattr(moment, word))
            for word in ("listener", "peer", "helo", "user", "rcpt")
            if getattr(self, word)
        ):
            return False
        # An inbox's name is itself: "Ada" and "ada" are two.
        if self.inbox and not fnmatch.fnmatchcase(moment.inbox, self.inbox):
            return False
        if self.sender is not None and not _like(self.sender, moment.sender):
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
        return all(any(_like(pattern, value) for value in moment.header(name)) for name, pattern in wanted)


def _like(pattern: str, value: str) -> bool:
    return fnmatch.fnmatchcase(value.lower(), pattern.lower())


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


@dataclass(slots=True)
class Tally:
    """How often a rule was asked and matched, how often it fired, and where it did last."""

    matches: int = 0
    hits: int = 0
    log: deque[Fired] = field(default_factory=lambda: deque(maxlen=_LOGGED))


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
        import random

        self.rule = rule
        self.tally = Tally()
        self._chance = random.Random(f"{rule.seed}/{rule.id}")  # noqa: S311 - repeatable is the point
        self._counts: dict[str, _Count] = {}

    def ask(self, moment: Moment, now: float) -> Fired | None:
        rule = self.rule
        if not rule.enabled or not rule.holds(moment):
            return None
        self.tally.matches += 1
        count = self._count(moment.key(rule.per), now)
        if not self._due(count, now):
            return None
        # Drawn only for matches that are due, so that the sequence is that of the matches.
        if rule.probability < 1 and self._chance.random() >= rule.probability:
            return None
        count.fired += 1
        self.tally.hits += 1
        fired = Fired(rule, self.tally.hits, time.time(), replace(moment, header=None))
        self.tally.log.append(fired)
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

    *clock* gives seconds that only grow. An empty plan costs one look at `active`.
    """

    def __init__(self, rules: tuple[Rule, ...] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._number = 0
        self.active = False
        self.add(*rules)

    def __iter__(self) -> Iterator[Rule]:
        with self._lock:
            return iter([state.rule for state in self._states.values()])

    def __len__(self) -> int:
        return len(self._states)

    def add(self, *rules: Rule) -> tuple[Rule, ...]:
        """Append rules; those without an id get ``F1``, ``F2`` ...

        Raises ConfigError for an id that is taken.
        """
        added = []
        with self._lock:
            for rule in rules:
                named = rule if rule.id else replace(rule, id=self._next_id())
                if named.id in self._states:
                    raise ConfigError(
                        f"fault {named.id}: the id is taken; choose another, or replace the rule"
                    )
                self._states[named.id] = _State(named)
                added.append(named)
            self.active = bool(self._states)
        return tuple(added)

    def _next_id(self) -> str:
        self._number += 1
        while f"F{self._number}" in self._states:
            self._number += 1
        return f"F{self._number}"

    def get(self, rule_id: str) -> Rule | None:
        state = self._states.get(rule_id)
        return None if state is None else state.rule

    def tally(self, rule_id: str) -> Tally:
        """The counts and the log of a rule. Raises KeyError."""
        return self._states[rule_id].tally

    def update(self, rule: Rule) -> bool:
        """Replace the rule of the same id, its counts beginning anew; false if there is none."""
        with self._lock:
            if rule.id not in self._states:
                return False
            self._states[rule.id] = _State(rule)
            return True

    def enable(self, rule_id: str, *, enabled: bool) -> bool:
        """Switch a rule on or off, its counts kept; false if there is none."""
        with self._lock:
            state = self._states.get(rule_id)
            if state is None:
                return False
            state.rule = replace(state.rule, enabled=enabled)
            return True

    def remove(self, *rule_ids: str) -> int:
        """Take rules out; returns how many there were."""
        with self._lock:
            removed = sum(self._states.pop(rule_id, None) is not None for rule_id in rule_ids)
            self.active = bool(self._states)
        return removed

    def clear(self, *, inbox: str | None = None) -> int:
        """Take out every rule, or those of one inbox; returns how many."""
        return self.remove(*(rule.id for rule in self if inbox is None or rule.inbox == inbox))

    def ask(self, moment: Moment) -> tuple[Fired, ...]:
        """The rules that fire now, in order: any that let others fire too, then the one that decides."""
        fired = []
        with self._lock:
            now = self._clock()
            for state in self._states.values():
                one = state.ask(moment, now)
                if one is not None:
                    fired.append(one)
                    if not one.fault.goes_on:
                        break
        return tuple(fired)


def _check(rule: Rule) -> None:
    """Raise ConfigError naming the rule, the value and what is allowed."""
    name = f"fault {rule.id or rule.note or 'rule'}"
    action = rule.fault.action
    if action not in ACTIONS:
        raise ConfigError(f"{name}: the action {action!r} is not known; known are {', '.join(ACTIONS)}")
    if rule.stage != "any" and rule.stage not in STAGES:
        raise ConfigError(
            f"{name}: the stage {rule.stage!r} is not known; known are any, {', '.join(STAGES)}"
        )
    if rule.stage != "any" and (rule.stage, action) not in PAIRS:
        allowed = ", ".join(stage for stage in STAGES if (stage, action) in PAIRS)
        raise ConfigError(f"{name}: {action} cannot happen at {rule.stage}; it can at {allowed}")
    if not 0 <= rule.probability <= 1:
        raise ConfigError(f"{name}: the probability {rule.probability:g} is not from 0 to 1")
    for word in ("connection", "transaction", "recipient", "after", "skip", "times", "every"):
        if getattr(rule, word) < 0:
            raise ConfigError(f"{name}: {word} {getattr(rule, word)} is negative; it is a number from 0 on")
    if rule.within < 0:
        raise ConfigError(f"{name}: within {rule.within:g} is negative; it is in seconds")
    if rule.over is not None and (rule.over[0] < 0 or rule.over[1] <= 0):
        raise ConfigError(
            f"{name}: over {rule.over[0]}, {rule.over[1]:g} is wrong; it is a count and seconds"
        )
    if rule.per and rule.per not in PER:
        raise ConfigError(f"{name}: per {rule.per!r} is not known; known are {', '.join(PER)}")
    _check_value(name, rule.fault)


def _check_value(name: str, fault: Fault) -> None:
    action, value = fault.action, fault.value
    if action == "reply" and not isinstance(value, Reply):
        raise ConfigError(f"{name}: reply needs a reply, such as 451 4.3.0 Try again later")
    if action in ("delay", "split", "dribble", "throttle") and (
        isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 86_400_000
    ):
        unit = "octets a second" if action == "throttle" else "seconds"
        raise ConfigError(f"{name}: {action} {value!r} is wrong; it is a number of {unit}")
    if action == "throttle" and not value:
        raise ConfigError(f"{name}: throttle 0 never goes on; use stall")
    if action == "tls" and value not in TLS_TROUBLES:
        raise ConfigError(f"{name}: tls {value!r} is not known; known are {', '.join(TLS_TROUBLES)}")
    if action in ("hide", "add") and not (isinstance(value, str) and value.strip()):
        raise ConfigError(f"{name}: {action} needs an extension, such as SMTPUTF8")
