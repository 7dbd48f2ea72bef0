"""Fault rules as plain data and files: dictionaries in and out, TOML and YAML in.

One form for files, HTTP and Python: a flat table with a rule's conditions and one action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from .errors import ConfigError
from .fault_checks import is_enhanced, name_of, shown
from .fault_words import ACTIONS, Action
from .faults import Fault, Rule
from .model import Reply
from .presets import preset

__all__ = ["Said", "read_file", "read_rule", "read_rules", "said", "sentence", "write_rule"]

_CONDITIONS = tuple(f.name for f in fields(Rule) if f.name != "fault")
_TEXTS = frozenset(
    {"stage", "id", "note", "listener", "inbox", "peer", "helo", "user", "sender", "rcpt", "subject", "per"}
)
_NUMBERS = frozenset({"connection", "transaction", "recipient", "after", "skip", "times", "every", "seed"})


_SWITCHES = frozenset({"stall", "close", "reset", "half_close", "lose"})
_EXAMPLE = "CODE [ENHANCED] TEXT, such as 451 4.3.0 Try again later"


def read_rule(data: Mapping[str, Any]) -> Rule:
    """A rule out of a table: ``{"stage": "rcpt", "rcpt": "*@full.example", "reply": "452 4.2.2 Full"}``.

    Actions without a value take ``true``. Raises ConfigError naming the rule, the value, and what is allowed.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(
            f"the fault rule {shown(data)} is wrong; it is a table of conditions and one action"
        )
    name = name_of(data.get("id"), data.get("note"))
    for key in data:
        if key not in _CONDITIONS and key not in ACTIONS:
            raise ConfigError(f"{name}: {shown(key)} is not known; {_nearest(str(key))}")
    actions = [key for key in data if key in ACTIONS]
    if len(actions) != 1:
        had = f"has the actions {', '.join(actions)}" if actions else "has no action"
        raise ConfigError(f"{name}: it {had}; give it one of {', '.join(ACTIONS)}")
    action = cast("Action", actions[0])
    conditions = {key: _condition(name, key, value) for key, value in data.items() if key in _CONDITIONS}
    return Rule(fault=_fault(name, action, data[action]), **conditions)


def _nearest(key: str) -> str:
    import difflib

    known = [*_CONDITIONS, *ACTIONS]
    near = difflib.get_close_matches(key[:80], known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _condition(name: str, key: str, value: Any) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return value
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if key in ("within", "probability") and _is_float(value):
        return float(value)
    if key == "enabled" and isinstance(value, bool):
        return value
    if key in ("header", "over") and isinstance(value, Sequence) and not isinstance(value, str):
        pair = _header(value) if key == "header" else _over(value)
        if pair is not None:
            return pair
    wanted = {
        "header": 'a list of a field\'s name and a pattern, such as ["X-Kind", "news*"]',
        "over": "a list of a count and seconds, such as [10, 60]",
        "enabled": "true or false",
        "within": "a number of seconds",
        "probability": "a number from 0 to 1",
    }.get(key, "a text" if key in _TEXTS else "a whole number")
    raise ConfigError(f"{name}: {key} {shown(value)} is wrong; it is {wanted}")


def _header(value: Sequence[Any]) -> tuple[str, str] | None:
    if len(value) == 2 and all(isinstance(one, str) for one in value) and value[0]:
        return (value[0], value[1])
    return None


def _over(value: Sequence[Any]) -> tuple[int, float] | None:
    if len(value) == 2 and isinstance(value[0], int) and all(map(_is_float, value)):
        return (value[0], float(value[1]))
    return None


def _is_float(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _fault(name: str, action: Action, value: Any) -> Fault:
    if action == "reply":
        return Fault("reply", _reply(name, value))
    if value is True and (action in _SWITCHES or action == "malformed"):
        return Fault(action)
    if action in _SWITCHES:
        raise ConfigError(f"{name}: {action} {shown(value)} is wrong; it is true")
    if action == "malformed" and value is None:
        raise ConfigError(
            f"{name}: malformed None is wrong; it is a text, or true for a line of its own choice"
        )
    return Fault(action, float(value) if _is_float(value) else value)


def _reply(name: str, value: Any) -> Reply:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    code, sign, rest = text[:3], text[3:4], text[4:]
    if len(code) != 3 or not (code.isascii() and code.isdigit()) or sign.strip():
        raise ConfigError(f"{name}: reply {shown(value)} is wrong; it is {_EXAMPLE}")
    head, _, words = rest.partition(" ")
    if is_enhanced(head) and head[0] == code[0]:
        return Reply(int(code), words, head)
    return Reply(int(code), rest)


def write_rule(rule: Rule) -> dict[str, Any]:
    """The table that `read_rule` makes *rule* of; conditions at their defaults are left out."""
    table: dict[str, Any] = {"id": rule.id, "stage": rule.stage}
    for condition in fields(Rule):
        value = getattr(rule, condition.name)
        if condition.name not in ("fault", "id", "stage") and value != condition.default:
            table[condition.name] = list(value) if isinstance(value, tuple) else value
    value = rule.fault.value
    table[rule.fault.action] = True if value is None else str(value) if isinstance(value, Reply) else value
    return table


def read_rules(data: Any) -> tuple[Rule, ...]:
    """Rules out of a list of tables, or out of a table whose ``rule`` is one.

    A table with ``preset`` becomes that preset's rules. Raises ConfigError that begins with which rule it is.
    """
    if isinstance(data, Mapping):
        unknown = next((key for key in data if key != "rule"), None)
        if unknown is not None:
            raise ConfigError(f"{shown(unknown)} is not known; a fault file has rule alone, a list of rules")
        data = data.get("rule")
    if not isinstance(data, Sequence) or isinstance(data, (str, bytes)):
        raise ConfigError(
            "there is no list of rules; write [[rule]] tables in TOML, a list under rule in YAML"
        )
    rules: list[Rule] = []
    for number, table in enumerate(data, start=1):
        try:
            rules.extend(_rules(table))
        except ConfigError as error:
            raise ConfigError(f"rule {number}: {str(error).removeprefix('the fault rule: ')}") from None
    return tuple(rules)


def _rules(table: Any) -> tuple[Rule, ...]:
    if not isinstance(table, Mapping) or "preset" not in table:
        return (read_rule(table),)
    settings = {key: value for key, value in table.items() if key != "preset"}
    wrong = next((key for key in settings if not isinstance(key, str)), None)
    if wrong is not None or not isinstance(table["preset"], str):
        raise ConfigError(f"preset {shown(table['preset'])}: its name and its settings' names are texts")
    return preset(table["preset"], **settings)


def read_file(file: str) -> tuple[Rule, ...]:
    """Rules out of a ``.toml``, ``.yaml`` or ``.yml`` file. Raises ConfigError naming the file."""
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"--faults {file}: {why}; name a TOML or YAML file that can be read") from None
    try:
        return read_rules(_yaml(text) if file.endswith((".yaml", ".yml")) else _toml(text))
    except ConfigError as error:
        raise ConfigError(f"--faults {file}: {error}") from None


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    # A number of more than 4300 digits is a ValueError, and too deep a table a RecursionError.
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not TOML: {error}") from None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ConfigError(
            "YAML needs the package pyyaml; install mailsink with its extra yaml, or write TOML"
        ) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"not YAML: {' '.join(str(error).split())}") from None


