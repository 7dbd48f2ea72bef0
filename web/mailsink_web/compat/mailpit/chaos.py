"""Mailpit's chaos triggers: three rules of the sink's fault plan, under ids of their own.

Ours are seeded: the same triggers refuse the same commands of a session in each run.
"""

from __future__ import annotations

import msgspec

from mailsink.fault_words import Stage
from mailsink.faults import Fault, Rule
from mailsink.model import Reply

from ...context import sink
from ..peer import PeerError
from ..reading import body_octets, read_json
from ..rules import inbox_pattern, put, rule_id, rule_of
from .shared import peer

__all__ = ["TriggerJSON", "TriggersBody", "TriggersJSON"]


class Trigger(msgspec.Struct, frozen=True):
    """A reply code, 0 for the usual one, and a chance in percent."""

    errorcode: int = 0
    probability: int = 0


class TriggersBody(msgspec.Struct, frozen=True):
    """The three triggers; one that is left out is switched off."""

    sender: Trigger = Trigger()
    recipient: Trigger = Trigger()
    authentication: Trigger = Trigger()


class TriggerJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """A reply code, and its chance in percent."""

    error_code: int
    probability: int


class TriggersJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """What is refused at MAIL, RCPT and AUTH."""

    sender: TriggerJSON
    recipient: TriggerJSON
    authentication: TriggerJSON


# Trigger to stage and usual code.
_TRIGGERS: dict[str, tuple[Stage, int]] = {
    "sender": ("mail", 451),
    "recipient": ("rcpt", 451),
    "authentication": ("auth", 535),
}


@peer.route("GET", "/api/v1/chaos")
def get_chaos() -> TriggersJSON:
    return TriggersJSON(**{name: _shown(name) for name in _TRIGGERS})


def _shown(name: str) -> TriggerJSON:
    rule = rule_of("mailpit", name)
    if rule is None or not isinstance(rule.fault.value, Reply):
        return TriggerJSON(_TRIGGERS[name][1], 0)
    return TriggerJSON(rule.fault.value.code, round(rule.probability * 100) if rule.enabled else 0)


@peer.route("PUT", "/api/v1/chaos")
def set_chaos() -> TriggersJSON:
    body = read_json(TriggersBody, body_octets())
    rules = [_rule(name, getattr(body, name)) for name in _TRIGGERS]
    put(rule for rule in rules if rule.enabled or sink().faults.get(rule.id))
    return get_chaos()


def _rule(name: str, trigger: Trigger) -> Rule:
    stage, usual = _TRIGGERS[name]
    code = trigger.errorcode or usual
    if not 400 <= code <= 599:
        raise PeerError(400, "error code must be between 400 and 599")
    if not 0 <= trigger.probability <= 100:
        raise PeerError(400, "probability must be between 0 and 100")
    return Rule(
        id=rule_id("mailpit", name),
        stage=stage,
        fault=Fault("reply", Reply(code, f"Chaos {name} error")),
        probability=trigger.probability / 100,
        enabled=trigger.probability > 0,
        inbox=inbox_pattern(),
        note="a chaos trigger, set as Mailpit's are",
    )
