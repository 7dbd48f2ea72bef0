"""Whether a fault rule can work: one sentence that names the rule, the value and what is allowed.

Knows a rule's members; nothing of plans.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .errors import ConfigError
from .fault_words import ACTIONS, KNOWN, PER, STAGES, TLS_TROUBLES, stages_of
from .model import Reply

if TYPE_CHECKING:
    from .faults import Fault, Rule

__all__ = ["MOST", "check", "is_enhanced", "is_number", "name_of", "shown"]

# A day of delay, and more octets a second than any network has, are slips of the keyboard.
MOST_SECONDS = 86_400
MOST_RATE = 1_000_000_000
# No number in a rule is greater, so that each can be written and reckoned with.
MOST = 1_000_000_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
# RFC 5321 §4.1.1.1: ehlo-keyword, ehlo-param.
_EXTENSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*", re.ASCII)
_EHLO_LINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?: [!-~]+)*", re.ASCII)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)

_shorten = reprlib.Repr()
_shorten.maxstring = _shorten.maxother = 60
_shorten.maxlevel = 2


def shown(value: object) -> str:
    """*value* as a wrong one is quoted: short, whatever it is."""
    if isinstance(value, float):
        return f"{value:g}"
    try:
        return _shorten.repr(value)
    except ValueError:
        # Python does not write integers of more than 4300 digits.
        return "a huge number"


def name_of(rule_id: object, note: object) -> str:
    """How a text names a rule."""
    name = rule_id or note
    if not name:
        return "the fault rule"
    return f"fault {name if isinstance(name, str) and len(name) <= 64 else shown(name)}"


def is_number(value: object, least: float, most: float) -> bool:
    """Whether *value* is a number from *least* to *most*; neither a bool nor NaN is one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most


def is_enhanced(text: str) -> bool:
    """Whether *text* is an enhanced status code (RFC 3463 §2)."""
    return _ENHANCED.fullmatch(text) is not None


def check(rule: Rule) -> None:
    """Raise ConfigError naming the rule, the value and what is allowed."""
    name = name_of(rule.id, rule.note)
    if rule.id and not _ID.fullmatch(rule.id):
        raise ConfigError(
            f"{name}: the id {shown(rule.id)} is wrong; it is up to 64 letters, digits, dots, hyphens and "
            "underscores, a letter or digit first"
        )
    _check_action(name, rule)
    _check_numbers(name, rule)
    _check_known(name, rule)
    _check_value(name, rule.fault)
    _check_reply(name, rule)


def _check_action(name: str, rule: Rule) -> None:
    action, stage = rule.fault.action, rule.stage
    if action not in ACTIONS:
        raise ConfigError(f"{name}: the action {shown(action)} is not known; known are {_list(ACTIONS)}")
    if stage == "any":
        return
    if stage not in STAGES:
        raise ConfigError(f"{name}: the stage {shown(stage)} is not known; known are any, {_list(STAGES)}")
    if not stages_of(stage, action):
        raise ConfigError(
            f"{name}: {action} cannot happen at {stage}; it can at {_stages(ACTIONS[action][1])}"
        )


def _check_numbers(name: str, rule: Rule) -> None:
    for word in ("connection", "transaction", "recipient", "after", "skip", "times", "every", "seed"):
        value = getattr(rule, word)
        if not (isinstance(value, int) and is_number(value, 0, MOST)):
            raise ConfigError(
                f"{name}: {word} {shown(value)} is wrong; it is a whole number from 0 to {MOST}"
            )
    if not is_number(rule.probability, 0, 1):
        raise ConfigError(
            f"{name}: the probability {shown(rule.probability)} is wrong; it is a number from 0 to 1"
        )
    if not is_number(rule.within, 0, MOST):
        raise ConfigError(
            f"{name}: within {shown(rule.within)} is wrong; it is a number of seconds from 0 on"
        )
    if rule.over is not None and not (
        is_number(rule.over[0], 0, MOST) and is_number(rule.over[1], 0, MOST) and rule.over[1]
    ):
        raise ConfigError(
            f"{name}: over {shown(list(rule.over))} is wrong; it is a count from 0 on and seconds above 0"
        )
    if rule.per and rule.per not in PER:
        raise ConfigError(f"{name}: per {shown(rule.per)} is not known; known are {_list(PER)}")


