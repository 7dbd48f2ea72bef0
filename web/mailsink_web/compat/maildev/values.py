"""A message in MailDev's words: plain values, for what is not there has no member.

The shape is that of versions 2 and 3 together.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from typing import Any

from mailsink import mime
from mailsink.address import same_address
from mailsink.message import Message
from mailsink.mime import Part, clean
from mailsink.model import Parameter

from ..peer import place

__all__ = ["email", "files", "size_words", "summary"]

_EXTENSIONS = mimetypes.MimeTypes()  # without the system's tables, which differ from machine to machine
_PREVIEW = 140
_HEAD = ("id", "time", "read", "subject", "size", "sizeHuman", "from", "to")


def email(of: Message) -> dict[str, Any]:
    """*of* in full."""
    parsed = of.parsed
    made: dict[str, Any] = {
        "id": of.id,
        "time": of.received_at,
        "read": of.read,
        "subject": parsed.subject,
        "source": f"{place().base}/email/{of.id}/source",
        "size": of.size,
        "sizeHuman": size_words(of.size),
        "from": _addresses(parsed.from_),
        "to": _addresses(parsed.to),
        "headers": _headers(of),
        "attachments": [_attachment(name, part) for name, part in files(of)],
        "envelope": _envelope(of),
        "calculatedBcc": [{"address": clean(path), "name": ""} for path in _hidden(of)],
        "priority": _priority(of),
    }
    optional: dict[str, Any] = {
        "cc": _addresses(parsed.cc),
        "bcc": _addresses(parsed.bcc),
        "replyTo": _addresses(parsed.reply_to),
        "messageId": parsed.message_id.strip("<>"),
        "date": parsed.date,
        "html": of.html,
        "text": parsed.visible_text,
    }
    return made | {name: value for name, value in optional.items() if value}


def summary(of: Message) -> dict[str, Any]:
    """What version 3 lists of *of*."""
    made = email(of)
    return {name: made[name] for name in _HEAD} | {
        "attachmentCount": len(made["attachments"]),
        "preview": " ".join(of.parsed.visible_text.split())[:_PREVIEW],
    }


def _addresses(of: Iterable[mime.Address]) -> list[dict[str, str]]:
    return [{"address": each.address, "name": each.name} for each in of]


def _headers(of: Message) -> dict[str, Any]:
    """The fields by their names in lower case; a list where one comes more than once."""
    found: dict[str, list[str]] = {}
    for field in of.parsed.fields:
        found.setdefault(field.name.lower(), []).append(field.value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _envelope(of: Message) -> dict[str, Any]:
    accepted = [each for each in of.envelope.recipients if each.reply.is_positive and not each.discarded]
    return {
        "from": {"address": clean(of.envelope.reverse_path), "args": _args(of.envelope.parameters)},
        "to": [{"address": clean(each.path), "args": _args(each.parameters)} for each in accepted],
        "host": clean(of.greeting),
        "remoteAddress": of.peer.host,
    }


def _args(of: Iterable[Parameter]) -> dict[str, Any] | bool:
    """The parameters by keyword, ``true`` for one without a value; ``false`` where there are none."""
    return {clean(p.keyword): True if p.value is None else clean(p.value) for p in of} or False


def _hidden(of: Message) -> Iterator[str]:
    """The recipients that no field names, one called Bcc included."""
    written = of.parsed.bcc
    return (path for path in of.bcc if not any(same_address(path, each.address) for each in written))


def _priority(of: Message) -> str:
    said = f"{of.header('x-priority')[:1]} {of.header('importance')} {of.header('priority')}".lower()
    if any(word in said for word in ("1", "2", "high", "urgent")) and "non-urgent" not in said:
        return "high"
    return "low" if any(word in said for word in ("4", "5", "low", "non-urgent")) else "normal"


def files(of: Message) -> list[tuple[str, Part]]:
    """The parts that are no bodies, each with a name that no other has."""
    found: dict[str, Part] = {}
    for part in of.parsed.parts:
        if part.is_attachment or part.is_inline:
            name = part.filename or f"attachment{_EXTENSIONS.guess_extension(part.content_type) or '.bin'}"
            stem, dot, extension = name.rpartition(".")
            number = 0
            while name in found:
                number += 1
                name = f"{stem}-{number}{dot}{extension}" if stem else f"{extension}-{number}"
            found[name] = part
    return list(found.items())


def _attachment(name: str, of: Part) -> dict[str, Any]:
    made = {
        "filename": of.filename or name,
        "generatedFileName": name,
        "contentType": of.content_type,
        "contentDisposition": of.disposition or ("attachment" if of.is_attachment else "inline"),
        "size": of.size,
    }
    return made | ({"contentId": of.content_id} if of.content_id else {})


def size_words(octets: int) -> str:
    """A size for people, as MailDev has it: ``"67 Bytes"``, ``"14.39 KB"``."""
    amount = float(octets)
    for unit in ("Bytes", "KB", "MB"):
        if amount < 1024:
            return f"{round(amount, 2):g} {unit}"
        amount /= 1024
    return f"{amount:.2f} GB"
