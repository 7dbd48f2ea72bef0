"""MailHog's chaos monkey: rules of the sink's fault plan, under ids of their own.

Ours are seeded: the same Jim does the same to the same sessions in each run.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Response

from mailsink.fault_words import Stage
from mailsink.faults import Fault, Rule
from mailsink.model import Reply

from ...context import sink
from ..peer import PeerError, text
from ..reading import body_octets, read_json
from ..rules import inbox_pattern, put, rule_id, rule_of
from .shared import peer

__all__ = ["JimBody", "JimJSON"]

Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]
Speed = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]


class JimBody(msgspec.Struct, frozen=True, kw_only=True):
    """Chances from 0 to 1, speeds in octets a second; what is left out is 0, as in MailHog."""

    disconnectchance: Chance = 0.0
    acceptchance: Chance = 0.0
    linkspeedaffect: Chance = 0.0
    linkspeedmin: Speed = 0.0
    linkspeedmax: Speed = 0.0
    rejectsenderchance: Chance = 0.0
    rejectrecipientchance: Chance = 0.0
    rejectauthchance: Chance = 0.0


class JimJSON(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The same, as MailHog tells it."""

    disconnect_chance: float
    accept_chance: float
    link_speed_affect: float
    link_speed_min: float
    link_speed_max: float
    reject_sender_chance: float
    reject_recipient_chance: float
    reject_auth_chance: float


USUAL = JimBody(
    disconnectchance=0.005,
    acceptchance=0.99,
    linkspeedaffect=0.1,
    linkspeedmin=1024,
    linkspeedmax=10240,
    rejectsenderchance=0.05,
    rejectrecipientchance=0.05,
    rejectauthchance=0.05,
)
_NAMES = ("accept", "disconnect", "slowest", "fastest", "sender", "recipient", "auth")


@peer.route("GET", "/api/v2/jim")
def get_jim() -> JimJSON:
    _need()
    chances = {name: rule.probability for name in _NAMES if (rule := rule_of("mailhog", name))}
    return JimJSON(
        disconnect_chance=chances.get("disconnect", 0.0),
        accept_chance=round(1 - chances.get("accept", 0.0), 9),
        link_speed_affect=chances.get("slowest", 0.0) + chances.get("fastest", 0.0),
        link_speed_min=_speed("slowest"),
        link_speed_max=_speed("fastest"),
        reject_sender_chance=chances.get("sender", 0.0),
        reject_recipient_chance=chances.get("recipient", 0.0),
        reject_auth_chance=chances.get("auth", 0.0),
    )


def _speed(name: str) -> float:
    rule = rule_of("mailhog", name)
    return float(rule.fault.value) if rule is not None and isinstance(rule.fault.value, int | float) else 0.0


@peer.route("POST", "/api/v2/jim")
def create_jim() -> Response:
    if any(rule_of("mailhog", name) for name in _NAMES):
        raise PeerError(400, "Jim is here already; PUT changes him.")
    octets = body_octets()
    _set(read_json(JimBody, octets) if octets.strip() else USUAL)
    return text("", status=201)


@peer.route("PUT", "/api/v2/jim")
def update_jim() -> Response:
    _need()
    _set(read_json(JimBody, body_octets()))
    return text("")


@peer.route("DELETE", "/api/v2/jim")
def delete_jim() -> Response:
    _need()
    sink().faults.remove(*(rule_id("mailhog", name) for name in _NAMES))
    return text("")


def _need() -> None:
    if not any(rule_of("mailhog", name) for name in _NAMES):
        raise PeerError(404, "Jim is not here; POST calls him.")


def _set(jim: JimBody) -> None:
    half = jim.linkspeedaffect / 2
    # A speed is drawn between two bounds in MailHog; a rule has one, so that half get either bound.
    put(
        (
            _rule("accept", "connect", Fault("close"), 1 - jim.acceptchance),
            _rule("disconnect", "any", Fault("close"), jim.disconnectchance),
            _rule("slowest", "body", Fault("throttle", jim.linkspeedmin or 1.0), half),
            _rule("fastest", "body", Fault("throttle", jim.linkspeedmax or 1.0), half),
            _rule("sender", "mail", _reply(550, "Invalid sender"), jim.rejectsenderchance),
            _rule("recipient", "rcpt", _reply(550, "Invalid recipient"), jim.rejectrecipientchance),
            _rule("auth", "auth", _reply(535, "Authentication credentials invalid"), jim.rejectauthchance),
        )
    )


def _reply(code: int, words: str) -> Fault:
    return Fault("reply", Reply(code, words))


def _rule(name: str, stage: Stage, fault: Fault, chance: float) -> Rule:
    return Rule(
        id=rule_id("mailhog", name),
        stage=stage,
        fault=fault,
        probability=round(chance, 9),
        enabled=chance > 0,
        inbox=inbox_pattern(),
        note="Jim, MailHog's monkey",
    )
