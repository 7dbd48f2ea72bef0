"""An entry as a message: by what was kept beside it, else by what its header section and its source tell.

Two readings of the same entry give the same id, so that an import can be repeated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from ..message import Message, id_of
from ..mime import Parsed
from ..model import Envelope, Recipient, Reply
from .entry import Entry
from .facts import NAMES

__all__ = ["GUESSED", "envelope_of", "message_of"]

GUESSED = "This message was imported: its envelope was read out of the header section."
DEFAULT_INBOX = "default"
ACCEPTED = Reply(250, "OK", "2.1.5")

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
# Clocks differ a little; what lies further ahead is a lie, and would be the newest message for ever.
_AHEAD = dt.timedelta(days=1)
_PATH = re.compile(r"<([^<>]*)>")


def message_of(entry: Entry, *, inbox: str | None = None) -> Message:
    """The message that *entry* is, put into *inbox*; ``None`` is the one it was in, else ``default``.

    Without facts, id and time come out of the first of these that is between 1970 and now: what the format
    tells, the Date field, the file's time. The last gives no id of its own.
    """
    if entry.facts is None:
        return _guessed(entry, inbox or DEFAULT_INBOX)
    known = {name: getattr(entry.facts, name) for name in NAMES}
    known["inbox"] = inbox or entry.facts.inbox
    known["received_at"] = entry.facts.received_at.astimezone(dt.UTC)
    flags = {"read": entry.read, "starred": entry.starred}
    return Message(content=entry.content, **known | {k: v for k, v in flags.items() if v is not None})


def _guessed(entry: Entry, inbox: str) -> Message:
    parsed = Parsed(entry.content)
    moment = next(filter(_is_likely, (entry.moment, parsed.date)), None)
    return Message(
        id=_id(entry, inbox, moment),
        inbox=inbox,
        envelope=envelope_of(parsed, entry.sender),
        content=entry.content,
        received_at=moment or entry.modified_at,
        notes=(GUESSED,),
        read=bool(entry.read),
        starred=bool(entry.starred),
    )


def _is_likely(moment: dt.datetime | None) -> bool:
    return moment is not None and _EPOCH <= moment <= dt.datetime.now(dt.UTC) + _AHEAD


def _id(entry: Entry, inbox: str, moment: dt.datetime | None) -> str:
    """Ordered by *moment* as other ids are; the rest tells content, position and inbox apart."""
    digest = hashlib.sha256(entry.content)
    for text in (entry.position, inbox):
        octets = text.encode("utf-8", "surrogateescape")
        digest.update(b"%d:%b" % (len(octets), octets))
    microseconds = 0 if moment is None else (moment - _EPOCH) // _MICROSECOND
    return id_of(microseconds, int.from_bytes(digest.digest()[:10], "big"))


def envelope_of(parsed: Parsed, sender: str | None = None) -> Envelope:
    """The envelope that a header section tells.

    The reverse-path is the first of Return-Path, *sender*, and the first mailbox of From; the null one where
    there is none. The recipients are those of Delivered-To, else those of To, Cc and Bcc, each once.
    """
    paths = _addresses(parsed, "delivered-to") or _addresses(parsed, "to", "cc", "bcc")
    return Envelope(
        reverse_path=_reverse_path(parsed, sender),
        recipients=tuple(Recipient(path=path, reply=ACCEPTED) for path in paths),
    )


def _reverse_path(parsed: Parsed, sender: str | None) -> str:
    if (found := _PATH.search(parsed.header("return-path"))) is not None:
        return found[1].strip()
    if sender is not None:
        return sender
    return next(iter(_addresses(parsed, "from")), "")


def _addresses(parsed: Parsed, *names: str) -> tuple[str, ...]:
    """The addresses in those fields, in order; one that differs in case only comes once."""
    unique: dict[str, str] = {}
    for address in (a.address for name in names for a in parsed.addresses(name)):
        if address:
            unique.setdefault(address.lower(), address)
    return tuple(unique.values())
