"""A Query as expressions for the full-text index and for SQL.

What cannot be said in them exactly is said more widely, and whoever runs it asks the query about each message
that is found. Knows nothing of how the index is kept in pieces.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..query import All, AnyOf, Not, Query, Term
from ..words import words
from . import tokens
from .codec import encode_time
from .labels import NO_TAGS, label

__all__ = ["WORDS", "Index", "Plan", "plan_of"]

# What SQLite can bind.
_MOST = 2**63 - 1
_BITS = 63
# In a condition: the piece of the index that the row lies in.
WORDS = "{words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which messages a query can match.

    *match* is an expression for the full-text index, *where* a condition on the row ``m`` of `messages` with
    its *parameters*; ``""`` is every message. *since* and *until* bound `received_at`. With *exact* every
    message that fulfils them matches, else the query must be asked. *guard* is a wider expression, where
    *match* takes long to tell of a message; ``""`` where there is none.
    """

    match: str = ""
    where: str = ""
    parameters: tuple[Any, ...] = ()
    since: int = 0
    until: int = _MOST
    exact: bool = True
    guard: str = field(default="", compare=False)


_ANY = Plan()
_NONE = Plan(where="0")
_UNKNOWN = Plan(exact=False)


@dataclass(frozen=True, slots=True)
class Index:
    """What a plan is for. *number* tells an inbox's number, ``None`` where it has no message.

    *brief* says whether the index has the tokens for what is short.
    """

    number: Callable[[str], int | None]
    brief: bool = True


def plan_of(query: Query, index: Index) -> Plan:
    """The plan for *query*."""
    if isinstance(query, All):
        return _all([plan_of(each, index) for each in query.queries])
    if isinstance(query, AnyOf):
        return _any([plan_of(each, index) for each in query.queries])
    if isinstance(query, Not):
        return _not(plan_of(query.query, index))
    if isinstance(query, Term):
        return _term(query, index)
    return _UNKNOWN


def _all(plans: list[Plan]) -> Plan:
    if _NONE in plans:
        return _NONE
    matches = [plan.match for plan in plans if plan.match]
    wheres = [plan.where for plan in plans if plan.where]
    return Plan(
        match=f"({' AND '.join(matches)})" if len(matches) > 1 else "".join(matches),
        where=f"({' AND '.join(wheres)})" if len(wheres) > 1 else "".join(wheres),
        parameters=tuple(value for plan in plans for value in plan.parameters),
        since=max((plan.since for plan in plans), default=0),
        until=min((plan.until for plan in plans), default=_MOST),
        exact=all(plan.exact for plan in plans),
        guard=" AND ".join(plan.guard for plan in plans if plan.guard),
    )


def _any(plans: list[Plan]) -> Plan:
    plans = [plan for plan in plans if plan != _NONE]
    if not plans:
        return _NONE
    exact = all(plan.exact for plan in plans)
    if any(not plan.match and not plan.where for plan in plans):
        return Plan(exact=exact)
    bounds = Plan(since=min(p.since for p in plans), until=max(p.until for p in plans), exact=exact)
    if not any(plan.where for plan in plans):
        guards = [plan.guard for plan in plans]
        return replace(
            bounds,
            match=f"({' OR '.join(plan.match for plan in plans)})",
            guard=f"({' OR '.join(guards)})" if all(guards) else "",
        )
    alone = [_without_match(plan) for plan in plans]
    return replace(
        bounds,
        where=f"({' OR '.join(plan.where for plan in alone)})",
        parameters=tuple(value for plan in alone for value in plan.parameters),
    )


def _without_match(plan: Plan) -> Plan:
    """The same plan as a condition of SQL alone."""
    if not plan.match:
        return plan
    found = f"m.seq IN (SELECT rowid FROM {WORDS} WHERE {WORDS} MATCH ?)"  # noqa: S608
    where = f"({found} AND {plan.where})" if plan.where else found
    return replace(plan, match="", where=where, guard="", parameters=(plan.match, *plan.parameters))


def _not(plan: Plan) -> Plan:
    if not plan.exact:
        return _UNKNOWN
    if plan == _NONE:
        return _ANY
    if plan.match and not plan.where:
        return Plan(match=f"({tokens.EVERY} NOT {plan.match})")
    plan = _without_match(plan)
    return Plan(where=f"NOT ({plan.where})", parameters=plan.parameters) if plan.where else _NONE


# One condition.


def _term(term: Term, index: Index) -> Plan:
    if term.source in _COLUMNS:
        return _column(term, index)
    if term.source == "header":
        return _header(term)
    if term.kind in ("present", "absent") and term.source in tokens.FACTS:
        found = Plan(match=tokens.fact(term.source))
        return found if term.kind == "present" else _not(found)
    if term.kind in ("contains_caseless", "prefix"):
        return _held(term, index)
    narrow = _NARROW.get(term.kind)
    if narrow is None or not isinstance(term.expected, str):
        return _UNKNOWN
    return Plan(match=narrow(term.source, term.expected), exact=False)


def _held(term: Term, index: Index) -> Plan:
    prefix = term.kind == "prefix"
    if (
        index.brief
        and term.source == "anywhere"
        and (brief := tokens.brief_piece(term.expected, at_word=prefix))
    ):
        return Plan(match=brief)
    found = []
    guard = ""
    if letters := tokens.PIECES.get(term.source):
        found.append(tokens.piece(term.expected, letters, at_word=prefix))
        guard = tokens.guard(term.expected, letters)
    if letters := tokens.PROSE.get(term.source):
        found.append(tokens.prose(term.expected, letters, prefix=prefix, brief=index.brief))
    if not found:
        return _UNKNOWN
    matches = [match for match, _ in found if match]
    if not matches:
        return _NONE
    exact = all(exact for _, exact in found)
    # A phrase of words is told of a message faster than one of pieces.
    guard = " OR ".join([guard, *matches[1:]]) if guard else ""
    return replace(
        _any([Plan(match=match) for match in matches]), exact=exact, guard=f"({guard})" if guard else ""
    )


