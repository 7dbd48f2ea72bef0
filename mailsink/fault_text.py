"""Fault rules as plain data and files: dictionaries in and out, TOML and YAML in.

One form for files, HTTP and Python: a flat table with a rule's conditions and one action.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from .errors import ConfigError
from .faults import ACTIONS, Fault, Rule
from .model import Reply
from .presets import preset

__all__ = ["read_file", "read_rule", "read_rules", "sentence", "write_rule"]

_CONDITIONS = tuple(f.name for f in fields(Rule) if f.name != "fault")
_TEXTS = frozenset(
    {"stage", "id", "note", "listener", "inbox", "peer", "helo", "user", "sender", "rcpt", "subject", "per"}
)
_NUMBERS = frozenset({"connection", "transaction", "recipient", "after", "skip", "times", "every", "seed"})


def read_rule(data: Mapping[str, Any]) -> Rule:
    """A rule out of a table: ``{"stage": "rcpt", "rcpt": "*@full.example", "reply": "452 4.2.2 Full"}``.

    Actions without a value take ``true``. Raises ConfigError naming the rule, the value, and what is allowed.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"fault {data!r}: a rule is a table of conditions and one action")
    name = f"fault {data.get('id') or data.get('note') or 'rule'}"
    for key in data:
        if key not in _CONDITIONS and key not in ACTIONS:
            raise ConfigError(f"{name}: {key!r} is not known; {_nearest(str(key))}")
    actions = [key for key in data if key in ACTIONS]
    if len(actions) != 1:
        had = f"it has {', '.join(actions)}" if actions else "it has none"
        raise ConfigError(f"{name}: one action is wanted, {had}; known are {', '.join(ACTIONS)}")
    conditions = {key: _condition(name, key, value) for key, value in data.items() if key in _CONDITIONS}
    return Rule(fault=_fault(name, actions[0], data[actions[0]]), **conditions)


def _nearest(key: str) -> str:
    known = [*_CONDITIONS, *ACTIONS]
    near = difflib.get_close_matches(key, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _condition(name: str, key: str, value: Any) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return value
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if key in ("within", "probability") and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if key == "enabled" and isinstance(value, bool):
        return value
    if key == "header" and _is_pair(value, str, str):
        return (value[0], value[1])
    if key == "over" and _is_pair(value, int, (int, float)):
        return (value[0], float(value[1]))
    wanted = {
        "header": 'a list of two texts, such as ["X-Kind", "news*"]',
        "over": "a list of a count and seconds, such as [10, 60]",
        "enabled": "true or false",
        "within": "a number of seconds",
        "probability": "a number from 0 to 1",
    }.get(key, "a text" if key in _TEXTS else "a whole number")
    raise ConfigError(f"{name}: {key} {value!r} is wrong; it is {wanted}")


def _is_pair(value: Any, first: Any, second: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) == 2
        and isinstance(value[0], first)
        and isinstance(value[1], second)
    )


def _fault(name: str, action: str, value: Any) -> Fault:
    if action == "reply":
        return Fault("reply", _reply(name, value))
    if action in ("stall", "close", "reset", "half_close", "lose"):
        if value is not True:
            raise ConfigError(f"{name}: {action} {value!r} is wrong; it is true")
        return Fault(action)
    if action == "malformed":
        return Fault(action, "" if value is True else str(value))
    if action in ("delay", "throttle", "split", "dribble") and isinstance(value, (int, float)):
        return Fault(action, value if isinstance(value, bool) else float(value))
    return Fault(action, value)


def _reply(name: str, value: Any) -> Reply:
    lines = str(value).split("\n")
    code, _, rest = lines[0].strip().partition(" ")
    if len(code) != 3 or not code.isdigit() or not "2" <= code[0] <= "5":
        raise ConfigError(
            f"{name}: reply {value!r} is wrong; it is CODE [ENHANCED] TEXT, such as 451 4.3.0 Later"
        )
    head, _, words = rest.partition(" ")
    if head.count(".") == 2 and head.replace(".", "").isdigit():
        return Reply(int(code), "\n".join([words, *lines[1:]]), head)
    return Reply(int(code), "\n".join([rest, *lines[1:]]))


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
    """Rules out of a list of tables; one with ``preset`` becomes that preset's rules. Raises ConfigError."""
    if isinstance(data, Mapping):
        data = data.get("rule", data.get("rules"))
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise ConfigError("faults are a list of rules: [[rule]] tables in TOML, a list under rule in YAML")
    rules: list[Rule] = []
    for table in data:
        if isinstance(table, Mapping) and "preset" in table:
            settings = {key: value for key, value in table.items() if key != "preset"}
            rules.extend(preset(str(table["preset"]), **settings))
        else:
            rules.append(read_rule(table))
    return tuple(rules)


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
        raise ConfigError(f"--faults {file}: {str(error).removeprefix(f'--faults {file}: ')}") from None


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ConfigError("YAML needs the package pyyaml; install mailsink[yaml], or write TOML") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {' '.join(str(error).split())}") from None


def sentence(rule: Rule) -> str:
    """The rule read back, for people: ``At RCPT, when rcpt is *@full.example, reply 452 …, 2 times.``"""
    at = "Anywhere" if rule.stage == "any" else f"At {rule.stage.upper()}"
    when = [
        f"{word} is {getattr(rule, word) or 'empty'}"
        for word in ("listener", "inbox", "peer", "helo", "user", "sender", "rcpt", "subject")
        if getattr(rule, word) not in ("", None)
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
    parts = [at, *([f"when {' and '.join(when)}"] if when else []), str(rule.fault), *_how_often(rule)]
    return ", ".join(parts) + "."


def _how_often(rule: Rule) -> list[str]:
    said = []
    if rule.skip:
        said.append(f"after the first {rule.skip}")
    if rule.every:
        said.append(f"every {rule.every}. time")
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
