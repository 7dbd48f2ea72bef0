"""What passed over the wire, as frozen values: replies, envelopes, sessions.

Knows the words of RFC 5321 and nothing of sockets, stores or MIME.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, overload

__all__ = [
    "Auth",
    "Entries",
    "Envelope",
    "Parameter",
    "Peer",
    "Recipient",
    "Reply",
    "Session",
    "Tls",
    "Transaction",
    "TranscriptEntry",
    "parameter_value",
]


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: a three-digit code, an enhanced code, one or more lines of text.

    *code* and *enhanced* follow RFC 5321 §4.2 and RFC 3463; *enhanced* is ``""`` where none belongs
    (greetings, 3xx). *text* may hold several lines, separated by ``\\n``.
    """

    code: int
    text: str
    enhanced: str = ""
    _octets: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def is_positive(self) -> bool:
        """True for 2xx and 3xx."""
        return self.code < 400

    @property
    def lines(self) -> tuple[str, ...]:
        """The wire lines without CRLF. No client input can end one early: controls become ``?``."""
        texts = self.text.split("\n")
        mark = f" {self.enhanced} " if self.enhanced else " "
        last = len(texts) - 1
        return tuple(
            f"{self.code}{mark if i == last else '-' + mark[1:]}{_printable(text)}"
            for i, text in enumerate(texts)
        )

    def encode(self) -> bytes:
        """The octets to send, UTF-8, each line ended by CRLF."""
        # Nearly all that is ever said are the same dozen replies, and eight of them are sent for each mail.
        if not self._octets:
            object.__setattr__(self, "_octets", self._encoded())
        return self._octets

    def _encoded(self) -> bytes:
        if self.text.isprintable():
            mark = f" {self.enhanced} " if self.enhanced else " "
            return f"{self.code}{mark}{self.text}\r\n".encode("utf-8", "replace")
        return ("\r\n".join(self.lines) + "\r\n").encode("utf-8", "replace")

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.code, self.enhanced, self.text) if part)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An ESMTP parameter of MAIL or RCPT (RFC 5321 §4.1.2).

    *keyword* is upper case. *value* keeps its case; ``None`` where there was no ``=``.
    """

    keyword: str
    value: str | None = None

    def __str__(self) -> str:
        return self.keyword if self.value is None else f"{self.keyword}={self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One RCPT command of a transaction, accepted or refused.

    *path* is the forward-path verbatim, without the angle brackets. *discarded* recipients were answered
    as accepted ones are, and get nothing. *fault* is the id of the fault rule that made the reply, ``""`` as
    a rule.
    """

    path: str
    parameters: tuple[Parameter, ...] = ()
    reply: Reply
    discarded: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the client said by MAIL and RCPT; nothing out of the header section.

    *reverse_path* is verbatim without the angle brackets; ``""`` is the null one.
    *recipients* are in the order of the RCPT commands, refused ones included.
    """

    reverse_path: str
    parameters: tuple[Parameter, ...] = ()
    recipients: tuple[Recipient, ...] = ()

    @property
    def forward_paths(self) -> tuple[str, ...]:
        """The paths of the recipients that were accepted, without the discarded ones."""
        return tuple(r.path for r in self.recipients if r.reply.is_positive and not r.discarded)

    @property
    def smtputf8(self) -> bool:
        """Whether MAIL carried SMTPUTF8 (RFC 6531 §3.4)."""
        return any(p.keyword == "SMTPUTF8" for p in self.parameters)

    @property
    def body(self) -> str:
        """The BODY parameter in upper case; ``"7BIT"`` where MAIL had none (RFC 6152 §2)."""
        return parameter_value(self.parameters, "BODY", "7BIT").upper()


def parameter_value(parameters: Iterable[Parameter], keyword: str, default: str = "") -> str:
    """The value of the first parameter named *keyword* (upper case), or *default*."""
    for parameter in parameters:
        if parameter.keyword == keyword:
            return parameter.value or ""
    return default


@dataclass(frozen=True, slots=True)
class Peer:
    """The client's end of the connection; ``port`` is 0 and ``host`` ``""`` on a UNIX socket."""

    host: str
    port: int = 0

    def __str__(self) -> str:
        if not self.host:
            return "unix socket"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a session was encrypted.

    *mode* is ``"starttls"`` or ``"implicit"``; *version* and *cipher* are OpenSSL's names;
    *server_name* is the SNI name, ``""`` when none was sent; *client_certificate* its subject or ``""``.
    """

    mode: str
    version: str
    cipher: str
    server_name: str = ""
    client_certificate: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """Who authenticated, and how. The password is never kept."""

    mechanism: str
    user: str


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One thing that happened in a session.

    *at* is in seconds since the session began. *kind* is one of

    - ``"client"``: a line the client sent, without CRLF, secrets masked;
    - ``"server"``: a reply line;
    - ``"content"``: *size* octets of message content, not kept here;
    - ``"event"``: a sentence about the connection (TLS, a limit, an oddity, how it ended);
    - ``"fault"``: a fault rule that fired, with its id.

    *text* is decoded as UTF-8; octets that are not are shown as ``\\xNN``.
    """

    at: float
    kind: str
    text: str
    size: int = 0