# How a sentence says an action; others are said by their name.
_SAID = {
    "delay": "wait {} s",
    "throttle": "take {} octets a second",
    "close": "close the connection",
    "reset": "reset the connection",
    "half_close": "answer and half-close",
    "lose": "answer 250 and keep nothing",
    "split": "answer in two segments {} s apart",
    "dribble": "answer octet by octet, {} s apart",
    "tls": "break TLS: {}",
    "hide": "do not offer {}",
    "add": "offer {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A rule read back in pieces: *at* is ``At RCPT``, the others may be empty but for *what*."""

    at: str
    when: tuple[str, ...]
    what: str
    how_often: tuple[str, ...]


def sentence(rule: Rule) -> str:
    """The rule read back, for people: ``At RCPT, when rcpt is *@full.example, reply 452 …, 2 times.``"""
    pieces = said(rule)
    when = [f"when {' and '.join(pieces.when)}"] if pieces.when else []
    return f"{', '.join([pieces.at, *when, pieces.what, *pieces.how_often])}."


def said(rule: Rule) -> Said:
    """The pieces that `sentence` joins, each a few words."""
    at = "At each reply" if rule.stage == "any" else f"At {rule.stage.upper()}"
    when = [
        f"{word} is {getattr(rule, word)}"
        for word in ("listener", "inbox", "peer", "helo", "user", "sender", "rcpt", "subject")
        if getattr(rule, word)
    ]
    if rule.sender == "":
        when.append("sender is the null one")
    if rule.header is not None:
        when.append(f"header {rule.header[0]} is {rule.header[1]}")
    when += [
        f"it is {word} {getattr(rule, word)}"
        for word in ("connection", "transaction", "recipient")
        if getattr(rule, word)
    ]
    if rule.after:
        when.append(f"{rule.after} octets came")
    return Said(at=at, when=tuple(when), what=_what(rule.fault), how_often=tuple(_how_often(rule)))


def _what(fault: Fault) -> str:
    said = _SAID.get(fault.action)
    if said is None:
        return " ".join(str(fault).split()).rstrip(".")
    return said.format(f"{fault.value:g}" if isinstance(fault.value, float) else fault.value)


def _how_often(rule: Rule) -> list[str]:
    said = []
    if rule.skip:
        said.append(f"after the first {rule.skip}")
    if rule.every > 1:
        said.append(f"every {_ordinal(rule.every)} time")
    if rule.times:
        said.append("once" if rule.times == 1 else f"{rule.times} times")
    if rule.within:
        said.append(f"for {rule.within:g} s")
    if rule.over is not None:
        said.append(f"beyond {rule.over[0]} in {rule.over[1]:g} s")
    if rule.per:
        said.append(f"for each {rule.per}")
    if rule.probability < 1:
        said.append(f"with a chance of {rule.probability * 100:g} % (seed {rule.seed})")
    return said


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
