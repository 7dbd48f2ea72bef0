"""Handing one mail to an SMTP server, and what to say when it does not take it.

The exit codes are those of sendmail programs (sysexits.h).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence

from ..display import safe
from .output import CommandError
from .place import SendTo

__all__ = ["NO_SERVICE", "NO_USER", "TRY_LATER", "USAGE", "deliver", "host_name", "unreachable"]

USAGE, NO_USER, NO_SERVICE, TRY_LATER = 64, 67, 69, 75
# Seconds for each answer: a fault may delay one.
TIMEOUT = 60.0


def deliver(
    content: bytes,
    *,
    sender: str,
    rcpts: Sequence[str],
    to: SendTo,
    login: tuple[str, str] | None = None,
    notify: str = "",
    ret: str = "",
    envid: str = "",
) -> None:
    """Send *content* from *sender* to *rcpts*; ``""`` is the null reverse-path.

    Line ends become CRLF. *notify*, *ret* and *envid* are DSN's (RFC 3461). Raises CommandError with the
    server's reply, and with a code that says whether trying again may help.
    """
    content = re.sub(rb"\r\n|\n", b"\r\n", content)
    try:
        with _connected(to) as client:
            if login is not None:
                client.login(*login)
            options = _options(client, content, [sender, *rcpts])
            rcpt_options = []
            if client.has_extn("dsn"):
                options += [f"RET={ret}"] if ret else []
                options += [f"ENVID={_xtext(envid)}"] if envid else []
                rcpt_options += [f"NOTIFY={notify}"] if notify else []
            refused = client.sendmail(sender, rcpts, content, options, rcpt_options)
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(error.recipients) from None
    except smtplib.SMTPResponseException as error:
        code = TRY_LATER if error.smtp_code < 500 else NO_SERVICE
        raise CommandError(_reply(error.smtp_code, error.smtp_error), code=code) from None
    except smtplib.SMTPNotSupportedError as error:
        raise CommandError(f"{to.host}:{to.port} cannot do it: {safe(str(error))}", code=NO_SERVICE) from None
    except smtplib.SMTPException as error:
        raise CommandError(safe(str(error)), code=TRY_LATER) from None
    except OSError as error:
        raise unreachable(to, error) from None
    if refused:
        raise _refused(refused)


def unreachable(to: SendTo, error: OSError) -> CommandError:
    """What to say where *to* cannot be spoken to, or the connection broke."""
    why = error.strerror or str(error)
    return CommandError(f"{to.host}:{to.port} cannot be reached: {why}", code=TRY_LATER)


def host_name() -> str:
    """This machine's own name, without asking a name server."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"


def _connected(to: SendTo) -> smtplib.SMTP:
    context = None
    if to.tls != "none":
        context = ssl.create_default_context(cadata=to.ca or None)
    if to.tls == "implicit":
        return smtplib.SMTP_SSL(to.host, to.port, host_name(), timeout=TIMEOUT, context=context)
    client = smtplib.SMTP(to.host, to.port, host_name(), timeout=TIMEOUT)
    try:
        if to.tls == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
    except BaseException:
        client.close()
        raise
    return client


def _options(client: smtplib.SMTP, content: bytes, paths: Sequence[str]) -> list[str]:
    options = []
    if not content.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if not "".join(paths).isascii() and client.has_extn("smtputf8"):
        options.append("SMTPUTF8")
    return options


def _xtext(text: str) -> str:
    """*text* as a parameter's value (RFC 3461 §4)."""
    octets = text.encode("utf-8", "surrogateescape")
    return "".join(chr(o) if 33 <= o <= 126 and o not in b"+=" else f"+{o:02X}" for o in octets)


def _refused(recipients: dict[str, tuple[int, bytes]]) -> CommandError:
    said = [f"<{safe(path)}> was answered {_reply(*reply)}" for path, reply in recipients.items()]
    later = any(code < 500 for code, _ in recipients.values())
    return CommandError("; ".join(said), code=TRY_LATER if later else NO_USER)


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {safe(' '.join(words.split()))}"
