"""Words for people: why a message does not match, and what to show when an expectation failed.

Pure functions from values to text. Everything shown is safe to print, whatever a client sent: controls,
bidirectional marks and lone surrogates are escaped, long values are cut.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .display import cut, joined, quoted, safe, shown
from .message import Message
from .model import Session
from .nearness import nearness
from .query import All, AnyOf, Not, Query, Term

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["Verdict", "expectation", "ranked", "summary_line", "trouble", "why"]

WIDTH = 110
# What went wrong is said to its end, which often is what to do.
TROUBLE_WIDTH = 150
SHOWN_NEAR = 5
# More than these are not counted: whoever asks looks at no more than the newest.
COUNTED = 50
SHOWN_MATCHED = 20
SHOWN_VALUES = 20
SHOWN_TROUBLE = 8
# Only this many of the newest messages are compared in detail: a full store must not slow a failure down.
COMPARED = 100
_LABEL = 32
_HINT = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one condition says about one message, ready to print.

    *field* is the condition as it was written, or its word; *expected* and *actual* are shown as Python
    would, cut; *more* counts the values that *actual* leaves out. *hint* says in what a near miss
    differs. *nearness* is 1 for a match, 0.5 for a near miss.
    """

    field: str
    expected: str
    actual: tuple[str, ...]
    ok: bool
    hint: str = ""
    nearness: float = 0.0
    more: int = 0


def why(query: Query, message: Message) -> tuple[Verdict, ...]:
    """One verdict for each condition of *query*, in the order they were written."""
    return tuple(_verdict(condition, message) for condition in _conditions(query))


def ranked(query: Query, messages: Sequence[Message]) -> list[tuple[Message, tuple[Verdict, ...]]]:
    """The newest of *messages* with their verdicts, nearest first; of equally near ones the newest first."""
    newest = sorted(messages, key=lambda message: message.id, reverse=True)[:COMPARED]
    judged = [(message, why(query, message)) for message in newest]
    return sorted(judged, key=lambda pair: -sum(verdict.nearness for verdict in pair[1]))


def expectation(
    query: Query,
    *,
    expected: int,
    matched: Sequence[Message],
    others: Sequence[Message],
    waited: float,
    where: str = "",
    trouble: Sequence[str] = (),
) -> str:
    """The text of a failed expectation: what was expected, what came, the nearest misses, what went wrong.

    *others* are messages that did not match; *waited* is in seconds; *where* is the sink's address. *trouble*
    are sentences about what was refused, shown when too few messages came. No line is much longer than
    110 columns, those of *trouble* than 150; there is no line end at the end.
    """
    lines = [_headline(expected, len(matched), waited, where), *_wanted(query)]
    if matched:
        if expected:
            lines.append(f"{_count(len(matched))} {'matches' if len(matched) == 1 else 'match'}:")
        lines += _listed(matched)
    if len(matched) < expected:
        lines += _misses(query, others, after_matches=bool(matched))
        lines += [cut(f"    {safe(line)}", TROUBLE_WIDTH) for line in trouble[:SHOWN_TROUBLE]]
        lines += _rest(len(trouble) - SHOWN_TROUBLE, "    ")
    return "\n".join(lines)


def summary_line(message: Message, width: int = WIDTH - 5) -> str:
    """``reverse-path -> accepted forward-paths  'Subject'`` in at most *width* columns, width 90 or more."""
    sender = safe(message.envelope.reverse_path) or "<>"
    accepted = message.envelope.forward_paths
    paths = [safe(path) for path in accepted[:SHOWN_VALUES]] or ["nobody"]
    line = f"{sender} -> {', '.join(paths)}  {quoted(message.subject, width)}"
    if len(line) <= width and len(accepted) <= SHOWN_VALUES:
        return line
    rcpt = joined(paths, 36, more=max(0, len(accepted) - SHOWN_VALUES))
    line = f"{cut(sender, 28)} -> {rcpt}  "
    return line + quoted(message.subject, width - len(line))


def trouble(sessions: Iterable[Session], *, now: dt.datetime | None = None) -> tuple[str, ...]:
    """What was refused or went wrong in *sessions*, one sentence each, in the order they are given.

    Of what was over a minute and more before *now* it says how long ago: that is another matter, as a rule.
    """
    return tuple(sentence for session in sessions for sentence in _troubles(session, now))


# The parts of a failure's text.


def _count(number: int, kind: str = "") -> str:
    return f"{number or 'no'} {kind}{'message' if number == 1 else 'messages'}"


def _headline(expected: int, got: int, waited: float, where: str) -> str:
    what = _count(expected) if expected else "no message"
    time = f" after {waited:.2f} s" if waited >= 0.005 else ""
    return cut(f"expected {what}, got {got}{time}{f' (sink {where})' if where else ''}", WIDTH)


def _wanted(query: Query) -> list[str]:
    if query.written:
        return [cut(f"    {safe(query.written)}", WIDTH)]
    conditions = _conditions(query)
    labels = [_label(condition) for condition in conditions]
    width = max(map(len, labels), default=0)
    return [
        cut(f"    {label:{width}}  {_expected(condition)}", WIDTH).rstrip()
        for label, condition in zip(labels, conditions, strict=True)
    ]


def _listed(messages: Sequence[Message]) -> list[str]:
    lines = [f"{number:3}. {summary_line(m)}" for number, m in enumerate(messages[:SHOWN_MATCHED], 1)]
    return lines + _rest(len(messages) - SHOWN_MATCHED, "  ")


