"""How near a message comes to a condition that it does not fulfil, and in what it differs.

Pure and bounded: the same few hints for every caller, whatever the size of the message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING, Any

from .address import same_address, split_address
from .conditions import KINDS, SOURCES, caseless, folded
from .display import quoted
from .query import AnyOf, Query, Term

if TYPE_CHECKING:
    from .message import Message

__all__ = ["nearness"]

_ELSEWHERE = {
    "rcpt": ("to", "cc"),
    "to": ("cc", "bcc", "rcpt"),
    "cc": ("to", "bcc", "rcpt"),
    "bcc": ("to", "cc"),
    "from_": ("sender", "reply_to"),
    "reply_to": ("from_", "sender"),
    "sender": ("from_", "reply_to"),
    "text": ("html",),
    "html": ("text",),
}
_COMPARED_VALUES = 20
_COMPARED_CHARACTERS = 200
# Of a text in which the line is looked for that comes nearest.
_LOOKED_THROUGH = 20_000
_ALIKE = 0.6
_SHOWN_CHARACTERS = 36
_BRACKETED = re.compile(r"<([^<>]+)>\s*$")


def nearness(condition: Query, message: Message) -> tuple[str, bool]:
    """A hint in what the miss differs, perhaps ``""``, and whether it counts as near."""
    if isinstance(condition, AnyOf):
        return "", any(nearness(query, message)[1] for query in condition.queries)
    if not isinstance(condition, Term):
        return "", False
    hint = (
        _misplaced(condition, message)
        or _with_a_name(condition, message)
        or _other_file(condition, message)
        or _written_otherwise(condition, message)
    )
    return hint, bool(hint) or _is_same_domain(condition, message)


def _misplaced(term: Term, message: Message) -> str:
    """Says where the expected value is instead."""
    if not isinstance(term.expected, str) or term.source not in _ELSEWHERE:
        return ""
    if term.source == "rcpt":
        for recipient in message.envelope.recipients:
            if not recipient.reply.is_positive and same_address(recipient.path, term.expected):
                return f"it was refused: {recipient.reply}"
    for source in _ELSEWHERE[term.source]:
        if KINDS[term.kind](term.expected, SOURCES[source](message)):
            return f"it is in {source}"
    return ""


def _with_a_name(term: Term, message: Message) -> str:
    """Says that a display name was given, alone or around the address, where addresses are compared."""
    if term.kind != "address" or not isinstance(term.expected, str):
        return ""
    inner = _BRACKETED.search(term.expected[:_COMPARED_CHARACTERS])
    if inner and any(same_address(value, inner[1]) for value in term.actual(message)):
        return "give the address alone"
    named = SOURCES.get(f"{term.source}_named")
    if term.expected and named is not None and term.expected in named(message):
        return "it is the name; give the address"
    return ""


def _other_file(term: Term, message: Message) -> str:
    """Says in what the file differs that is as it is wanted in the most ways."""
    if term.kind != "file":
        return ""
    # What is looked for in a file's content may be a text in it.
    keys = ["content" if source == "text" else source for source, _, _ in term.expected]
    fewest = keys
    for part in islice(message.attachments, _COMPARED_VALUES):
        wrong = [
            key for key, one in zip(keys, term.expected, strict=True) if not KINDS["file"]((one,), (part,))
        ]
        if len(wrong) < len(fewest):
            fewest, name = wrong, part.filename
    if len(fewest) == len(keys):
        return ""
    which = f"of {quoted(name, _SHOWN_CHARACTERS)} " if len(message.attachments) > 1 else ""
    return f"{which}the {' and the '.join(fewest)} {'differs' if len(fewest) == 1 else 'differ'}"


def _written_otherwise(term: Term, message: Message) -> str:
    """Says what differs between the expected value and the most alike of the actual ones."""
    values = [value for value in islice(term.actual(message), _COMPARED_VALUES) if isinstance(value, str)]
    if term.kind == "pattern":
        return _found_caseless(term.expected, values)
    if not isinstance(term.expected, str) or term.kind in ("prefix", "contains_caseless"):
        return ""
    if term.kind == "glob" and KINDS["glob"](term.expected.lower(), tuple(map(str.lower, values))):
        return "differs only in case"
    if term.kind == "contains":
        return _contains_otherwise(term.expected, values)
    return next(filter(None, (_difference(term.expected, value) for value in values)), "")


def _found_caseless(pattern: re.Pattern[Any], values: Sequence[str]) -> str:
    if pattern.flags & re.IGNORECASE or isinstance(pattern.pattern, bytes):
        return ""
    wider = re.compile(pattern.pattern, pattern.flags | re.IGNORECASE)
    return "differs only in case" if KINDS["pattern"](wider, tuple(values)) else ""


def _contains_otherwise(expected: str, values: Sequence[str]) -> str:
    if any(caseless(expected) in caseless(value) for value in values):
        return "differs only in case"
    line = _nearest_line(folded(expected), values)
    return f"nearest: {quoted(line, _SHOWN_CHARACTERS)}" if line else ""


def _nearest_line(expected: str, values: Sequence[str]) -> str:
    """The line of texts of several lines that is most alike, ``""`` where none is."""
    if not expected or len(expected) > _COMPARED_CHARACTERS:
        return ""
    words = expected.split()
    several = (value for value in values if "\n" in value.strip())
    lines = (folded(line[:_COMPARED_CHARACTERS]) for value in several for line in _first_lines(value))
    # Comparing costs time: only what has a word in common, and no more than so many.
    alike = islice((line for line in lines if any(word in line for word in words)), _COMPARED_VALUES)
    matcher = SequenceMatcher(None, b=expected, autojunk=False)
    nearest, best = "", _ALIKE
    for line in alike:
        matcher.set_seq1(line)
        if matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            nearest, best = line, ratio
    return nearest


def _first_lines(value: str) -> Sequence[str]:
    return value[:_LOOKED_THROUGH].splitlines()


def _difference(expected: str, value: str) -> str:
    """In what two whole values differ, for the few ways that are worth saying; else ``""``."""
    expected, value = expected[:_COMPARED_CHARACTERS], value[:_COMPARED_CHARACTERS]
    if not expected or not value:
        return ""
    if expected.lower() == value.lower():
        return "differs only in case"
    if folded(expected) == folded(value):
        return "differs only in white space"
    if caseless(expected) == caseless(value):
        return "differs only in case and white space"
    if caseless(expected) in caseless(value):
        return "contains it"
    if caseless(value) in caseless(expected):
        return "is a part of it"
    return "differs in few characters" if SequenceMatcher(None, expected, value).ratio() >= 0.85 else ""


def _is_same_domain(term: Term, message: Message) -> bool:
    if term.kind != "address" or not term.expected:
        return False
    domain = split_address(term.expected)[1]
    return bool(domain) and any(same_address(value, f"@{domain}") for value in term.actual(message))
