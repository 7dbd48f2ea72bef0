"""A query as a search text for the server: exactly, or so that it finds at least what the query matches.

Knows the search language and nothing of HTTP. What cannot be said in it, such as a function, is left out;
whoever asks looks at what was found once more.
"""

from __future__ import annotations

from typing import NamedTuple

from ..query import All, AnyOf, Not, Query, Term
from ..query_text import MAX_TERMS, phrase
from ..words import plain

__all__ = ["Search", "search_of"]

# The API takes 10,000 characters. What is longer is narrowed down here.
_MOST = 8_000

# Words of Python callers whose text, a whole value, the field of the search language contains.
_CONTAINED = {"subject": "subject", "message_id": "message-id"}
_WHOLE = frozenset({"id", "inbox"})
_ADDRESSES = {
    "rcpt": "rcpt",
    "sender": "sender",
    "bcc": "bcc",
    "from_": "from",
    "to": "to",
    "cc": "cc",
    "reply_to": "reply-to",
}


class Search(NamedTuple):
    """A search *text*, ``""`` for every message; *exact* if it finds no more than the query matches."""

    text: str
    exact: bool


def search_of(query: Query | None) -> Search:
    """The narrowest search that finds whatever *query* matches."""
    if query is None:
        return Search("", exact=True)
    if query.written:
        return Search(query.written, exact=True)
    found = _search(query)
    # An address is two terms.
    if len(found.text) > _MOST or 2 * _terms(query) > MAX_TERMS:
        return Search("", exact=found.exact and not found.text)
    return found


def _terms(query: Query) -> int:
    inner = (query.query,) if isinstance(query, Not) else getattr(query, "queries", ())
    return sum(map(_terms, inner)) or 1


def _search(query: Query) -> Search:
    if query.written:
        return Search(query.written if isinstance(query, Term) else f"({query.written})", exact=True)
    if isinstance(query, All):
        found = [_search(part) for part in query.queries]
        return Search(" ".join(one.text for one in found if one.text), all(one.exact for one in found))
    if isinstance(query, AnyOf):
        found = [_search(part) for part in query.queries]
        if not found or not all(one.text for one in found):
            return Search("", exact=False)
        return Search(f"({' OR '.join(one.text for one in found)})", all(one.exact for one in found))
    if isinstance(query, Not):
        inner = _search(query.query)
        return Search(f"NOT ({inner.text})" if inner.exact and inner.text else "", inner.exact)
    return _of_term(query) if isinstance(query, Term) else Search("", exact=False)


def _of_term(term: Term) -> Search:
    expected = term.expected
    if not isinstance(expected, str) or not expected.isprintable() or not plain(expected):
        return Search("", exact=False)
    if term.kind == "is" and term.source in _WHOLE:
        return Search(f"{term.source}:{phrase(expected)}", exact=True)
    if term.kind == "is" and term.source in _CONTAINED:
        return Search(f"{_CONTAINED[term.source]}:{phrase(expected)}", exact=False)
    if term.kind == "address" and term.source in _ADDRESSES:
        return Search(_address(_ADDRESSES[term.source], expected), exact=False)
    return Search("", exact=False)


def _address(field: str, address: str) -> str:
    """An address as written, or a quoted local part before the domain (RFC 5321 §4.1.2)."""
    local, at, domain = address.rpartition("@")
    if not at or not domain.isascii() or "xn--" in domain.lower() or '"' in local:
        # One mailbox has several spellings.
        return ""
    if not local:
        return f"{field}:{phrase(address)}"
    return f"({field}:{phrase(address)} OR {field}:{phrase(chr(34) + '@' + domain)})"
