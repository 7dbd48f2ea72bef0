"""Where a query's term looks, and how it compares: two tables of functions by name.

Knows what a message holds; knows nothing of how terms are combined or written. A store that translates
a term must agree with the functions here.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .address import same_address
from .words import marked, plain, words

if TYPE_CHECKING:
    from .message import Message
    from .mime import Address, Parsed, Part

__all__ = [
    "FILE_SOURCES",
    "KINDS",
    "SOURCES",
    "Prose",
    "Values",
    "caseless",
    "folded",
    "joined",
    "pieces",
]

Values = tuple[Any, ...]


# Text as it is compared.


def folded(text: str) -> str:
    """*text* with each run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def caseless(text: str) -> str:
    """*text* folded, without difference of case and composed (NFC): how tags are compared."""
    if text.isascii():
        return folded(text).lower()
    return folded(unicodedata.normalize("NFC", text.casefold()))


class Prose(str):
    """A text in which the search language looks for whole words, not for any piece of the text."""

    __slots__ = ("_words",)

    @property
    def words(self) -> str:
        """The words with a space before and behind each; computed once."""
        try:
            return self._words
        except AttributeError:
            self._words: str = _spaced(self)
            return self._words


def _spaced(text: str) -> str:
    found = words(text)
    return f" {' '.join(found)} " if found else ""


# Where a term looks.


def _addresses(mailboxes: tuple[Address, ...]) -> tuple[str, ...]:
    return tuple(mailbox.address for mailbox in mailboxes)


def _named(mailboxes: tuple[Address, ...]) -> tuple[str, ...]:
    return tuple(word for mailbox in mailboxes for word in (mailbox.name, mailbox.address) if word)


# A store in memory is searched again and again; what is too big to be kept twice is read again.
_bodies: WeakKeyDictionary[Parsed, tuple[Prose, ...]] = WeakKeyDictionary()
_KEPT = 20_000


def _body(message: Message) -> tuple[Prose, ...]:
    parsed = message.parsed
    if (kept := _bodies.get(parsed)) is not None:
        return kept
    found = tuple(Prose(text) for text in (parsed.text, parsed.html_text) if text)
    if sum(map(len, found)) <= _KEPT:
        _bodies[parsed] = found
    return found


def _addressed(message: Message) -> Values:
    parsed = message.parsed
    return (*_named((*parsed.from_, *parsed.to, *parsed.cc, *parsed.reply_to)), *message.bcc)


def _anywhere(message: Message) -> Values:
    envelope = message.envelope
    return (
        message.subject,
        *_addressed(message),
        *_named(message.parsed.bcc),
        envelope.reverse_path,
        *envelope.forward_paths,
        *_body(message),
        *_file_names(message),
    )


def _file_names(message: Message) -> tuple[str, ...]:
    return tuple(part.filename for part in message.attachments)


def _parts_of_type(prefix: str) -> Callable[[Message], Values]:
    return lambda message: tuple(
        part for part in message.parsed.parts if part.content_type.lower().startswith(prefix)
    )


SOURCES: Mapping[str, Callable[[Message], Values]] = {
    # the envelope and the session
    "rcpt": lambda m: m.envelope.forward_paths,
    "sender": lambda m: (m.envelope.reverse_path,),
    "bcc": lambda m: m.bcc,
    "auth_user": lambda m: (m.auth.user,) if m.auth else (),
    "tls": lambda m: (m.tls.mode,) if m.tls else (),
    "helo": lambda m: (m.greeting,),
    # addr-specs of the header section
    "from_": lambda m: _addresses(m.from_),
    "to": lambda m: _addresses(m.to),
    "cc": lambda m: _addresses(m.cc),
    "reply_to": lambda m: _addresses(m.parsed.reply_to),
    # the same with their display names
    "from_named": lambda m: _named(m.from_),
    "to_named": lambda m: _named(m.to),
    "cc_named": lambda m: _named(m.cc),
    "reply_to_named": lambda m: _named(m.parsed.reply_to),
    "addressed": _addressed,
    # the content; "header" needs a name and is looked up by Term
    "subject": lambda m: (m.subject,),
    "message_id": lambda m: (m.parsed.message_id.strip(" <>"),),
    "text": lambda m: (m.text,),
    "html": lambda m: (m.html,),
    "body": _body,
    "link": lambda m: tuple(Prose(link.url) for link in m.links),
    "code": lambda m: tuple(code.value for code in m.codes),
    "attachment": lambda m: m.attachments,
    "attachment_name": _file_names,
    "inline": lambda m: m.parsed.inline,
    "image": _parts_of_type("image/"),
    "calendar": _parts_of_type("text/calendar"),
    "anywhere": _anywhere,
    # the message as it is kept
    "id": lambda m: (m.id,),
    "inbox": lambda m: (m.inbox,),
    "tag": lambda m: m.tags,
    "read": lambda m: (m.read,),
    "starred": lambda m: (m.starred,),
    "size": lambda m: (m.size,),
    "received_at": lambda m: (m.received_at,),
    "message": lambda m: (m,),
}


