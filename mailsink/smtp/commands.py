"""The commands: their syntax, the extension each belongs to, when they may be said, how long they may be.

Knows no session.
"""

from __future__ import annotations

__all__ = [
    "BEFORE_AUTH",
    "BEFORE_TLS",
    "DEFINED_BY",
    "IDLE",
    "MAX_AUTH",
    "MAX_COMMAND",
    "SYNTAX",
    "is_http",
]

# RFC 5321 §4.5.3.1.4: 512 octets; extensions raise it (RFC 3461: ENVID 100, ORCPT 500). Ample for all.
MAX_COMMAND = 4_096
# RFC 4954 §4: a line of AUTH may have 12,288 octets.
MAX_AUTH = 12_288 + 2

# The commands and their syntax (RFC 5321 §4.1.1 and the extensions'), for HELP and for 501.
SYNTAX = {
    "AUTH": "AUTH mechanism [initial-response]",
    "BDAT": "BDAT size [LAST]",
    "DATA": "DATA",
    "EHLO": "EHLO domain",
    "EXPN": "EXPN string",
    "HELO": "HELO domain",
    "HELP": "HELP [command]",
    "LHLO": "LHLO domain",
    "MAIL": "MAIL FROM:<reverse-path> [parameters]",
    "NOOP": "NOOP [string]",
    "QUIT": "QUIT",
    "RCPT": "RCPT TO:<forward-path> [parameters]",
    "RSET": "RSET",
    "STARTTLS": "STARTTLS",
    "VRFY": "VRFY string",
    "XCLIENT": "XCLIENT attribute=value ...",
}
# The extension that a command belongs to.
DEFINED_BY = {"AUTH": "AUTH", "BDAT": "CHUNKING", "STARTTLS": "STARTTLS", "XCLIENT": "XCLIENT"}
# What may be said before STARTTLS where TLS is required, and before AUTH where that is.
BEFORE_TLS = frozenset({"EHLO", "HELO", "LHLO", "NOOP", "STARTTLS", "QUIT", "HELP"})
BEFORE_AUTH = frozenset(
    {"AUTH", "EHLO", "HELO", "LHLO", "NOOP", "RSET", "QUIT", "HELP", "STARTTLS", "XCLIENT"}
)
# What says nothing about a message.
IDLE = frozenset({"NOOP", "RSET", "VRFY", "EXPN", "HELP"})
# RFC 9110 §9.1; none of them is a command of SMTP.
_HTTP_VERBS = frozenset({"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"})


def is_http(verb: str) -> bool:
    """Whether only a browser or another HTTP client says *verb*: a method, or the Host header field."""
    return verb in _HTTP_VERBS or verb.startswith("HOST:")
