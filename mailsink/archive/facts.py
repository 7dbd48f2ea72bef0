"""All that is known of a message beside its content, as one line of JSON, and back.

The JSON is ASCII; an octet of a path that was not UTF-8 is a lone surrogate escape, such as ``\\udcff``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..message import Message
from ..model import Auth, Envelope, Peer, Tls

__all__ = ["MARK", "NAMES", "Facts", "FactsError", "digest_of", "read_facts", "write_facts"]

# The number of this form, under the key that tells our JSON from anybody else's.
MARK = "mailsink"
FORM = 1

_ID = re.compile(r"[0-9A-Za-z]{22}")
_SESSION_ID = re.compile(r"[0-9A-Za-z]{0,64}")
_NO_PEER = Peer("")


class FactsError(ValueError):
    """A line is not what `write_facts` writes; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What `Message` holds beside its content; the same names, the same meanings."""

    id: str
    inbox: str
    received_at: dt.datetime
    envelope: Envelope
    session_id: str = ""
    peer: Peer = _NO_PEER
    greeting: str = ""
    tls: Tls | None = None
    auth: Auth | None = None
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    read: bool = False
    starred: bool = False
    tags: tuple[str, ...] = ()


NAMES = tuple(f.name for f in fields(Facts))


def write_facts(message: Message, **more: object) -> bytes:
    """One line of JSON without its line end: *more* first, then what is known of *message*, then its size."""
    import msgspec

    facts = Facts(**{name: getattr(message, name) for name in NAMES})
    table = {
        MARK: FORM,
        **more,
        **msgspec.to_builtins(facts),
        "size": message.size,
        "sha256": digest_of(message.content),
    }
    return json.dumps(table, separators=(",", ":")).encode("ascii")


def read_facts(table: Mapping[str, Any]) -> Facts:
    """The facts in *table*, which may hold more. Raises FactsError."""
    import msgspec

    form = table.get(MARK)
    if form != FORM:
        raise FactsError(f"it is of form {str(form)[:20]}, and this mailsink reads form {FORM}")
    try:
        facts = msgspec.convert(dict(table), Facts)
    except msgspec.ValidationError as error:
        raise FactsError(f"it is not what mailsink writes: {error}") from None
    if not _ID.fullmatch(facts.id):
        raise FactsError(f"its id {facts.id[:40]!r} is not 22 letters and digits")
    if not _SESSION_ID.fullmatch(facts.session_id):
        raise FactsError(f"its session_id {facts.session_id[:40]!r} is not of letters and digits")
    if facts.received_at.tzinfo is None:
        raise FactsError("its received_at has no zone")
    if not facts.inbox:
        raise FactsError("its inbox has no name")
    return facts


def digest_of(content: bytes) -> str:
    """The SHA-256 of *content* in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
