"""The language of the search box: a text becomes a Query.

Knows no store and no page. Reading is linear in the text, and whatever the text is, it gives a Query or
raises QueryError that says where.

::

    query  = any-of
    any-of = all-of *( "OR" all-of )
    all-of = factor *( ["AND"] factor )
    factor = *( "-" / "!" / "NOT" ) ( "(" query ")" / term )
    term   = [ field ":" ] ( word / DQUOTE phrase DQUOTE )

A word that ends with ``*`` matches the beginning of words. In a phrase ``\\"`` is a quote and ``\\\\`` a
backslash. Everything else stands for itself; case and the amount of white space never matter.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from .errors import QueryError
from .query import EVERYTHING, All, AnyOf, Not, Query, Term
from .query_fields import FIELDS, HAS, IS, FieldError, Now, nearest_field, term_of

__all__ = ["FIELDS", "HAS", "IS", "MAX_DEPTH", "MAX_TERMS", "parse", "phrase"]

# SQLite refuses an expression tree deeper than 1000; both bounds together stay far below it.
MAX_DEPTH = 32
MAX_TERMS = 200


def _local_now() -> dt.datetime:
    return dt.datetime.now().astimezone()


def parse(text: str, *, now: Now = _local_now) -> Query:
    """Read *text*; ``""`` gives `EVERYTHING`.

    *now* gives an aware time: relative times count back from it, and a time without a zone is in its
    zone. Raises QueryError.
    """
    if not text.strip():
        return EVERYTHING
    return _written(_Reader(text, now).read(), text.strip())


def phrase(text: str) -> str:
    """*text* as a phrase of the language, quotes included: it stands for itself, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _written(query: Query, text: str) -> Query:
    assert isinstance(query, (All, AnyOf, Not, Term))
    return replace(query, written=text)


# Words and phrases.


@dataclass(frozen=True, slots=True)
class _Token:
    """*kind* is ``(``, ``)``, ``-``, ``AND``, ``OR``, ``NOT``, ``term`` or ``end``.

    *start* and *end* are offsets into the text; *field* and *value* are a term's, *at* is where the
    value begins; *quoted* says that it was a phrase.
    """

    kind: str
    start: int
    end: int
    field: str = ""
    value: str = ""
    at: int = 0
    quoted: bool = False


_SPACE = re.compile(r"\s*+")
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*+):")
_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_HEADER_NAME = re.compile(r"([!#-9;-~]++):(?=\S)")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_LAST_OPERATOR = re.compile(r"(AND|OR|NOT|[(!-])\s*$")


