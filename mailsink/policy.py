"""What a listener offers, asks for, allows and limits: one frozen value.

Does no I/O and loads no network library, so that settings and fixtures can make one.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .address import split_address
from .model import Reply

__all__ = ["EXTENSIONS", "MECHANISMS", "Credentials", "Policy", "RecipientRule", "read_recipient_rule"]

# In the order in which EHLO lists them. AUTH and STARTTLS are offered only where there is something to offer.
EXTENSIONS = (
    "PIPELINING",  # RFC 2920
    "SIZE",  # RFC 1870
    "8BITMIME",  # RFC 6152
    "SMTPUTF8",  # RFC 6531
    "ENHANCEDSTATUSCODES",  # RFC 2034
    "DSN",  # RFC 3461
    "CHUNKING",  # RFC 3030
    "BINARYMIME",  # RFC 3030
    "STARTTLS",  # RFC 3207
    "AUTH",  # RFC 4954
    "REQUIRETLS",  # RFC 8689; only under TLS
    "MT-PRIORITY",  # RFC 6710
    "LIMITS",  # RFC 9422
    "XCLIENT",  # Postfix's; only where it is switched on
)
# Best first, as clients read the list. In order: RFC 7677, 5802, 4616, draft-murchison-sasl-login, RFC 2195,
# Google's XOAUTH2, RFC 7628, 4505, 4422.
MECHANISMS = (
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "XOAUTH2",
    "OAUTHBEARER",
    "ANONYMOUS",
    "EXTERNAL",
)

# A sink that refuses what production takes is no help: Gmail takes 25 MB, Exchange Online up to 150 MB.
MAX_SIZE = 100 * 1024 * 1024
# RFC 5321 §4.5.3.1.8 asks for at least 100; Postfix allows 1,000.
MAX_RECIPIENTS = 10_000
# A client that is wrong this often talks another protocol. Postfix: smtpd_hard_error_limit 20.
MAX_ERRORS = 20
# NOOP, RSET, VRFY and EXPN say nothing about a message. Postfix: smtpd_junk_command_limit 100.
MAX_IDLE_COMMANDS = 1_000
# RFC 5321 §4.5.3.2.7: a server waits at least 5 minutes for a command.
IDLE_TIMEOUT = 300.0
# Test suites keep many connections; each costs about 12 KiB.
MAX_CONNECTIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who may authenticate.

    *users* maps a name to its password (or token). *anyone* accepts every name with every password.
    """

    users: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    anyone: bool = False

    def __bool__(self) -> bool:
        return self.anyone or bool(self.users)

    def password(self, user: str) -> str | None:
        """The password of *user*, or ``None`` when there is no such user."""
        return self.users.get(user)

    def check(self, user: str, password: str) -> bool:
        """Whether *password* is right for *user*, in a time that does not depend on where it differs."""
        from hmac import compare_digest

        known = self.users.get(user)
        if known is None:
            return self.anyone
        return compare_digest(_octets(known), _octets(password)) or self.anyone


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_NO_SUCH_USER = Reply(550, "No such user here", "5.1.1")


@dataclass(frozen=True, slots=True)
class RecipientRule:
    """What happens to recipients that match *pattern*.

    *pattern* is compared with the whole forward-path, case-insensitively, ``*`` and ``?`` standing for
    anything: ``*@full.example``, ``nobody@*``. *action* is ``"accept"``, ``"reject"`` (with *reply*) or
    ``"discard"``: answered 250 and not kept.
    """

    pattern: str
    action: str = "reject"
    reply: Reply = _NO_SUCH_USER

    def matches(self, path: str) -> bool:
        return fnmatch.fnmatchcase(path.lower(), self.pattern.lower())


# What is meant when a rule names a code alone (RFC 3463, RFC 5321 §4.2.3).
_REPLIES = {
    421: Reply(421, "Try again later", "4.3.2"),
    450: Reply(450, "Greylisted, try again later", "4.2.0"),
    451: Reply(451, "Local error, try again later", "4.3.0"),
    452: Reply(452, "Mailbox full, try again later", "4.2.2"),
    550: _NO_SUCH_USER,
    551: Reply(551, "User not local", "5.1.6"),
    552: Reply(552, "Mailbox full", "5.2.2"),
    553: Reply(553, "Mailbox name not allowed", "5.1.3"),
    554: Reply(554, "Refused", "5.7.1"),
}