# Seconds since the session began, kind, what was said, size; see TranscriptEntry.
Record = tuple[float, str, "bytes | str", int]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entries(Sequence[TranscriptEntry]):
    """The entries of a transcript, made of its records whenever somebody reads them: as a rule nobody does.

    A server's record may hold a whole reply, whose lines are entries of their own. Equal to a tuple of the
    same entries. *values* are the records' values one after another, their times from when *began* was.
    """

    values: tuple[float | str | bytes, ...]
    began: float = 0.0

    @classmethod
    def of(cls, records: Iterable[Sequence[Any]]) -> Entries:
        """The entries that *records* make."""
        return cls(tuple(chain.from_iterable(records)))

    @property
    def records(self) -> Iterator[Record]:
        """What the entries are made of, oldest first."""
        began = self.began
        each: Any = iter(self.values)
        for at, kind, said, size in zip(each, each, each, each, strict=True):
            yield at - began, kind, said, size

    def __iter__(self) -> Iterator[TranscriptEntry]:
        for at, kind, said, size in self.records:
            text = said if isinstance(said, str) else said.decode("utf-8", "backslashreplace")
            lines = text.removesuffix("\r\n").split("\r\n") if kind == "server" else (text,)
            for line in lines:
                yield TranscriptEntry(at, kind, line, size)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> TranscriptEntry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TranscriptEntry, ...]: ...

    def __getitem__(self, index: int | slice) -> TranscriptEntry | tuple[TranscriptEntry, ...]:
        return tuple(self)[index]

    def __reversed__(self) -> Iterator[TranscriptEntry]:
        return reversed(tuple(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (tuple, Entries)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One MAIL…DATA, captured, refused or aborted.

    *reply* is the last word on it: the one to the final dot or to a refused MAIL, or ``None`` when the
    client went on or away before. *message_id* is the captured message's id, ``""`` when none was kept.
    *field* is the content's Message-ID field and *digest* the SHA-256 of the content in hexadecimal, both
    ``""`` where no content came. *faults* are the ids of the fault rules that fired.
    """

    envelope: Envelope
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    inbox: str = ""
    reply: Reply | None = None
    message_id: str = ""
    field: str = ""
    digest: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One connection from accept to end; a snapshot while it is open.

    *listener* is the listener's address as ``host:port`` or a socket file. *greeting* is HELO's, EHLO's
    or LHLO's argument, *greeting_verb* which of them. *ended_at* is ``None`` while the session is open;
    *end* says in one sentence how it ended. *cut* counts the transcript entries that were left out
    because the transcript had reached its bound.
    """

    id: str
    listener: str
    peer: Peer
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    end: str = ""
    greeting_verb: str = ""
    greeting: str = ""
    tls: Tls | None = None
    auth: Auth | None = None
    transcript: Sequence[TranscriptEntry] = ()
    cut: int = 0
    transactions: tuple[Transaction, ...] = ()
