"""What a client is asked to do, and what it says came of it: the same words for every client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CONTENT", "Client", "Delivery", "Dsn", "Report"]

# It has what a client may trip over: dots at the beginning of lines, a field that some take away, an empty
# line at its end, a line of the greatest length that RFC 5321 §4.5.3.1.6 allows, spaces before a line end.
CONTENT = b"\r\n".join(
    [
        b"Date: Tue, 01 Jul 2025 10:00:00 +0000",
        b"From: Shop <shop@example.com>",
        b"To: ada@example.org",
        b"Bcc: audit@example.org",
        b"Message-ID: <1@example.com>",
        b"Subject: Your order",
        b"",
        b"From here on it is ours.",
        b".",
        b"..",
        b".hidden",
        b"spaces  ",
        b"x" * 998,
        b"",
        b"",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsn:
    """What to ask for by RFC 3461; *notify* and *orcpt* for every recipient."""

    ret: str = "HDRS"
    envid: str = "Order-1"
    notify: tuple[str, ...] = ("SUCCESS", "DELAY")
    orcpt: str = "rfc822;Ada@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail, whom to give it to, and how.

    *file* is a UNIX socket to use in place of *host* and *port*. *tls* is ``"none"``, ``"starttls"`` or
    ``"implicit"``, and is required where it is not none; *trust* is the file of the CA that is trusted then,
    and no other. *certificate* are the files of the client's own certificate and its key. *content* has CRLF;
    a client that is documented to take LF is given LF. *folder* is for the files that a client needs.
    """

    host: str = "localhost"
    port: int = 0
    file: str = ""
    lmtp: bool = False
    tls: str = "none"
    trust: Path | None = None
    certificate: tuple[Path, Path] | None = None
    mechanism: str = ""
    user: str = "ada"
    password: str = "s3cret"
    sender: str = "shop@example.com"
    recipients: tuple[str, ...] = ("ada@example.org", "audit@example.org")
    content: bytes = CONTENT
    eight_bit: bool = False
    utf8: bool = False
    require_tls: bool = False
    chunked: bool = False
    dsn: Dsn | None = None
    folder: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """Whether the client holds the mail for delivered, and what it said."""

    delivered: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, and what it can do.

    *mechanisms* are those of ours that it has; it uses those in *last_resort* only where the server offers no
    other that it knows. *can* names what it knows beyond plain SMTP: ``unix``, ``lmtp``
    (``lmtp-many``: for several recipients), ``8bitmime``, ``smtputf8``, ``chunking``, ``requiretls``, and
    ``names``: it checks that the certificate is for the host that it was told.
    *dsn* are the parameters of RFC 3461 that it can send. *changes* is what it does to the content, by its
    documentation. *end* is how its sessions end, *distrust* what the end says when it does not trust the
    certificate. *need* skips the test that calls it where the client is not there.
    """

    name: str
    deliver: Callable[[Delivery], Report]
    mechanisms: tuple[str, ...]
    last_resort: tuple[str, ...] = ()
    can: frozenset[str] = frozenset()
    dsn: tuple[str, ...] = ()
    changes: Callable[[bytes], bytes] = bytes
    end: str = "The client said QUIT."
    distrust: str = "The TLS handshake failed: TLSV1_ALERT_UNKNOWN_CA."
    need: Callable[[], None] = lambda: None

    def __str__(self) -> str:
        return self.name