def _header(term: Term) -> Plan:
    if not term.name.isascii() or not term.name.strip():
        return _UNKNOWN
    found = Plan(match=f'"{tokens.header_fact(term.name)}"')
    if term.kind in ("present", "absent"):
        return found if term.kind == "present" else _not(found)
    if (
        isinstance(term.expected, str)
        and term.expected
        and term.kind in ("is", "contains_caseless", "prefix")
    ):
        return replace(found, exact=False)
    return _UNKNOWN


# Wider expressions for what Python callers ask.


def _narrow_address(source: str, expected: str) -> str:
    letters = tokens.PIECES.get(source, "") or tokens.PIECES.get(f"{source.rstrip('_')}_named", "")
    if (
        not letters
        or not expected.isascii()
        or '"' in expected
        or "\\" in expected
        or "xn--" in expected.lower()
    ):
        return ""
    match, _ = tokens.piece(expected.removesuffix("@"), letters)
    return f"({match} OR {tokens.ODD})" if match else ""


def _narrow_whole(source: str, expected: str) -> str:
    letters = tokens.PIECES.get(source, "")
    return tokens.piece(expected, letters)[0] if letters else ""


def _narrow_part(source: str, expected: str) -> str:
    """For a text that is contained: its first word may be the end of another, its last one the beginning."""
    letters = {"text": "w", "body": "w", "link": "l"}.get(source, "")
    found = words(expected)[1:]
    if found and not found[-1].isascii():
        # What follows in the message may be a mark that changes it.
        found.pop()
        match = tokens.prose(" ".join(found), letters)[0] if letters else ""
    else:
        match = tokens.prose(" ".join(found), letters, prefix=True)[0] if letters else ""
    return f"({match} OR {tokens.LONG})" if match else ""


def _narrow_glob(source: str, expected: str) -> str:
    letters = tokens.PIECES.get(source, "")
    if not letters or "[" in expected:
        return ""
    pieces = [tokens.piece(run, letters)[0] for run in re.split(r"[*?]", expected)]
    return " AND ".join(match for match in pieces if match)


def _narrow_code(_source: str, _expected: str) -> str:
    return tokens.fact("code")


_NARROW = {
    "address": _narrow_address,
    "is": _narrow_whole,
    "contains": _narrow_part,
    "glob": _narrow_glob,
    "code": _narrow_code,
}


# What is kept beside the content.


def _column(term: Term, index: Index) -> Plan:
    read = _COLUMNS[term.source].get(term.kind)
    return _UNKNOWN if read is None else read(term.expected, index)


def _flag(condition: str) -> Callable[[Any, Index], Plan]:
    return lambda _expected, _index: Plan(where=condition)


def _inbox(expected: Any, index: Index) -> Plan:
    if not isinstance(expected, str):
        return _UNKNOWN
    found = index.number(expected)
    return _NONE if found is None else Plan(match=tokens.inbox_fact(found))


def _id(expected: Any, _index: Index) -> Plan:
    if not isinstance(expected, str):
        return _UNKNOWN
    return Plan(where="m.id = ?", parameters=(expected.encode("utf-8", "replace").decode(),))


def _tag(expected: Any, _index: Index) -> Plan:
    return Plan(where="m.seq IN (SELECT seq FROM labels WHERE name = ?)", parameters=(label(expected),))


def _larger(expected: int, _index: Index) -> Plan:
    bits = [f"xsize{n}" for n in range(max(expected, 0).bit_length(), _BITS)]
    if not bits:
        return _NONE
    return Plan(
        match=f"({' OR '.join(bits[:_BITS])})", where="m.size > ?", parameters=(min(expected, _MOST),)
    )


def _smaller(expected: int, _index: Index) -> Plan:
    bits = [f"xsize{n}" for n in range(min(max(expected, 0).bit_length() + 1, _BITS))]
    return Plan(match=f"({' OR '.join(bits)})", where="m.size < ?", parameters=(min(expected, _MOST),))


def _before(expected: dt.datetime, _index: Index) -> Plan:
    moment = _exact_time(expected)
    return Plan(where="m.received_at < ?", parameters=(moment,), until=moment - 1)


def _after(expected: dt.datetime, _index: Index) -> Plan:
    moment = _exact_time(expected)
    return Plan(where="m.received_at >= ?", parameters=(moment,), since=moment)


def _exact_time(moment: dt.datetime) -> int:
    return encode_time(moment)


_COLUMNS: dict[str, dict[str, Callable[[Any, Index], Plan]]] = {
    "read": {"present": _flag("m.read = 1"), "absent": _flag("m.read = 0")},
    "starred": {"present": _flag("m.starred = 1"), "absent": _flag("m.starred = 0")},
    "tag": {
        "present": _flag(f"m.tags != x'{NO_TAGS.hex()}'"),
        "absent": _flag(f"m.tags = x'{NO_TAGS.hex()}'"),
        "is_caseless": _tag,
    },
    "inbox": {"is": _inbox},
    "id": {"is": _id},
    "size": {"greater": _larger, "less": _smaller},
    "received_at": {"less": _before, "at_least": _after},
}