def _misses(query: Query, others: Sequence[Message], *, after_matches: bool) -> list[str]:
    kind = "other " if after_matches else ""
    if not others:
        return [f"no {kind}message came"]
    if len(others) > COUNTED:
        lines = [f"more than {COUNTED} {kind}messages came; of the newest, the nearest first:"]
    else:
        order = ", the nearest first" if len(others) > 1 else ""
        lines = [f"{_count(len(others), kind)} came{order}:"]
    for number, (message, verdicts) in enumerate(ranked(query, others)[:SHOWN_NEAR], 1):
        lines.append(f"{number:3}. {summary_line(message)}")
        lines += _rows(verdicts)
    return lines if len(others) > COUNTED else lines + _rest(len(others) - SHOWN_NEAR, "  ")


def _rest(number: int, indent: str) -> list[str]:
    return [f"{indent}and {number} more"] if number > 0 else []


def _rows(verdicts: Sequence[Verdict]) -> Iterator[str]:
    width = max((len(verdict.field) for verdict in verdicts), default=0)
    for verdict in verdicts:
        hint = f"  {verdict.hint}" if verdict.hint else ""
        room = WIDTH - 9 - width - len(hint)
        said = "ok" if verdict.ok else joined(verdict.actual, room, more=verdict.more) + hint
        yield f"       {verdict.field:{width}}  {said}"


# One condition and one message.


def _conditions(query: Query) -> tuple[Query, ...]:
    return query.queries if isinstance(query, All) else (query,)


def _verdict(condition: Query, message: Message) -> Verdict:
    ok = condition.matches(message)
    hint, near = ("", True) if ok else nearness(condition, message)
    actual = _actual(condition, message)
    return Verdict(
        field=_label(condition),
        expected=_expected(condition),
        actual=actual[:SHOWN_VALUES],
        ok=ok,
        hint=cut(safe(hint), _HINT),
        nearness=1.0 if ok else near * 0.5,
        more=max(0, len(actual) - SHOWN_VALUES),
    )


def _label(condition: Query) -> str:
    if condition.written:
        return cut(safe(condition.written), _LABEL)
    if isinstance(condition, Term):
        return cut(safe(f"{condition.field} {condition.name}".rstrip()), _LABEL)
    return {All: "all of", AnyOf: "any of", Not: "not"}.get(type(condition), "query")


def _expected(condition: Query) -> str:
    """What was asked for, without its field; for a group, its conditions with theirs."""
    if isinstance(condition, Term):
        return _expected_by_term(condition)
    inner = (condition.query,) if isinstance(condition, Not) else getattr(condition, "queries", ())
    return cut(", ".join(f"{_label(query)} {_expected(query)}".rstrip() for query in inner), WIDTH)


def _expected_by_term(term: Term) -> str:
    if term.written:
        return ""
    if term.kind == "present":
        return "any"
    if term.kind == "absent":
        return "none"
    if term.kind == "file":
        return " ".join(f"{source}={shown(value)}" for source, _, value in term.expected)
    return shown(term.expected)


_SHOWN_BY_SOURCE: Mapping[str, Callable[[Any], str]] = {
    "anywhere": lambda _: "not found",
    "message": lambda _: "false",
    "read": lambda value: "read" if value else "unread",
    "starred": lambda value: "starred" if value else "not starred",
    "size": lambda value: f"{value} octets",
    "sender": lambda value: shown(value) if value else "<>",
}


def _actual(condition: Query, message: Message) -> tuple[str, ...]:
    """The values that were looked at, shown; ``("none",)`` where there is none."""
    if isinstance(condition, Not):
        return ("it matches",)
    if not isinstance(condition, Term):
        return ("no match",)
    show = _SHOWN_BY_SOURCE.get(condition.source, shown)
    return tuple(dict.fromkeys(map(show, condition.actual(message)))) or ("none",)


# What went wrong in a session.

_NEGATIVE = re.compile(r"[45]\d\d(?: |$)")


def _troubles(session: Session, now: dt.datetime | None) -> Iterator[str]:
    who = f"{_ago(session, now)}the client at {session.peer}"
    refused = [
        f"{who} was answered {reply}{f' to {command}' if command else ''}"
        for command, reply in _exchanges(session)
        if _NEGATIVE.match(reply)
    ]
    if not refused and not any(t.message_id for t in session.transactions):
        refused = [f"{who} {_sent_nothing(session)}"]
    # smtplib tries one mechanism of AUTH after the other.
    for sentence, same in groupby(refused):
        number = sum(1 for _ in same)
        yield cut(safe(f"{sentence}, {number} times" if number > 1 else sentence), TROUBLE_WIDTH)


def _sent_nothing(session: Session) -> str:
    if session.end:
        return f"sent no message: {session.end}"
    said = [command for command, _ in _exchanges(session) if command]
    last = f"its last command was {said[-1]}" if said else "it has said nothing"
    return f"is connected and sent no message yet; {last}"


def _ago(session: Session, now: dt.datetime | None) -> str:
    if now is None or session.ended_at is None:
        return ""
    minutes = int((now - session.ended_at).total_seconds() // 60)
    return f"{minutes} min ago " if minutes > 0 else ""


def _exchanges(session: Session) -> Iterator[tuple[str, str]]:
    """Each reply's last line, after the verb that it answers; replies keep the commands' order."""
    asked: deque[str] = deque()
    reply = ""
    for entry in session.transcript:
        if entry.kind == "client":
            asked.append("AUTH" if reply.startswith("334") else entry.text.partition(" ")[0].upper())
        elif entry.kind == "content":
            asked.append("the content")
        elif entry.kind == "server" and entry.text[3:4] != "-":
            reply = entry.text
            yield asked.popleft() if asked else "", reply