def _check_known(name: str, rule: Rule) -> None:
    """A condition on what is not known yet would never hold."""
    for word in rule.narrowing:
        if stages_of(rule.stage, rule.fault.action) & KNOWN[word]:
            continue
        said = word if word in rule.given else f"per {word}"
        raise ConfigError(
            f"{name}: {said} is not known at the stage {rule.stage!r}; it is at {_stages(KNOWN[word])}"
        )


def _check_value(name: str, fault: Fault) -> None:
    action, value = fault.action, fault.value
    if action in ("delay", "split", "dribble") and not is_number(value, 0, MOST_SECONDS):
        raise _wrong(name, fault, f"a number of seconds from 0 to {MOST_SECONDS}")
    if action == "throttle" and not (is_number(value, 0, MOST_RATE) and value):
        raise _wrong(name, fault, "a number of octets a second above 0; to take none at all, use stall")
    if action == "tls" and value not in TLS_TROUBLES:
        raise _wrong(name, fault, f"one of {_list(TLS_TROUBLES)}")
    if action == "hide" and not _matches(_EXTENSION, value):
        raise _wrong(name, fault, "an extension's name, such as SMTPUTF8")
    if action == "add" and not _matches(_EHLO_LINE, value):
        raise _wrong(name, fault, "an extension's line, such as SIZE 1000")
    if action == "malformed" and value is not None and not _is_text(value):
        raise _wrong(name, fault, "a text, or true for a line of its own choice")
    if action in ("stall", "close", "reset", "half_close", "lose") and value is not None:
        raise _wrong(name, fault, "true")


def _check_reply(name: str, rule: Rule) -> None:
    value = rule.fault.value
    if rule.fault.action != "reply":
        return
    if not isinstance(value, Reply):
        raise _wrong(name, rule.fault, "CODE [ENHANCED] TEXT, such as 451 4.3.0 Try again later")
    if not is_number(value.code, 200, 599):
        raise ConfigError(f"{name}: the reply code {shown(value.code)} is wrong; it is from 200 to 599")
    fits = is_enhanced(value.enhanced) and value.enhanced[0] == str(value.code)[0]
    if value.enhanced and not fits:
        raise ConfigError(
            f"{name}: the enhanced code {shown(value.enhanced)} does not fit {value.code}; it is "
            f"{str(value.code)[0]}.X.Y"
        )
    if rule.stage == "connect" and value.is_positive:
        raise ConfigError(
            f"{name}: the reply {value.code} cannot be said at connect; a refusal can, from 400 to 599"
        )
    first = value.text.partition(" ")[0]
    if not value.enhanced and is_enhanced(first) and first[0] == str(value.code)[0]:
        raise ConfigError(f"{name}: the reply's text begins with {first}; give it as the enhanced code")
    if value.text.endswith("\n"):
        raise ConfigError(f"{name}: the reply's last line is empty; leave out the last line end")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and len(value) <= 500 and pattern.fullmatch(value) is not None


def _is_text(value: object) -> bool:
    # Lone surrogates cannot be sent.
    return isinstance(value, str) and value != "" and not re.search("[\ud800-\udfff]", value)


def _wrong(name: str, fault: Fault, allowed: str) -> ConfigError:
    return ConfigError(f"{name}: {fault.action} {shown(fault.value)} is wrong; it is {allowed}")


def _list(words: Any) -> str:
    return ", ".join(words)


def _stages(some: Collection[str]) -> str:
    return _list(stage for stage in STAGES if stage in some)
