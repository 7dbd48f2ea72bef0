"""Messages as a sink would have captured them, for tests that need no sink."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailsink.message import Message, new_id
from mailsink.model import Envelope, Recipient, Reply

RECEIVED_AT = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)
OK = Reply(250, "OK", "2.1.5")


def content(
    *,
    subject: str | None = "Welcome aboard",
    sender: str = "noreply@shop.example",
    to: str = "alice@example.org",
    headers: Mapping[str, str] | None = None,
    text: str | None = "Hello Alice",
    html: str | None = None,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> bytes:
    """The content of a mail; *files* are names, content types and octets."""
    mail = EmailMessage(policy=SMTP)
    given = {"From": sender, "To": to, "Subject": subject, **(headers or {})}
    for name, value in given.items():
        if value:
            mail[name] = value
    if text is not None:
        mail.set_content(text)
    if html is not None:
        (mail.set_content if text is None else mail.add_alternative)(html, subtype="html")
    for name, content_type, octets in files:
        kind, _, subtype = content_type.partition("/")
        mail.add_attachment(octets, kind, subtype, filename=name)
    return mail.as_bytes()


def message(
    *,
    rcpt: str | Sequence[str] = "alice@example.org",
    refused: Mapping[str, Reply] | None = None,
    reverse_path: str = "noreply@shop.example",
    octets: bytes | None = None,
    state: Mapping[str, Any] | None = None,
    **parts: Any,
) -> Message:
    """A captured message; *parts* are those of `content`, *state* is what else `Message` takes."""
    accepted = [rcpt] if isinstance(rcpt, str) else rcpt
    recipients = [Recipient(path=path, reply=OK) for path in accepted]
    recipients += [Recipient(path=path, reply=reply) for path, reply in (refused or {}).items()]
    given: dict[str, Any] = {"id": new_id(), "inbox": "default", "received_at": RECEIVED_AT, **(state or {})}
    return Message(
        envelope=Envelope(reverse_path=reverse_path, recipients=tuple(recipients)),
        content=content(**parts) if octets is None else octets,
        **given,
    )
