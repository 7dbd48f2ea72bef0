"""The fields of the search language: their names, what may stand after them, and the Term it makes.

Knows nothing of words, quotes and places in a text: that is `query_text`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from .display import cut, safe
from .query import Term

__all__ = ["FIELDS", "HAS", "IS", "FieldError", "Now", "nearest_field", "term_of"]

Now = Callable[[], dt.datetime]

FIELDS: Mapping[str, str] = {
    "from": "A From mailbox, name or address",
    "to": "A To mailbox, name or address",
    "cc": "A Cc mailbox, name or address",
    "bcc": "A recipient whom no header field names",
    "reply-to": "A Reply-To mailbox, name or address",
    "addressed": "Any of From, To, Cc, Bcc and Reply-To",
    "rcpt": "An accepted recipient of the envelope",
    "sender": "The envelope's sender; sender:<> is the null one",
    "subject": "The subject",
    "body": "The text, and the HTML as it reads",
    "link": "A link's URL",
    "attachment": "An attachment's file name",
    "header": "A header field: header:Name, or header:Name:value",
    "has": "What a message has: has:attachment",
    "is": "What a message is: is:unread",
    "tag": "A tag, whole",
    "inbox": "The inbox, whole name",
    "larger": "More octets than: larger:10k",
    "smaller": "Fewer octets than: smaller:2m",
    "before": "Came before: before:2026-11-24, before:3d",
    "after": "Came at or after: after:2026-11-24, after:30m",
    "message-id": "The Message-ID",
    "id": "The message's id here",
}
"""Each field with one line that describes it."""

HAS: Mapping[str, str] = {
    "attachment": "A file, or a part with a name",
    "bcc": "A recipient whom no header field names",
    "calendar": "An invitation",
    "code": "A one-time code was found",
    "html": "An HTML part",
    "image": "An image, attached or inline",
    "inline": "A part that the HTML shows",
    "link": "At least one link in text or HTML",
    "text": "A text part",
}
"""Each word after ``has:`` with one line that describes it."""

IS: Mapping[str, str] = {
    "bounce": "Sent with the null reverse-path",
    "read": "Marked as read",
    "starred": "Marked with a star",
    "tagged": "Has at least one tag",
    "unread": "Not marked as read",
}
"""Each word after ``is:`` with one line that describes it."""

# What a term means.


class FieldError(ValueError):
    """A value cannot stand after its field.

    The text says what is wrong, without a full stop. *more* is one sentence on what to write instead;
    *hint* is a value that can stand there, or ``""``.
    """

    def __init__(self, text: str, *, more: str = "", hint: str = "") -> None:
        super().__init__(text)
        self.more = more
        self.hint = hint


def nearest_field(name: str) -> str:
    """The field that *name* is a misspelling of, or ``""``."""
    near = get_close_matches(name[:20], FIELDS, n=1, cutoff=0.75) if len(name) > 2 else []
    return near[0] if near else ""


def term_of(field: str, value: str, *, quoted: bool, now: Now) -> Term:
    """The term for *value* after *field*, a key of `FIELDS`; ``""`` is for a word without a field.

    *quoted* means that a star in *value* is a star. Raises FieldError.
    """
    if not field and not value.strip():
        raise FieldError("There is nothing between the quotes")
    if not field:
        return _contained("anywhere", "anywhere", value, quoted)
    if not value.strip():
        example = _EXAMPLES.get(field, f"{field}:word")
        raise FieldError(
            f"{field}: has no value",
            more=f'Write {example} without a space, or "{field}:" to search for the word.',
        )
    if field in _CHOICES:
        return _choice(field, value)
    if field in _SIZES:
        return _size(field, value)
    if field in _TIMES:
        return _time(field, value, now)
    if field == "header":
        return _header(value, quoted)
    return _field(field, value, quoted)


_EXAMPLES = {
    "has": "has:attachment",
    "is": "is:unread",
    "larger": "larger:10k",
    "smaller": "smaller:2m",
    "before": "before:2026-11-24",
    "after": "after:30m",
    "header": "header:Name:value",
}


def _contained(field: str, source: str, value: str, quoted: bool, *, name: str = "") -> Term:
    """Contained in any case; or, with a star behind it and outside of quotes, the beginning of a word."""
    kind = "contains_caseless"
    if not quoted and value.strip("*"):
        kind = "prefix" if value.endswith("*") and not value.startswith("*") else kind
        value = value.strip("*")
    return Term(field=field, source=source, kind=kind, expected=value, name=name)


def _brief(value: str) -> str:
    return cut(safe(value), 40)


# field -> source, for values that are contained; and for those that must be whole
_CONTAINED = {
    "from": "from_named",
    "to": "to_named",
    "cc": "cc_named",
    "bcc": "bcc",
    "reply-to": "reply_to_named",
    "addressed": "addressed",
    "rcpt": "rcpt",
    "sender": "sender",
    "subject": "subject",
    "body": "body",
    "link": "link",
    "attachment": "attachment_name",
}
_WHOLE = {"tag": "is_caseless", "inbox": "is", "id": "is"}


def _field(field: str, value: str, quoted: bool) -> Term:
    if field in _WHOLE:
        return Term(field=field, source=field, kind=_WHOLE[field], expected=value)
    if field == "message-id":
        return _contained(field, "message_id", value.strip("<>"), quoted)
    if field == "sender" and value == "<>":
        return Term(field=field, source="sender", kind="absent")
    return _contained(field, _CONTAINED[field], value, quoted)


def _header(value: str, quoted: bool) -> Term:
    name, _, value = value.partition(":")
    if not name.strip():
        raise FieldError("header: has no field name", more="Write header:Name:value.")
    if not value.strip():
        return Term(field="header", source="header", kind="present", name=name)
    return _contained("header", "header", value, quoted, name=name)


# field -> word -> source and kind
_CHOICES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "has": {word: (word, "present") for word in HAS},
    "is": {
        "bounce": ("sender", "absent"),
        "read": ("read", "present"),
        "starred": ("starred", "present"),
        "tagged": ("tag", "present"),
        "unread": ("read", "absent"),
    },
}
_PLURALS = {f"{word}s": word for word in ("attachment", "code", "image", "link")} | {"inlines": "inline"}


def _choice(field: str, value: str) -> Term:
    known = _CHOICES[field]
    word = value.lower()
    word = _PLURALS.get(word, word) if field == "has" else word
    if word in known:
        source, kind = known[word]
        return Term(field=field, source=source, kind=kind)
    near = get_close_matches(word[:20], known, n=1)
    more = f"Did you mean {field}:{near[0]}?" if near else f"{field}: knows {', '.join(known)}."
    raise FieldError(f"{field}:{_brief(value)} is not known", more=more, hint=near[0] if near else "")


_SIZES = {"larger": "greater", "smaller": "less"}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([kmg]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def _size(field: str, value: str) -> Term:
    match = _SIZE.fullmatch(value)
    if match is None:
        example = _EXAMPLES[field]
        raise FieldError(f"{_brief(value)} is not a size", more=f"Write octets, or k, m or g: {example}.")
    octets = int(float(match[1]) * _UNITS[match[2].lower()])
    return Term(field=field, source="size", kind=_SIZES[field], expected=octets)


_TIMES = {"before": "less", "after": "at_least"}
_AGO = re.compile(r"([0-9]{1,6})([smhdw])", re.IGNORECASE)
_AGO_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _time(field: str, value: str, now: Now) -> Term:
    try:
        moment = _moment(value, now()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise FieldError(
            f"{_brief(value)} is not a time",
            more="Write 2026-11-24, 2026-11-24T14:30, today, yesterday, or how long ago: 30m, 12h, 3d.",
        ) from None
    return Term(field=field, source="received_at", kind=_TIMES[field], expected=moment)


def _moment(value: str, now: dt.datetime) -> dt.datetime:
    """The time that *value* names, aware; a day is its beginning. Raises ValueError or OverflowError."""
    word = value.strip().lower()
    if ago := _AGO.fullmatch(word):
        return now - dt.timedelta(**{_AGO_UNITS[ago[2]]: int(ago[1])})
    if word in ("today", "yesterday"):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return day if word == "today" else day - dt.timedelta(days=1)
    moment = dt.datetime.fromisoformat(value.strip().replace("/", "-"))
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