def read_recipient_rule(text: str, action: str) -> RecipientRule:
    """``PATTERN`` or, to reject, ``PATTERN=REPLY``, as `read_reply` reads it. Raises ValueError."""
    pattern, sign, reply = text.partition("=")
    if not pattern.strip():
        raise ValueError("a recipient rule is a pattern such as *@full.example, or PATTERN=REPLY")
    pattern = pattern.strip()
    if "@" not in pattern and "*" not in pattern:
        # A bare domain is meant as one: nobody has a mailbox without @ but postmaster.
        pattern = f"*@{pattern}"
    return RecipientRule(pattern, action, read_reply(reply) if sign else _REPLIES[550])


def read_reply(text: str) -> Reply:
    """``552``, ``552 5.2.2 Mailbox full`` as a negative Reply. Raises ValueError."""
    code, _, rest = text.strip().partition(" ")
    if not (code.isascii() and code.isdigit()) or not 400 <= int(code) <= 599:
        raise ValueError(
            "a reply is CODE [ENHANCED] [TEXT] with a code from 400 to 599, such as 552 5.2.2 Mailbox full"
        )
    standard = _REPLIES.get(int(code), Reply(int(code), "Refused", f"{code[0]}.0.0"))
    if not rest:
        return standard
    head, _, words = rest.partition(" ")
    if head.count(".") == 2 and head.replace(".", "").isdigit():
        if head[0] != code[0]:
            raise ValueError(f"the enhanced code {head} does not fit {code}: it must begin with {code[0]}")
        return Reply(int(code), words or standard.text, head)
    return Reply(int(code), rest, standard.enhanced)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one listener offers, asks for and limits. Sizes are in octets, times in seconds, 0 is no limit.

    *extensions* may be offered; those that need something which is not there (a certificate, users) are
    not. *require_tls* refuses MAIL and AUTH in the clear; *plain_auth* allows AUTH without TLS where TLS
    is not required. *require_auth* refuses MAIL before AUTH. *recipients* are rules in order, the first
    that matches decides, and who matches none is accepted, unless *closed*: then only rules that accept
    let a recipient in. *lmtp* speaks RFC 2033. *xclient* and *proxy* trust what a client says about
    whose connection it is.
    """

    hostname: str = "mailsink"
    extensions: frozenset[str] = frozenset(EXTENSIONS)
    lmtp: bool = False
    xclient: bool = False
    proxy: bool = False
    require_tls: bool = False
    credentials: Credentials = Credentials()
    require_auth: bool = False
    plain_auth: bool = True
    mechanisms: tuple[str, ...] = MECHANISMS
    recipients: tuple[RecipientRule, ...] = ()
    closed: bool = False
    max_size: int = MAX_SIZE
    max_recipients: int = MAX_RECIPIENTS
    max_errors: int = MAX_ERRORS
    max_idle_commands: int = MAX_IDLE_COMMANDS
    max_connections: int = MAX_CONNECTIONS
    max_connections_per_peer: int = 0
    idle_timeout: float = IDLE_TIMEOUT
    max_seconds: float = 0.0

    def recipient(self, path: str) -> RecipientRule | None:
        """The rule that decides on *path*; ``None`` accepts it."""
        for rule in self.recipients:
            if rule.matches(path):
                return None if rule.action == "accept" else rule
        if not self.closed:
            return None
        return self._stranger(path)

    def _stranger(self, path: str) -> RecipientRule:
        """Why a path that no rule lets in is refused: its domain is unknown, or its user is."""
        _, domain = split_address(path)
        for rule in self.recipients:
            if rule.action == "accept" and fnmatch.fnmatchcase(
                domain.lower(), rule.pattern.lower().rpartition("@")[2]
            ):
                return RecipientRule(path, "reject", _REPLIES[550])
        return RecipientRule(path, "reject", Reply(550, "No such domain here", "5.1.2"))
