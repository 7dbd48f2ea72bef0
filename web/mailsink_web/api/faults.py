"""Fault rules over HTTP: the sink's plan, the same that Python and files change."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from mailsink.errors import ConfigError
from mailsink.fault_text import read_rule, sentence, write_rule
from mailsink.faults import Fired, Rule
from mailsink.presets import PRESETS, preset

from .. import present
from ..context import sink
from ..values import Moment
from .operation import Operations
from .problem import RefusedError
from .scope import inbox_of

__all__ = ["Removed", "RuleJSON", "Rules", "operations"]

operations = Operations("Faults")

# How many of a rule's firings are told.
LOG = 20


class RuleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When something goes wrong, and what: any conditions, and exactly one action.

    Actions are reply, delay, stall, throttle, close, reset, half_close, lose, malformed, split, dribble,
    tls, hide and add; those without a value take true.
    """

    id: str | UnsetType = UNSET
    stage: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    note: str | UnsetType = UNSET
    listener: str | UnsetType = UNSET
    inbox: str | UnsetType = UNSET
    peer: str | UnsetType = UNSET
    helo: str | UnsetType = UNSET
    user: str | UnsetType = UNSET
    sender: str | UnsetType = UNSET
    rcpt: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    header: tuple[str, str] | UnsetType = UNSET
    connection: int | UnsetType = UNSET
    transaction: int | UnsetType = UNSET
    recipient: int | UnsetType = UNSET
    after: int | UnsetType = UNSET
    skip: int | UnsetType = UNSET
    times: int | UnsetType = UNSET
    every: int | UnsetType = UNSET
    within: float | UnsetType = UNSET
    over: tuple[int, float] | UnsetType = UNSET
    per: str | UnsetType = UNSET
    probability: float | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    reply: str | UnsetType = UNSET
    delay: float | UnsetType = UNSET
    stall: bool | UnsetType = UNSET
    throttle: float | UnsetType = UNSET
    close: bool | UnsetType = UNSET
    reset: bool | UnsetType = UNSET
    half_close: bool | UnsetType = UNSET
    lose: bool | UnsetType = UNSET
    malformed: str | bool | UnsetType = UNSET
    split: float | UnsetType = UNSET
    dribble: float | UnsetType = UNSET
    tls: str | UnsetType = UNSET
    hide: str | UnsetType = UNSET
    add: str | UnsetType = UNSET


class PresetBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A preset's settings; which it takes is in the documentation, and in the answer to a wrong one."""

    inbox: str | UnsetType = UNSET
    seconds: float | UnsetType = UNSET
    count: int | UnsetType = UNSET
    code: int | UnsetType = UNSET
    per: str | UnsetType = UNSET
    rcpt: str | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    probability: float | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    times: int | UnsetType = UNSET


class SwitchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether a rule is asked, and its place among the others, from 0; each may be left out."""

    enabled: bool | UnsetType = UNSET
    position: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | UnsetType = UNSET


class FiredJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule fired: number is its how-manyth time, what was not known yet is empty or 0."""

    number: int
    at: Moment
    stage: str
    listener: str
    inbox: str
    peer: str
    helo: str
    user: str
    sender: str
    rcpt: str
    connection: int
    transaction: int
    recipient: int


class RuleJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the plan: as it can be written, read back, and how often it matched and fired.

    log is of the newest firings, at most 20, the newest first.
    """

    id: str
    enabled: bool
    sentence: str
    rule: dict[str, Any]
    matches: int
    hits: int
    log: tuple[FiredJSON, ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, in the order in which they are asked."""

    rules: tuple[RuleJSON, ...]


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """How many rules were taken out."""

    deleted: int


class FaultsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules."""

    inbox: Annotated[
        str | None, msgspec.Meta(description="Only the rules for this inbox alone, by its name.")
    ] = None


@operations.add("GET", "/faults", query=FaultsQuery, answer=Rules)
def list_faults(query: FaultsQuery) -> Rules:
    """List the fault rules in the order in which they are asked, with their counts."""
    return _rules(*inbox_of(query.inbox).faults)


@operations.add("POST", "/faults", body=RuleBody, answer=Rules)
def add_fault(body: RuleBody) -> Rules:
    """Add a fault rule; one without an id gets the next free F1, F2 and so on."""
    return _added((_read(body),))


@operations.add(
    "POST", "/faults/presets/{name}", body=PresetBody, answer=Rules, errors={404: "No preset has that name."}
)
def add_preset(name: str, body: PresetBody) -> Rules:
    """Add the rules of a preset, such as greylisting or rate_limit."""
    if name not in PRESETS:
        raise RefusedError(404, f"There is no preset {name[:80]!r}.", field="name", allowed=tuple(PRESETS))
    try:
        rules = preset(name, **msgspec.to_builtins(body))
    except ConfigError as error:
        raise RefusedError(400, present.text(str(error))) from None
    return _added(rules)


@operations.add("GET", "/faults/{id}", answer=RuleJSON, errors={404: "No rule has that id."})
def get_fault(id: str) -> RuleJSON:  # noqa: A002 - the address names it so
    """Read a fault rule with its counts and where it fired."""
    return _rule(_find(id))


@operations.add("PUT", "/faults/{id}", body=RuleBody, answer=RuleJSON, errors={404: "No rule has that id."})
def replace_fault(id: str, body: RuleBody) -> RuleJSON:  # noqa: A002
    """Replace a fault rule at its place; its counts begin anew."""
    _find(id)
    if body.id is not UNSET and body.id != id:
        raise RefusedError(
            400, f"The id {body.id[:80]!r} is not the address's {id!r}; leave it out.", field="id"
        )
    rule = _read(msgspec.structs.replace(body, id=id))
    sink().faults.update(rule)
    return _rule(_find(id))


@operations.add(
    "PATCH", "/faults/{id}", body=SwitchBody, answer=RuleJSON, errors={404: "No rule has that id."}
)
def switch_fault(id: str, body: SwitchBody) -> RuleJSON:  # noqa: A002
    """Switch a fault rule on or off, or move it to another place; its counts stay."""
    if body.enabled is not UNSET:
        sink().faults.enable(id, enabled=body.enabled)
    if body.position is not UNSET:
        sink().faults.move(id, body.position)
    return _rule(_find(id))


@operations.add("DELETE", "/faults/{id}", answer=Removed, errors={404: "No rule has that id."})
def delete_fault(id: str) -> Removed:  # noqa: A002
    """Take a fault rule out of the plan."""
    _find(id)
    return Removed(deleted=sink().faults.remove(id))


@operations.add("DELETE", "/faults", query=FaultsQuery, answer=Removed)
def delete_faults(query: FaultsQuery) -> Removed:
    """Take every fault rule out of the plan, or those of one inbox."""
    return Removed(deleted=inbox_of(query.inbox).faults.clear())


def _read(body: RuleBody) -> Rule:
    try:
        return read_rule(msgspec.to_builtins(body))
    except ConfigError as error:
        raise RefusedError(400, present.text(str(error))) from None


def _added(rules: tuple[Rule, ...]) -> Rules:
    try:
        return _rules(*sink().faults.add(*rules))
    except ConfigError as error:
        raise RefusedError(400, present.text(str(error)), field="id") from None


def _find(rule_id: str) -> Rule:
    rule = sink().faults.get(rule_id)
    if rule is None:
        raise RefusedError(404, f"There is no fault rule {rule_id[:80]!r}.", field="id")
    return rule


def _rules(*rules: Rule) -> Rules:
    return Rules(rules=tuple(_rule(rule) for rule in rules))


def _rule(rule: Rule) -> RuleJSON:
    tally = sink().faults.tally(rule.id)
    return RuleJSON(
        id=rule.id,
        enabled=rule.enabled,
        sentence=present.text(sentence(rule)),
        rule={key: _clean(value) for key, value in write_rule(rule).items()},
        matches=tally.matches,
        hits=tally.hits,
        log=tuple(_fired(fired) for fired in tally.log[: -LOG - 1 : -1]),
    )


def _clean(value: Any) -> Any:
    """Patterns made in Python may hold octets that are not UTF-8, as surrogates."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return present.text(value) if isinstance(value, str) else value


def _fired(fired: Fired) -> FiredJSON:
    moment = fired.moment
    return FiredJSON(
        number=fired.number,
        at=dt.datetime.fromtimestamp(fired.at, dt.UTC),
        stage=moment.stage,
        listener=present.text(moment.listener),
        inbox=present.text(moment.inbox),
        peer=moment.peer,
        helo=present.text(moment.helo),
        user=present.text(moment.user),
        sender=present.text(moment.sender),
        rcpt=present.text(moment.rcpt),
        connection=moment.connection,
        transaction=moment.transaction,
        recipient=moment.recipient,
    )
