"""What the search box suggests while somebody types, and what it says of a search that cannot be read.

Both are parts of a page, for its script; without it the search says what is wrong once it is sent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from flask import Response, render_template, request

from mailsink.inbox import Inbox
from mailsink.message import Summary
from mailsink.mime import clean
from mailsink.query_text import FIELDS, HAS, IS

from ..context import sink
from .routes import Answer, Routes
from .scope import Scope
from .words import quoted

__all__ = ["Option", "Suggestions", "routes", "suggest"]

routes = Routes()

# Lines of the list under the box.
MOST = 8
# The newest messages: their addresses and tags are offered.
SAMPLE = 300
# A word in the middle of which nothing is suggested any more.
LONGEST = 200

# The word under the cursor: what may stand before it, a phrase that is open, or no white space.
_WORD = re.compile(r'[-!(]*((?:[A-Za-z-]+:)?(?:"(?:[^"\\]|\\.)*|[^\s()"]*))$', re.DOTALL)
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*):(.*)", re.DOTALL)
# What is offered before anything was typed.
_FIRST = ("from", "rcpt", "subject", "has", "is", "tag", "inbox", "after")
_SIZES = {"10k": "10 kB", "100k": "100 kB", "1m": "1 MB", "10m": "10 MB"}
_TIMES = {
    "10m": "10 minutes ago",
    "1h": "An hour ago",
    "today": "Midnight",
    "yesterday": "The midnight before",
    "7d": "A week ago",
}
_HEADERS = {
    "List-Id": "Of a mailing list",
    "List-Unsubscribe": "Can be unsubscribed from",
    "Reply-To": "Answers go elsewhere",
    "Auto-Submitted": "Not written by a person",
    "DKIM-Signature": "Is signed",
    "X-Mailer": "What made it",
}
# Fields after which addresses are offered, and where in a message those stand.
_ADDRESSES = {
    "from": ("from",),
    "to": ("to",),
    "cc": ("to",),
    "bcc": ("rcpt",),
    "addressed": ("from", "to"),
    "rcpt": ("rcpt",),
    "sender": ("sender",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a choice writes in the place of the word, what it means, and how many messages it concerns.

    *number* is ``None`` where that was not counted.
    """

    text: str
    meaning: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """The options for the characters *start* to *end* of the text, which are *word*, under a heading."""

    head: str
    word: str
    start: int
    end: int
    options: tuple[Option, ...]


@routes.get("/suggestions")
def suggestions() -> Answer:
    """The list under the search box for the text ``q`` with the cursor at ``at``; empty without lines."""
    q = request.args.get("q", "")[:10_000]
    at = request.args.get("at", len(q), type=int)
    found = suggest(q, at, Scope.of(inbox=request.args.get("inbox")).box)
    return render_template("_suggestions.html", found=found) if found.options else ""


@routes.get("/query-error")
def query_error() -> Answer:
    """What is wrong with the search ``q``, and where; 204 if nothing is."""
    scope = Scope.of_request()
    if scope.error is None:
        return Response(status=204)
    return render_template("_query_error.html", scope=scope, stays=True)


def suggest(text: str, at: int, inbox: Inbox) -> Suggestions:
    """What can stand in *text* where the cursor is, *at* characters from its start."""
    before = text[: max(0, at)]
    match = _WORD.search(before[-LONGEST:])
    word = match[1] if match else ""
    field = _FIELD.fullmatch(word)
    name = field[1].lower() if field else ""
    if field and name in FIELDS:
        head = f"{name}: knows" if name in ("has", "is") else FIELDS[name]
        options = _values(name, field[2].lstrip('"'), inbox)
    else:
        head, options = "Fields and words", _fields(word.lower(), inbox)
    chosen = tuple(islice((option for option in options if option.text != word), MOST))
    return Suggestions(head=head, word=word, start=len(before) - len(word), end=len(before), options=chosen)


def _fields(word: str, inbox: Inbox) -> Iterator[Option]:
    """Fields that begin with *word*, then the words after has, is, inbox and tag that do, then addresses."""
    for name in FIELDS if word else _FIRST:
        if name.startswith(word):
            yield Option(text=f"{name}:", meaning=FIELDS[name])
    if len(word) < 2:
        return
    for name in ("is", "has", "inbox", "tag", "rcpt", "from"):
        for option in _values(name, word, inbox):
            if "@" in option.text or option.text.partition(":")[2].strip('"').lower().startswith(word):
                yield option


def _values(name: str, begun: str, inbox: Inbox) -> Iterator[Option]:
    """What can stand after the field *name*: those first that begin with what was *begun*."""
    begun = begun.lower()
    if name == "inbox":
        counts = sink().store.inboxes()
        yield from _options(name, begun, {clean(n): f"{c.unread} unread" for n, c in counts.items()})
    elif name == "tag":
        yield from _counted(name, begun, (tag for s in _sample(inbox) for tag in s.tags))
    elif name in _ADDRESSES:
        yield from _counted(name, begun, _addresses(inbox, _ADDRESSES[name]))
    else:
        known = {"has": HAS, "is": IS, "larger": _SIZES, "smaller": _SIZES, "before": _TIMES, "after": _TIMES}
        yield from _options(name, begun, _HEADERS if name == "header" else known.get(name, {}))


def _options(name: str, begun: str, known: Mapping[str, str]) -> Iterator[Option]:
    for value in sorted(known, key=lambda value: not value.lower().startswith(begun)):
        if begun in value.lower():
            yield Option(text=f"{name}:{quoted(value)}", meaning=known[value])


def _counted(name: str, begun: str, values: Iterable[str]) -> Iterator[Option]:
    for value, number in Counter(values).most_common():
        if value and begun in value.lower():
            yield Option(text=f"{name}:{quoted(clean(value))}", meaning="", number=number)


def _addresses(inbox: Inbox, places: Iterable[str]) -> Iterator[str]:
    for summary in _sample(inbox):
        if "from" in places and summary.from_ is not None:
            yield summary.from_.address
        if "to" in places:
            yield from {address.address for address in summary.to}
        if "sender" in places:
            yield summary.envelope.reverse_path or "<>"
        if "rcpt" in places:
            yield from {recipient.path for recipient in summary.envelope.recipients}


def _sample(inbox: Inbox) -> tuple[Summary, ...]:
    return inbox.list(limit=SAMPLE).summaries
