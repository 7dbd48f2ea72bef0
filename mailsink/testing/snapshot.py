"""A mail as a text that two sendings of it have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..display import safe
from ..message import Message

if TYPE_CHECKING:
    from ..mime import Part

__all__ = ["file_name", "snapshot"]

# Shown first and in this order; other fields follow by name, whatever order a library writes them in.
_FIRST = ("From", "Sender", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID")
# What differs from one sending to the next, or from one machine to the next.
_VOLATILE = frozenset(("date", "message-id", "received", "dkim-signature", "x-mailer", "user-agent"))
# Said by the tree of parts.
_STRUCTURE = ("content-", "mime-version")


def snapshot(message: Message, mask: Mapping[str, str]) -> str:
    """The envelope, the header fields and the parts of *message*; no line end at the end.

    *mask* maps regular expressions to what stands in the place of what they find, in order.
    """
    envelope = message.envelope
    lines = [
        f"MAIL {safe(envelope.reverse_path) or '<>'}",
        *(f"RCPT {safe(path)}" for path in sorted(envelope.forward_paths)),
        *_fields(message),
        *_tree(message.parsed.root, 0),
    ]
    text = "\n".join(lines)
    if not isinstance(mask, Mapping):
        raise TypeError(
            f"mask={mask!r}: must map patterns to what stands in their place: {{r'\\d+': '<number>'}}"
        )
    for pattern, stand_in in mask.items():
        try:
            text = re.sub(pattern, stand_in, text)
        except re.error as error:
            raise ValueError(f"mask={{{pattern!r}: {stand_in!r}}}: {error}") from None
    return text


def _fields(message: Message) -> Iterator[str]:
    order = {name.lower(): number for number, name in enumerate(_FIRST)}
    names = {name.lower(): name for name in _FIRST}
    fields = [
        (field.name.lower(), names.get(field.name.lower(), field.name), field.value)
        for field in message.parsed.fields
        if not field.name.lower().startswith(_STRUCTURE)
    ]
    for key, name, value in sorted(fields, key=lambda one: (order.get(one[0], len(order)), one[0])):
        yield f"{name}: <{key}>" if key in _VOLATILE else f"{name}: {safe(value)}"


def _tree(part: Part, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if part.children:
        yield f"{indent}[{part.content_type}]"
        for child in part.children:
            yield from _tree(child, depth + 1)
        return
    named = f" {safe(part.filename)}" if part.filename else ""
    if part.content_type.startswith("text/") and not part.is_attachment:
        yield f"{indent}[{part.content_type}]{named}"
        yield from (f"{indent}| {safe(line)}".rstrip() for line in part.text().rstrip().split("\n"))
        return
    octets = part.content()
    digest = hashlib.sha256(octets).hexdigest()[:16]
    yield f"{indent}[{part.content_type}]{named} {len(octets)} bytes sha256:{digest}"


def file_name(text: str) -> str:
    """*text* as the name of a file on any system, without a suffix; at most 60 characters."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:60].lower() or "mail"