def _error(text: str, message: str, start: int, end: int, *, more: str = "", hint: str = "") -> QueryError:
    """The error with its place; *more* follows the place. *hint* put at start:end makes it right."""
    sentence = f"{message}, at character {start + 1}.{' ' + more if more else ''}"
    return QueryError(sentence, text=text, start=start, end=end, hint=hint)


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, now: Now) -> None:
        self.text = text
        self._now = now
        self._depth = 0
        self._terms = 0
        self._token = self._next(0)

    def read(self) -> Query:
        query = self._any_of()
        if self._token.kind == ")":
            raise self._wrong("There is no ( before this )", more="Put it in quotes to search for it.")
        return query

    # the grammar

    def _any_of(self) -> Query:
        found = [self._all_of()]
        while self._token.kind == "OR":
            self._advance()
            found.append(self._all_of())
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _all_of(self) -> Query:
        found = [self._factor()]
        while self._token.kind not in ("OR", ")", "end"):
            if self._token.kind == "AND":
                self._advance()
            found.append(self._factor())
        return found[0] if len(found) == 1 else All(tuple(found))

    def _factor(self) -> Query:
        start = self._token.start
        negated = False
        while self._token.kind in ("-", "NOT"):
            negated = not negated
            self._advance()
        token = self._token
        query = self._group() if token.kind == "(" else self._term()
        return Not(query, written=self.text[start : self._ended]) if negated else query

    def _group(self) -> Query:
        opening = self._token
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"Parentheses are nested more than {MAX_DEPTH} deep")
        self._advance()
        query = self._any_of()
        if self._token.kind != ")":
            raise _error(
                self.text,
                "This ( is not closed",
                opening.start,
                opening.end,
                more="Add a ), or put it in quotes to search for it.",
            )
        self._advance()
        self._depth -= 1
        written = self.text[opening.start : self._ended]
        return replace(query, written=written) if isinstance(query, (All, AnyOf)) else query

    def _term(self) -> Query:
        token = self._token
        if token.kind != "term":
            raise self._missing()
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._wrong(f"There are more than {MAX_TERMS} terms")
        self._advance()
        try:
            term = term_of(token.field, token.value, quoted=token.quoted, now=self._now)
        except FieldError as error:
            raise _error(
                self.text, str(error), token.at, token.end, more=error.more, hint=error.hint
            ) from None
        return replace(term, written=self.text[token.start : token.end])

    def _missing(self) -> QueryError:
        """The error for something else where a term must stand."""
        found = self._token
        what = "the end" if found.kind == "end" else self.text[found.start : found.end]
        before = _LAST_OPERATOR.search(self.text[max(0, found.start - 100) : found.start])
        after = f" after {before[1]}" if before else ""
        more = f'Write "{what}" in quotes to search for it.' if what in _OPERATORS else ""
        return self._wrong(f"A word is missing{after}, before {what}", more=more)

    def _wrong(self, message: str, *, more: str = "") -> QueryError:
        return _error(self.text, message, self._token.start, self._token.end, more=more)

    # the tokens

    def _advance(self) -> None:
        self._ended = self._token.end
        self._token = self._next(self._token.end)

    def _next(self, offset: int) -> _Token:
        match = _SPACE.match(self.text, offset)
        start = match.end() if match else offset
        first = self.text[start : start + 1]
        if first == "":
            return _Token("end", len(self.text), len(self.text))
        if first in "()":
            return _Token(first, start, start + 1)
        after = self.text[start + 1 : start + 2]
        if first in "-!" and after and after != ")" and not after.isspace():
            return _Token("-", start, start + 1)
        return self._word(start)

    def _word(self, start: int) -> _Token:
        field = _FIELD.match(self.text, start)
        name = field[1].lower() if field else ""
        if field and name in FIELDS:
            at = field.end()
        else:
            self._judge_field(field, name)
            at, name = start, ""
        prefix = _HEADER_NAME.match(self.text, at) if name == "header" else None
        value_at = prefix.end() if prefix else at
        if self.text[value_at : value_at + 1] == '"':
            end, value = self._phrase(value_at)
            value = (prefix[0] if prefix else "") + value
            return _Token("term", start, end, name, value, at, quoted=True)
        end = self._end_of_word(at)
        value = self.text[at:end]
        if not name and value in _OPERATORS:
            return _Token(value, start, end)
        return _Token("term", start, end, name, value, at)

    def _judge_field(self, field: re.Match[str] | None, name: str) -> None:
        """Raise for what looks like a misspelt field. Other words with a colon are words: ``Re:``."""
        if field is None or not self.text[field.end() : field.end() + 1].strip("/ \t\r\n"):
            return
        near = nearest_field(name)
        if near:
            start, end = field.span(1)
            more = f"Did you mean {near}:? Put it in quotes to search for it."
            raise _error(self.text, f"{field[1][:40]}: is not known", start, end, more=more, hint=near)

    def _phrase(self, start: int) -> tuple[int, str]:
        match = _PHRASE.match(self.text, start)
        if match is None:
            raise _error(self.text, "This quote is not closed", start, len(self.text), more='Add a ".')
        return match.end(), re.sub(r'\\(["\\])', r"\1", match[1])

    def _end_of_word(self, start: int) -> int:
        """Where the word ends: at white space, or at a ``)`` that no ``(`` in the word belongs to."""
        inner = 0
        for offset in range(start, len(self.text)):
            character = self.text[offset]
            if character.isspace():
                return offset
            if character == "(":
                inner += 1
            elif character == ")":
                if not inner:
                    return offset
                inner -= 1
        return len(self.text)
