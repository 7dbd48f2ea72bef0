"""A test mail: one mail through a listener of our own, in a real SMTP session, as an application sends it.

Knows listeners and smtplib; nothing of pages.
"""

from __future__ import annotations

import secrets
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mailsink.composing import File, compose
from mailsink.mime import Address, clean

if TYPE_CHECKING:
    from mailsink.policy import Policy
    from mailsink.smtp.listener import Listener

__all__ = ["WILDCARDS", "Trial", "send_test_mail"]

# Longer than the delays that people write into fault rules, shorter than a browser's patience.
TIMEOUT = 10.0
SENDER = "shop@example.com"
RECIPIENT = "ada@example.org"
# Where a listener on every address is reached from this machine.
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound

_SUBJECT = "Test mail: 482913 is your code"
_TEXT = """Hello Ada,

this mail went through SMTP, as those of your application will.
Your code is 482913. Or follow this link:

https://shop.example/confirm?token=8f3c1e77

See how it came under "Session", and what a test of it looks like under "As test".
"""
_HTML = """<!doctype html>
<html lang="en"><body style="font-family: sans-serif; line-height: 1.5">
<h1 style="font-size: 20px">Hello Ada,</h1>
<p>this mail went through SMTP, as those of your application will.</p>
<p>Your code is <b>482913</b>.
Or <a href="https://shop.example/confirm?token=8f3c1e77">confirm your address</a>.</p>
<p style="color: #666">See how it came under “Session”, and what a test of it looks like under “As test”.</p>
</body></html>
"""
_FILE = File(name="order.csv", content=b"item,number\r\nmug,1\r\n", content_type="text/csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How it went. *field* is the mail's Message-ID field, and *port* the client's end of the connection.

    *trouble* is the sentence that says what did not work, ``""`` where all did. *port* is 0 where no
    connection was made.
    """

    field: str
    port: int = 0
    trouble: str = ""


def send_test_mail(listener: Listener) -> Trial:
    """Send one mail to *listener*: under TLS where it is offered, logged in where it is asked for.

    Raises nothing for what a listener answers or does: faults are there to be met.
    """
    if listener.policy.proxy:
        sentence = (
            f"{listener.address} expects the header of a proxy: only through one can mail be sent to it."
        )
        return Trial(field="", trouble=sentence)
    field = f"<{secrets.token_hex(8)}@test-mail.mailsink.invalid>"
    recipient = _recipient(listener.policy)
    content = compose(
        from_=Address(name="Harbour Supply", address=SENDER),
        to=(Address(name="Ada Lovelace", address=recipient),),
        subject=_SUBJECT,
        text=_TEXT,
        html=_HTML,
        files=(_FILE,),
        fields=(("Message-ID", field),),
    )
    stage, port = "the connection", 0
    try:
        with _connected(listener) as client:
            assert client.sock is not None
            port = client.sock.getsockname()[1]
            for name, step in _steps(client, listener, recipient, content):
                stage = name
                code, text = step()
                if not 200 <= code <= 399:
                    raise smtplib.SMTPResponseException(code, text)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return Trial(field=field, port=port, trouble=f"{listener.address} {_trouble(stage, error)}")
    return Trial(field=field, port=port)


def _connected(listener: Listener) -> smtplib.SMTP:
    """A client whose greeting was answered."""
    host = WILDCARDS.get(listener.host, listener.host)
    # The library would look its own name up in the DNS.
    name = "test-mail.mailsink.invalid"
    if listener.tls == "implicit":
        return smtplib.SMTP_SSL(host, listener.port, name, timeout=TIMEOUT, context=_trusting(listener))
    kind = smtplib.LMTP if listener.policy.lmtp else smtplib.SMTP
    return kind(host, listener.port, name, timeout=TIMEOUT)


def _steps(
    client: smtplib.SMTP, listener: Listener, recipient: str, content: bytes
) -> Iterator[tuple[str, Callable[[], tuple[int, bytes]]]]:
    """What is done one after the other, with its name; each answers a code and a text."""
    yield "EHLO", client.ehlo
    if client.has_extn("starttls"):
        yield "STARTTLS", partial(client.starttls, context=_trusting(listener))
        yield "EHLO", client.ehlo
    if listener.policy.require_auth:
        yield "AUTH", partial(client.login, *_login(listener.policy))
    yield "MAIL", partial(client.mail, SENDER)
    yield "RCPT", partial(client.rcpt, recipient)
    yield "the content", partial(client.data, content)


def _trusting(listener: Listener) -> ssl.SSLContext:
    """What trusts the certificate of *listener* and no other; it may be made out for any name."""
    assert listener.certificates is not None
    context = ssl.create_default_context(cadata=listener.certificates.ca_pem().decode("ascii"))
    context.check_hostname = False
    # A certificate out of a file need not be its own issuer's, nor follow RFC 5280 to the letter.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context


def _login(policy: Policy) -> tuple[str, str]:
    """A name and a password that are let in."""
    return next(iter(policy.credentials.users.items()), ("default", "any"))


def _recipient(policy: Policy) -> str:
    """Somebody whom *policy* lets in, if it can be told."""
    accepted = (rule.pattern for rule in policy.recipients if rule.action == "accept")
    tried = (RECIPIENT, *(pattern.replace("*", "ada").replace("?", "a") for pattern in accepted))
    return next((path for path in tried if policy.recipient(path) is None), RECIPIENT)


def _trouble(stage: str, error: Exception) -> str:
    """What a listener did, as the rest of a sentence."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return f"answered {stage} with {error.smtp_code} {' '.join(clean(text).split())}."
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"did not answer {stage} within {TIMEOUT:.0f} s."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"closed the connection instead of answering {stage}."
    return f"cannot be sent to, at {stage}: {clean(str(error)).rstrip('.')}."
