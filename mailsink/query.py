"""A filter as a value: a small tree of conditions that says yes or no to a message.

Knows what a message holds; knows no search text, no SQL and no waiting. A `Term` is data only (where to
look, how to compare, with what), so that a store can translate a query instead of running it.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from .conditions import KINDS, SOURCES, Values

if TYPE_CHECKING:
    from .message import Message

__all__ = ["EVERYTHING", "All", "AnyOf", "Conditions", "Not", "Query", "Term", "Words", "query_of"]


class Query(ABC):
    """A condition on one message. Frozen, safe from any thread; combine with ``&``, ``|`` and ``~``.

    *written* is the search text a query was read from, ``""`` where there was none; it takes no part
    in equality.
    """

    __slots__ = ()
    written: str

    @abstractmethod
    def matches(self, message: Message) -> bool:
        """Whether *message* fulfils this. Raises only what a caller's own predicate raises."""

    def __and__(self, other: Query) -> Query:
        parts = (*_parts(self, All), *_parts(other, All))
        return parts[0] if len(parts) == 1 else All(parts)

    def __or__(self, other: Query) -> Query:
        return AnyOf((*_parts(self, AnyOf), *_parts(other, AnyOf)))

    def __invert__(self) -> Query:
        return Not(self)


def _parts(query: Query, kind: type[All] | type[AnyOf]) -> tuple[Query, ...]:
    return query.queries if isinstance(query, kind) else (query,)


@dataclasses.dataclass(frozen=True, slots=True)
class All(Query):
    """Every one of *queries* matches; with none of them, every message does."""

    queries: tuple[Query, ...]
    written: str = dataclasses.field(default="", compare=False, kw_only=True)

    def matches(self, message: Message) -> bool:
        return all(query.matches(message) for query in self.queries)


@dataclasses.dataclass(frozen=True, slots=True)
class AnyOf(Query):
    """At least one of *queries* matches; with none of them, no message does."""

    queries: tuple[Query, ...]
    written: str = dataclasses.field(default="", compare=False, kw_only=True)

    def matches(self, message: Message) -> bool:
        return any(query.matches(message) for query in self.queries)


@dataclasses.dataclass(frozen=True, slots=True)
class Not(Query):
    """*query* does not match."""

    query: Query
    written: str = dataclasses.field(default="", compare=False, kw_only=True)

    def matches(self, message: Message) -> bool:
        return not self.query.matches(message)

    def __invert__(self) -> Query:
        return self.query


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Term(Query):
    """One condition on one field.

    *field* is the word the tester wrote. *source* is the key into `SOURCES` that says which values are
    looked at, *kind* the key into `KINDS` that says how they are compared with *expected* (both tables are
    in `conditions`). *name* is
    the header field's name where *source* is ``"header"``.
    """

    field: str
    source: str
    kind: str
    expected: Any = None
    name: str = ""
    written: str = dataclasses.field(default="", compare=False)

    def actual(self, message: Message) -> Values:
        """The values of *message* that are looked at, in their order; ``()`` where there is none."""
        if self.source == "header":
            return message.parsed.headers(self.name)
        return SOURCES[self.source](message)

    def matches(self, message: Message) -> bool:
        return KINDS[self.kind](self.expected, self.actual(message))


EVERYTHING: Query = All(())


# Conditions as Python callers write them.


class Conditions(TypedDict, total=False):
    """The keywords of conditions, but for the predicate, whose argument differs from reader to reader."""

    rcpt: object
    sender: object
    to: object
    cc: object
    bcc: object
    from_: object
    reply_to: object
    subject: object
    text: object
    html: object
    body: object
    link: object
    code: object
    attachment: object
    header: Mapping[str, object]
    inbox: object
    auth_user: object
    tls: object
    helo: object
    message_id: object
    id: object


class Words(Conditions, total=False):
    """The keywords of `query_of`, and of every method of the core that takes conditions."""

    where: Callable[[Message], object]


def query_of(**words: Unpack[Words]) -> Query:
    """The query that a message matches when it fulfils every word; with no words, `EVERYTHING`.

    ``rcpt`` looks at the accepted forward-paths, ``sender`` at the reverse-path (``""`` or ``"<>"`` is
    the null one), ``bcc`` at the accepted paths that neither To nor Cc names; ``from_``, ``to``, ``cc``
    and ``reply_to`` at header fields. What a value means:

    - a text on addresses: the whole addr-spec, the domain in any case; ``"@shop.example"`` is any
      mailbox of that domain;
    - a text on ``subject``, ``header``, ``inbox``, ``helo``, ``auth_user``, ``message_id``, ``id``: the
      whole value, decoded and unfolded;
    - a text on ``text``, ``html``, ``body`` (text, and HTML as it reads), ``link``: contained, white
      space folded; on ``code``: the code without its spaces and hyphens; on ``attachment``: the file's
      name, or a pattern of it such as ``"*.pdf"``;
    - a list, tuple or set: all of these are there;
    - a compiled pattern: found by its ``search``; a callable: true for one of the values;
    - ``True``: there is one; ``None`` or ``False``: there is none;
    - anything else: equal by its ``==`` to one of the values, or to the list of them.

    ``tls`` is ``True``, ``False``, ``"starttls"`` or ``"implicit"``; ``header`` maps names to values;
    ``attachment`` may be a mapping with ``filename``, ``content_type`` and ``content``; ``where`` is
    called with the message. Raises TypeError for an unknown word or a value that can mean nothing.
    """
    return _flat(_query_of_word(word, value) for word, value in words.items())


