"""A fault rule as the fields of a form: what a form says as the table of a fault file, and back.

What is right and what is wrong is said by the rule itself; here are only names and texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mailsink.fault_checks import name_of
from mailsink.fault_text import write_rule
from mailsink.fault_words import ACTIONS, PER, STAGES
from mailsink.faults import Rule
from mailsink.presets import PRESETS

from .. import present

__all__ = [
    "CONDITIONS",
    "COUNTS",
    "FIELDS",
    "MORE_CONDITIONS",
    "MORE_COUNTS",
    "RULE",
    "Field",
    "field_at_fault",
    "fields_of",
    "preset_fields",
    "preset_settings",
    "table_of",
]

Kind = Literal["text", "number", "switch"]

# What stands in a form for the null reverse-path: there, an empty field is no condition.
NULL_PATH = "<>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An input: its *name*, its *label*, and a *hint* under it, which may be empty.

    *choices* are what a list offers, ``""`` standing for none; *default* is what it shows at first.
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""


RULE = (
    Field(name="stage", label="Stage", choices=("any", *STAGES), default="rcpt"),
    Field(name="action", label="Action", choices=tuple(ACTIONS), default="reply"),
    Field(name="value", label="Value", hint="A reply such as 452 4.2.2 Mailbox full, seconds, or nothing."),
    Field(name="note", label="Name", hint="A remark of yours."),
)
CONDITIONS = (
    Field(name="rcpt", label="Recipient is like", hint="* is anything, ? one character."),
    Field(name="sender", label="Sender is like", hint="<> is the null reverse-path."),
    Field(name="inbox", label="Inbox is like"),
)
MORE_CONDITIONS = (
    Field(name="subject", label="Subject is like"),
    Field(name="header_name", label="Header field"),
    Field(name="header_pattern", label="is like"),
    Field(name="listener", label="Listener is like", hint="Such as *:1587."),
    Field(name="peer", label="Client's address is like"),
    Field(name="helo", label="Client's name is like"),
    Field(name="user", label="User is like"),
    Field(name="connection", label="Connection", kind="number"),
    Field(name="transaction", label="Transaction", kind="number"),
    Field(name="recipient", label="Recipient number", kind="number"),
    Field(name="after", label="After octets", kind="number"),
)
COUNTS = (
    Field(name="times", label="Times", kind="number", hint="Empty: always."),
    Field(name="probability", label="Chance", kind="number", hint="From 0 to 1."),
    Field(name="seed", label="Seed", kind="number"),
    Field(name="per", label="Counted for each", choices=("", *PER)),
)
MORE_COUNTS = (
    Field(name="skip", label="Skip the first", kind="number"),
    Field(name="every", label="Every so-manyth", kind="number"),
    Field(name="within", label="Within seconds", kind="number"),
    Field(name="over_count", label="Beyond so many", kind="number"),
    Field(name="over_seconds", label="in seconds", kind="number"),
)
FIELDS = (*RULE, *CONDITIONS, *MORE_CONDITIONS, *COUNTS, *MORE_COUNTS)

_KINDS = {field.name: field.kind for field in FIELDS}
_PAIRS = {"over_count": "over", "over_seconds": "over", "header_name": "header", "header_pattern": "header"}
_VALUED = frozenset({"delay", "throttle", "split", "dribble"})
_VALUELESS = frozenset({"stall", "close", "reset", "half_close", "lose", "malformed"})
_WORD = re.compile(r"(?:the )?([a-z_]+)")


def table_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The table that `mailsink.fault_text.read_rule` takes, of the fields that are filled in.

    What should be a number and is none stays a text, so that the rule says what is wrong with it.
    """
    given = {field.name: form.get(field.name, "").strip() for field in FIELDS}
    table: dict[str, Any] = {
        name: _number(text) if _KINDS[name] == "number" else text
        for name, text in given.items()
        if text and name not in _PAIRS and name not in ("action", "value")
    }
    if table.get("sender") == NULL_PATH:
        table["sender"] = ""
    if given["over_count"] or given["over_seconds"]:
        table["over"] = [_number(given["over_count"]), _number(given["over_seconds"])]
    if given["header_name"] or given["header_pattern"]:
        table["header"] = [given["header_name"], given["header_pattern"]]
    if given["action"]:
        table[given["action"]] = _value(given["action"], given["value"])
    return table


def _value(action: str, text: str) -> Any:
    if action in _VALUED:
        return _number(text)
    # An action without a value is written with true.
    return text or (True if action in _VALUELESS else "")


def _number(text: str) -> int | float | str:
    if not text.isascii() or len(text) > 30:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def fields_of(rule: Rule) -> dict[str, str]:
    """The fields that say *rule*: `table_of` makes its table of them, the id and the switch aside."""
    table = write_rule(rule)
    action = rule.fault.action
    value = table.pop(action)
    found = {"action": action, "value": "" if value is True else _text(value)}
    if "over" in table:
        found["over_count"], found["over_seconds"] = map(_text, table.pop("over"))
    if "header" in table:
        found["header_name"], found["header_pattern"] = map(_text, table.pop("header"))
    if table.get("sender") == "":
        table["sender"] = NULL_PATH
    return found | {name: _text(given) for name, given in table.items() if name not in ("id", "enabled")}


def _text(value: object) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else present.text(str(value))


def field_at_fault(sentence: str, form: Mapping[str, str], *, rule_id: str = "") -> str:
    """The name of the field that the sentence of a ConfigError is about; ``""`` if it names none."""
    # The sentence begins with the rule's name, which may be any text.
    name = f"{name_of(rule_id, form.get('note', '').strip())}: "
    rest = sentence.removeprefix(name) if sentence.startswith(name) else sentence.partition(": ")[2]
    match = _WORD.match(rest)
    word = match[1] if match else ""
    if "cannot happen at" in rest:
        return "stage"
    if word in ("reply", "enhanced") or word in ACTIONS:
        return "value"
    found = {"over": "over_count", "header": "header_name"}.get(word, word)
    return found if found in _KINDS or found in form else ""


def preset_fields(name: str) -> tuple[Field, ...]:
    """The settings of a preset as fields."""
    defaults = PRESETS[name].__kwdefaults__ or {}
    return tuple(
        Field(
            name=setting,
            label=setting,
            kind="switch" if isinstance(default, bool) else "text" if isinstance(default, str) else "number",
            default="" if isinstance(default, bool) else _text(default),
        )
        for setting, default in defaults.items()
    )


def preset_settings(name: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The settings that a form gives for a preset; what is left empty is as it is by default."""
    settings: dict[str, Any] = {}
    for field in preset_fields(name):
        text = form.get(field.name, "").strip()
        if field.kind == "switch":
            settings[field.name] = bool(text)
        elif text:
            settings[field.name] = _number(text) if field.kind == "number" else text
    return settings
