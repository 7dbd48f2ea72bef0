"""What a client has said of a transaction and of itself so far, as values.

Knows no rules: what may be said when is in `mailsink.smtp.dialogue`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ..address import tag_of
from ..clock import now
from ..model import Envelope, Parameter, Recipient, Reply

__all__ = ["AuthRequest", "Chunk", "Draft", "Path", "drafted"]


@dataclass(frozen=True, slots=True)
class Path:
    """A path with its parameters, read from MAIL or RCPT and found right."""

    path: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """AUTH's argument: the mechanism in upper case; the initial response in base64, ``None`` without one."""

    mechanism: str
    initial: str | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """BDAT's argument. *refused* is the reply to give once the octets were read and dropped."""

    size: int
    is_last: bool
    refused: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """The transaction that is going on: what MAIL and RCPT have said so far, and BDAT's octets."""

    reverse_path: str
    parameters: tuple[Parameter, ...]
    started_at: dt.datetime
    recipients: list[Recipient] = field(default_factory=list)
    # One buffer, not a list of chunks: a client may send 100 MB in chunks of one octet.
    octets: bytearray = field(default_factory=bytearray)
    chunked: bool = False
    spoilt: bool = False
    # What DATA or BDAT was last refused with.
    refused: Reply | None = None

    @property
    def smtputf8(self) -> bool:
        """Whether MAIL carried SMTPUTF8 (RFC 6531 §3.4)."""
        return any(p.keyword == "SMTPUTF8" for p in self.parameters)

    @property
    def accepted(self) -> list[Recipient]:
        return [r for r in self.recipients if r.reply.is_positive]

    @property
    def tag(self) -> str:
        """The first accepted recipient's ``+tag``, ``""`` where there is none."""
        return _first_tag(self.accepted)

    @property
    def wanted_tag(self) -> str:
        """The same, or a refused recipient's where all were refused: where the mail was meant to go."""
        return _first_tag(self.accepted or self.recipients)

    def envelope(self) -> Envelope:
        return Envelope(
            reverse_path=self.reverse_path, parameters=self.parameters, recipients=tuple(self.recipients)
        )


def drafted(path: Path) -> Draft:
    """The transaction that begins now, with MAIL's *path*."""
    return Draft(reverse_path=path.path, parameters=path.parameters, started_at=now())


def _first_tag(recipients: list[Recipient]) -> str:
    return next(filter(None, (tag_of(r.path) for r in recipients)), "")