def _flat(queries: Iterable[Query]) -> All:
    return All(tuple(part for query in queries for part in _parts(query, All)))


def _query_of_word(word: str, value: object) -> Query:
    if word not in _WORDS:
        raise TypeError(_unknown("word", word, _WORDS))
    return _WORDS[word](word, value)


def _unknown(what: str, word: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(word, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"{word} is not a known {what}{hint} Known are: {', '.join(sorted(known))}."


_COLLECTIONS = (list, tuple, set, frozenset)


def _condition(word: str, source: str, kind: str, value: object, *, name: str = "") -> Query:
    """A term for *value*, where *kind* is what a text means; several terms for a list."""

    def term(kind: str, expected: object = None) -> Term:
        return Term(field=word, source=source, kind=kind, expected=expected, name=name)

    if isinstance(value, str):
        return term(kind, value)
    if value is None or isinstance(value, bool):
        return term("present" if value else "absent")
    if isinstance(value, _COLLECTIONS):
        values = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)
        if not values:
            raise TypeError(f"{word} is empty; give at least one value, or None for a message that has none")
        return _flat(_query_again(word, source, kind, each, name) for each in values)
    if isinstance(value, re.Pattern):
        return term("pattern", value)
    if isinstance(value, (int, float, bytes)) and source != "content":
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
        raise TypeError(f"{f'{word} {name}'.rstrip()}: {value!r} equals no text; give {text!r}")
    # Some matchers are used as bare classes; their == decides, calling them would build an instance.
    if callable(value) and not isinstance(value, type):
        return term("predicate", value)
    return term("equals", value)


def _query_again(word: str, source: str, kind: str, value: object, name: str) -> Query:
    return _condition(word, source, kind, value, name=name) if name else _query_of_word(word, value)


def _plain(kind: str) -> Callable[[str, object], Query]:
    return lambda word, value: _condition(word, word, kind, value)


def _address(word: str, value: object) -> Query:
    if isinstance(value, str):
        value = value.strip()
        value = value[1:-1] if value[:1] == "<" and value[-1:] == ">" else value
    return _condition(word, word, "address", value)


def _part_of_text(word: str, value: object) -> Query:
    # Every text contains the empty one, so that asking for it can only mean that there is no text.
    return _condition(word, word, "contains", None if value == "" else value)


def _message_id(word: str, value: object) -> Query:
    return _condition(word, word, "is", value.strip(" <>") if isinstance(value, str) else value)


def _tls(word: str, value: object) -> Query:
    if isinstance(value, str) and value not in ("starttls", "implicit"):
        raise TypeError(f"tls={value!r} is not known; give True, False, 'starttls' or 'implicit'")
    return _condition(word, word, "is", value)


def _where(word: str, value: object) -> Query:
    if not callable(value):
        raise TypeError(f"where={value!r} cannot be called; give a function of the message")
    return Term(field=word, source="message", kind="predicate", expected=value)


def _header(word: str, value: object) -> Query:
    if not isinstance(value, Mapping):
        raise TypeError(f"header={value!r} is not a mapping; give header={{'Name': value}}")
    wrong = next((name for name in value if not isinstance(name, str)), "")
    if wrong:
        raise TypeError(f"header={value!r}: {wrong!r} is no field's name; give header={{'Name': value}}")
    return _flat(_condition(word, "header", "is", each, name=name) for name, each in value.items())


def _attachment(word: str, value: object) -> Query:
    if isinstance(value, Mapping):
        conditions = tuple(_file_condition(key, each) for key, each in value.items())
        return Term(field=word, source="attachment", kind="file", expected=conditions)
    of_name = isinstance(value, (str, re.Pattern)) or not (
        value is None or isinstance(value, bool) or callable(value)
    )
    return _condition(word, "attachment_name" if of_name else "attachment", "glob", value)


_FILE_KEYS = {"filename": "glob", "content_type": "glob", "content": "contains"}


def _file_condition(key: str, value: object) -> tuple[str, str, Any]:
    """Source, kind and value of one key, for the kind ``"file"``."""
    if key not in _FILE_KEYS:
        raise TypeError(_unknown("key of attachment", key, _FILE_KEYS))
    if isinstance(value, _COLLECTIONS):
        raise TypeError(f"{key} of attachment is a {type(value).__name__}; give one value")
    if key == "content_type" and isinstance(value, str):
        value = value.lower()
    # A text is looked for in the part's text; octets, patterns and callables get the octets.
    source = "text" if key == "content" and isinstance(value, str) else key
    term = _condition(key, source, _FILE_KEYS[key], value)
    assert isinstance(term, Term)
    return source, term.kind, term.expected


_WORDS: Mapping[str, Callable[[str, object], Query]] = {
    **dict.fromkeys(("rcpt", "sender", "to", "cc", "bcc", "from_", "reply_to"), _address),
    **dict.fromkeys(("subject", "inbox", "auth_user", "helo", "id"), _plain("is")),
    **dict.fromkeys(("text", "html", "body", "link"), _part_of_text),
    "code": _plain("code"),
    "attachment": _attachment,
    "header": _header,
    "tls": _tls,
    "message_id": _message_id,
    "where": _where,
}
