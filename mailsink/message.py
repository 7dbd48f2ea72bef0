"""A captured message: the octets, the envelope, and what can be read out of both.

Knows MIME by `mailsink.mime`; knows no store and no socket.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from .address import same_address
from .model import Auth, Envelope, Peer, Tls

if TYPE_CHECKING:
    import re

    # MIME is read when somebody asks for it: a server that starts has no time for it.
    from . import extract, mime

__all__ = ["Message", "Summary", "id_of", "moment_of", "new_id"]

ID_LENGTH = 22
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NO_PEER = Peer("")
_TIME_DIGITS = 9  # 62**9 microseconds last until the year 2398


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One captured mail object.

    *content* is exactly what came after DATA or BDAT, dot-unstuffed, line ends untouched.
    *received_at* is aware, UTC, when the final dot came. *notes* are sentences about what was odd on
    the wire, *faults* the ids of the fault rules that fired in its transaction. *read*, *starred* and
    *tags* are as they were when the message was fetched.
    """

    id: str
    inbox: str
    envelope: Envelope
    content: bytes = field(repr=False)
    received_at: dt.datetime
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
    _parsed: mime.Parsed | None = field(default=None, init=False, repr=False, compare=False)
    _summary: Summary | None = field(default=None, init=False, repr=False, compare=False)
    _links: tuple[extract.Link, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Octets of the content."""
        return len(self.content)

    @property
    def parsed(self) -> mime.Parsed:
        """The content, read as MIME; parsed when first asked for, then kept."""
        if self._parsed is None:
            from . import mime

            object.__setattr__(self, "_parsed", mime.parse(self.content, smtputf8=self.envelope.smtputf8))
        assert self._parsed is not None
        return self._parsed

    @property
    def subject(self) -> str:
        """The Subject field, decoded and unfolded; ``""`` when there is none."""
        return self.parsed.subject

    @property
    def from_(self) -> tuple[mime.Address, ...]:
        """The From field's mailboxes."""
        return self.parsed.from_

    @property
    def to(self) -> tuple[mime.Address, ...]:
        """The To field's mailboxes, groups flattened."""
        return self.parsed.to

    @property
    def cc(self) -> tuple[mime.Address, ...]:
        """The Cc field's mailboxes, groups flattened."""
        return self.parsed.cc

    @property
    def bcc(self) -> tuple[str, ...]:
        """The accepted forward-paths that neither To nor Cc names: computed, never part of the content."""
        named = [a.address for a in (*self.to, *self.cc)]
        return tuple(
            path
            for path in self.envelope.forward_paths
            if not any(same_address(path, address) for address in named)
        )

    @property
    def text(self) -> str:
        """The text body, decoded; ``""`` when there is none."""
        return self.parsed.text

    @property
    def html(self) -> str:
        """The HTML body, decoded, as it was sent; ``""`` when there is none."""
        return self.parsed.html

    @property
    def attachments(self) -> tuple[mime.Part, ...]:
        """The parts that a mail reader offers as files."""
        return self.parsed.attachments

    @property
    def links(self) -> tuple[extract.Link, ...]:
        """The links of the text and HTML bodies, in order, each once; read when first asked for."""
        if self._links is None:
            from . import extract

            object.__setattr__(self, "_links", extract.links(self.parsed))
        assert self._links is not None
        return self._links

    @property
    def codes(self) -> tuple[extract.Code, ...]:
        """The one-time codes found in the bodies, most likely first."""
        from . import extract

        return extract.codes(self.parsed)

    def link(self, pattern: str | re.Pattern[str] = "", *, text: str | re.Pattern[str] = "") -> str:
        """The URL of the one link that has *pattern* in its URL and *text* in what a reader clicks.

        A text is contained, with white space folded; a compiled pattern is searched for. Raises
        ExpectationError that lists the links, unless exactly one fits.
        """
        from . import picking

        return picking.the_link(self.links, pattern, text)

    def code(self, digits: int | tuple[int, int] | None = None) -> str:
        """The one-time code, without spaces and hyphens.

        *digits* says how many digits it has, or how many at least and at most; then a code with letters is
        none. Raises ExpectationError that lists the candidates, unless exactly one fits.
        """
        from . import picking

        return picking.the_code(self.codes, digits)

    def header(self, name: str, default: str = "") -> str:
        """The first header field named *name* (any case), decoded, or *default*."""
        return self.parsed.header(name, default)

    @property
    def summary(self) -> Summary:
        """What a list shows of this message; computed once."""
        if self._summary is None:
            object.__setattr__(self, "_summary", Summary.of(self))
        assert self._summary is not None
        return self._summary

    def __str__(self) -> str:
        return self.summary.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of a message, without its content.

    *attachments* counts them, *defects* counts the MIME defects; *code* is the likeliest one-time
    code as written, ``""`` when there is none; *bcc* and *differs* compare the envelope with the
    header section.
    """

    id: str
    inbox: str
    envelope: Envelope
    subject: str
    from_: mime.Address | None
    to: tuple[mime.Address, ...]
    received_at: dt.datetime
    size: int
    read: bool
    starred: bool
    tags: tuple[str, ...]
    attachments: int
    snippet: str
    code: str
    defects: int
    differs: bool
    faults: tuple[str, ...]
    session_id: str

    @classmethod
    def of(cls, message: Message) -> Summary:
        parsed = message.parsed
        codes = message.codes
        senders = parsed.from_
        path = message.envelope.reverse_path
        return cls(
            id=message.id,
            inbox=message.inbox,
            envelope=message.envelope,
            subject=parsed.subject,
            from_=senders[0] if senders else None,
            to=parsed.to,
            received_at=message.received_at,
            size=message.size,
            read=message.read,
            starred=message.starred,
            tags=message.tags,
            attachments=len(parsed.attachments),
            snippet=parsed.snippet,
            code=codes[0].shown if codes else "",
            defects=len(parsed.defects),
            differs=bool(message.bcc) or not any(same_address(path, a.address) for a in senders),
            faults=message.faults,
            session_id=message.session_id,
        )

    @property
    def line(self) -> str:
        """One line for people: ``<reverse-path> -> forward-paths  'Subject'``."""
        paths = self.envelope.forward_paths
        shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        return f"{self.envelope.reverse_path or '<>'} -> {shown or 'nobody'}  {self.subject!r}"


_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new identifier: 22 alphanumeric characters, greater than every one made before in this process.

    The first nine are the time in microseconds in base 62, the rest is random.
    Safe from any thread.
    """
    # The clock may stand still between two calls; the order may not.
    global _last, _chance
    with _lock:
        _last = moment = max(_last + 1, time.time_ns() // 1000)
        if len(_chance) < _CHANCE:
            _chance = os.urandom(_AT_ONCE).translate(_DIGIT_OF).decode("ascii")
        chance, _chance = _chance[-_CHANCE:], _chance[:-_CHANCE]
    head, tail = divmod(moment, _TAIL)
    return f"{_head_of(head)}{_PAIRS[tail // 3844]}{_PAIRS[tail % 3844]}{chance}"


_TAIL_DIGITS = 4
_TAIL = 62**_TAIL_DIGITS


# Stays the same for 14 seconds.
@lru_cache(maxsize=2)
def _head_of(number: int) -> str:
    return _base62(number, _TIME_DIGITS - _TAIL_DIGITS)


# A digit for each octet: some come a little more often, and 77 bits of chance are left of 78.
_DIGIT_OF = bytes(ord(_DIGITS[octet % len(_DIGITS)]) for octet in range(256))
# Digits of chance in store: to ask the system for a few octets each time takes longer than all else here.
_CHANCE = ID_LENGTH - _TIME_DIGITS
_AT_ONCE = 1_024
_chance = ""


def _forget_chance() -> None:
    """A child process must not go on with what its parent had in store."""
    global _chance
    _chance = ""


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_chance)


def id_of(microseconds: int, chance: int) -> str:
    """The identifier of a moment, in microseconds since 1970, that *chance* tells from others of it.

    *chance* counts modulo 62**13.
    """
    return _base62(microseconds, _TIME_DIGITS) + _base62(chance, ID_LENGTH - _TIME_DIGITS)


def moment_of(message_id: str) -> int:
    """The moment in an identifier, in microseconds since 1970; 0 where it is none of ours."""
    moment = 0
    for digit in message_id[:_TIME_DIGITS]:
        place = _DIGITS.find(digit)
        if place < 0:
            return 0
        moment = moment * len(_DIGITS) + place
    return moment


_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def _base62(number: int, width: int) -> str:
    pairs = []
    for _ in range((width + 1) // 2):
        number, pair = divmod(number, 3844)
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    return "".join(pairs)[-width:]
