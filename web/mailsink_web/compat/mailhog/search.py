"""MailHog's search: a piece of an address, or of anything in the header section and the bodies.

MailHog looks at bodies in their transfer encoding; here a text is found as it is read, and as it is written.
"""

from __future__ import annotations

from itertools import islice

from mailsink.message import Message
from mailsink.mime import clean
from mailsink.query import AnyOf, Query, Term

from ..listing import MOST, window
from ..peer import PeerError, inbox

__all__ = ["KINDS", "found", "kind_of"]

# Kind to the places where a piece of it is looked for; none means everywhere.
KINDS: dict[str, tuple[str, ...]] = {
    "from": ("sender", "from_named"),
    "to": ("rcpt", "to_named"),
    "containing": (),
}


def kind_of(text: str) -> str:
    """The kind of search. Raises PeerError (400)."""
    if text not in KINDS:
        raise PeerError(400, f"kind must be one of {', '.join(KINDS)}.")
    return text


def found(kind: str, text: str, start: int, limit: int) -> tuple[int, list[Message]]:
    """How many messages match, and *limit* of them from the *start*-th newest on. Raises PeerError (400).

    A text anywhere is looked for in the newest 5,000 messages: each has to be read for it.
    """
    if not text:
        raise PeerError(400, "query is missing: say what to look for.")
    if KINDS[kind]:
        query = _addressed(kind, text)
        return inbox().counts(query).total, list(window(inbox(), query, start, limit))
    wanted = text.casefold()
    newest = islice(inbox().store.scan(inbox=inbox().name, newest_first=True), MOST)
    matching = [message for message in newest if _contains(message, wanted)]
    return len(matching), matching[start : start + limit]


def _addressed(kind: str, text: str) -> Query:
    terms = (
        Term(field=kind, source=source, kind="contains_caseless", expected=clean(text))
        for source in KINDS[kind]
    )
    return AnyOf(tuple(terms))


def _contains(message: Message, wanted: str) -> bool:
    parsed = message.parsed
    places = (
        *(field.value for field in parsed.fields),
        parsed.text,
        parsed.html,
        message.content.decode("utf-8", "replace"),
    )
    return any(wanted in place.casefold() for place in places)