# How a term compares.

Test = Callable[[Any, Any], bool]


def _any(test: Test) -> Callable[[Any, Values], bool]:
    """*test* of the expected value against each of the actual ones, until one passes."""
    return lambda expected, values: any(test(expected, value) for value in values)


def _is_code(expected: str, value: str) -> bool:
    return re.sub(r"[\s-]", "", expected) == re.sub(r"[\s-]", "", value)


# A query looks for the same thing in every message.
_plain = lru_cache(maxsize=1000)(plain)
_marked = lru_cache(maxsize=1000)(marked)
_phrase = lru_cache(maxsize=1000)(_spaced)


def _holds(expected: str, value: str) -> bool:
    """Whether *value* holds the piece *expected*, or, where it is prose, its words one after the other."""
    if isinstance(value, Prose):
        phrase = _phrase(expected)
        return phrase != "" and phrase in value.words
    piece = _plain(expected)
    return piece != "" and piece in plain(value)


def pieces(expected: str) -> tuple[str, str]:
    """What `_holds` looks for in a short text, and in prose; ``""`` where nothing can be found."""
    return _plain(expected), _phrase(expected)


def joined(values: Values) -> tuple[str, str]:
    """The short texts of *values* and their prose, in which `_holds` finds what it finds in each of them."""
    short = "\0".join([plain(value) for value in values if not isinstance(value, Prose)])
    return short, "\0".join([value.words for value in values if isinstance(value, Prose)])


def _begins(expected: str, value: str) -> bool:
    """The same, where a word begins; in prose the last word may go on."""
    if isinstance(value, Prose):
        phrase = _phrase(expected)
        return phrase != "" and phrase[:-1] in value.words
    # What begins with a sign, such as "@shop", begins anywhere.
    piece = _marked(expected)
    return piece != "" and piece in marked(value)


def _is_like(expected: str, value: str) -> bool:
    # Equality first: a name may hold brackets, and then it is no pattern of itself.
    return value == expected or fnmatch.fnmatchcase(value, expected)


def _is_found(expected: re.Pattern[Any], value: Any) -> bool:
    if isinstance(expected.pattern, bytes) and isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    elif isinstance(expected.pattern, str) and isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return expected.search(value) is not None


def _equals(expected: Any, values: Values) -> bool:
    """One value equals it, or the list of all of them does; the expected value's ``==`` decides."""
    return any(bool(expected == value) for value in values) or bool(expected == list(values))


def _is_file(expected: tuple[tuple[str, str, Any], ...], part: Part) -> bool:
    return all(KINDS[kind](value, FILE_SOURCES[source](part)) for source, kind, value in expected)


FILE_SOURCES: Mapping[str, Callable[[Part], Values]] = {
    "filename": lambda part: (part.filename,),
    "content_type": lambda part: (part.content_type.lower(),),
    "content": lambda part: (part.content(),),
    "text": lambda part: (part.text(),),
}

KINDS: Mapping[str, Callable[[Any, Values], bool]] = {
    "address": _any(lambda expected, value: same_address(value, expected)),
    "is": _any(lambda expected, value: bool(value == expected)),
    "is_caseless": _any(lambda expected, value: caseless(expected) == caseless(value)),
    "contains": _any(lambda expected, value: folded(expected) in folded(value)),
    "contains_caseless": _any(_holds),
    "prefix": _any(_begins),
    "glob": _any(_is_like),
    "code": _any(_is_code),
    "file": _any(_is_file),
    "pattern": _any(_is_found),
    "predicate": _any(lambda expected, value: bool(expected(value))),
    "equals": _equals,
    "present": lambda _, values: any(values),
    "absent": lambda _, values: not any(values),
    "greater": _any(lambda expected, value: bool(value > expected)),
    "less": _any(lambda expected, value: bool(value < expected)),
    "at_least": _any(lambda expected, value: bool(value >= expected)),
}
