"""A message in Mailpit's words: the shapes of its JSON, and how they are made of ours."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

import msgspec

from mailsink import mime
from mailsink.address import same_address
from mailsink.conditions import caseless
from mailsink.fields import unfold
from mailsink.message import Message
from mailsink.mime import Part, clean

__all__ = [
    "AddressJSON",
    "AttachmentJSON",
    "MessageJSON",
    "SummaryJSON",
    "attachment",
    "attachments",
    "body_of",
    "headers",
    "inline",
    "message",
    "number_of",
    "part_of",
    "summary",
]

# Octets of a snippet, as Mailpit cuts it.
_SNIPPET = 200


class AddressJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """A mailbox."""

    name: str
    address: str


class ChecksumsJSON(msgspec.Struct, frozen=True):
    """Digests of a part's octets, in hexadecimal."""

    md5: str = msgspec.field(name="MD5")
    sha1: str = msgspec.field(name="SHA1")
    sha256: str = msgspec.field(name="SHA256")


class AttachmentJSON(msgspec.Struct, frozen=True):
    """A part that is no body."""

    part_id: str = msgspec.field(name="PartID")
    file_name: str = msgspec.field(name="FileName")
    content_type: str = msgspec.field(name="ContentType")
    content_id: str = msgspec.field(name="ContentID")
    size: int = msgspec.field(name="Size")
    checksums: ChecksumsJSON = msgspec.field(name="Checksums")


class UnsubscribeJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """What List-Unsubscribe holds (RFC 2369, RFC 8058)."""

    header: str
    links: tuple[str, ...]
    errors: str
    header_post: str


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    """What both shapes have."""

    id: str = msgspec.field(name="ID")
    message_id: str = msgspec.field(name="MessageID")
    from_: AddressJSON = msgspec.field(name="From")
    to: tuple[AddressJSON, ...] = msgspec.field(name="To")
    cc: tuple[AddressJSON, ...] = msgspec.field(name="Cc")
    bcc: tuple[AddressJSON, ...] = msgspec.field(name="Bcc")
    reply_to: tuple[AddressJSON, ...] = msgspec.field(name="ReplyTo")
    subject: str = msgspec.field(name="Subject")
    username: str = msgspec.field(name="Username")
    tags: tuple[str, ...] = msgspec.field(name="Tags")
    size: int = msgspec.field(name="Size")


class SummaryJSON(_Common, frozen=True, kw_only=True):
    """What a list shows of a message."""

    read: bool = msgspec.field(name="Read")
    created: dt.datetime = msgspec.field(name="Created")
    attachments: int = msgspec.field(name="Attachments")
    snippet: str = msgspec.field(name="Snippet")


class MessageJSON(_Common, frozen=True, kw_only=True):
    """A message in full. Mailpit told *read* once and no more; clients of that time ask for it."""

    read: bool = msgspec.field(name="Read")
    return_path: str = msgspec.field(name="ReturnPath")
    list_unsubscribe: UnsubscribeJSON = msgspec.field(name="ListUnsubscribe")
    date: dt.datetime = msgspec.field(name="Date")
    text: str = msgspec.field(name="Text")
    html: str = msgspec.field(name="HTML")
    inline: tuple[AttachmentJSON, ...] = msgspec.field(name="Inline")
    attachments: tuple[AttachmentJSON, ...] = msgspec.field(name="Attachments")


def summary(of: Message) -> SummaryJSON:
    """What a list shows of *of*."""
    return SummaryJSON(
        **_common(of),
        read=of.read,
        created=of.received_at,
        attachments=len(files(of)),
        snippet=_snippet(of),
    )


def message(of: Message) -> MessageJSON:
    """*of* in full."""
    parsed = of.parsed
    return MessageJSON(
        **_common(of),
        read=of.read,
        return_path=clean(of.envelope.reverse_path),
        list_unsubscribe=_unsubscribe(of),
        date=parsed.date or of.received_at,
        text=body_of(of, "text/plain"),
        html=body_of(of, "text/html"),
        inline=tuple(attachment(part) for part in inline(of)),
        attachments=tuple(attachment(part) for part in attachments(of)),
    )


def _common(of: Message) -> dict[str, Any]:
    parsed = of.parsed
    return {
        "id": of.id,
        "message_id": parsed.message_id.strip("<>"),
        "from_": _address(parsed.from_[0]) if parsed.from_ else AddressJSON(parsed.header("from"), ""),
        "to": tuple(map(_address, parsed.to)),
        "cc": tuple(map(_address, parsed.cc)),
        "bcc": _bcc(of),
        "reply_to": tuple(map(_address, parsed.reply_to)),
        "subject": parsed.subject,
        "username": clean(of.auth.user) if of.auth else "",
        "tags": tuple(sorted(map(clean, of.tags), key=caseless)),
        "size": of.size,
    }


def _address(of: mime.Address) -> AddressJSON:
    return AddressJSON(of.name, of.address)


def _bcc(of: Message) -> tuple[AddressJSON, ...]:
    """Whom a Bcc field names, then the recipients of the envelope whom no field does."""
    written = of.parsed.bcc
    hidden = [path for path in of.bcc if not any(same_address(path, each.address) for each in written)]
    return (*map(_address, written), *(AddressJSON("", clean(path)) for path in hidden))


def body_of(of: Message, content_type: str) -> str:
    """The body of that type with its own line ends, which are CRLF as a rule.

    A message without a text body has the text that a reader sees of the HTML. Several have two hyphens
    between them, unless they are alternatives; a name makes none a file.
    """
    parsed = of.parsed
    bodies = [p for p in parsed.parts if p.content_type == content_type and p.disposition != "attachment"]
    if not bodies:
        return parsed.visible_text if content_type == "text/plain" else ""
    if content_type == "text/html" or parsed.root.content_type == "multipart/alternative":
        return bodies[0].text_as_sent()
    return "\n--\n".join(body.text_as_sent() for body in bodies)


def files(of: Message) -> tuple[Part, ...]:
    """The parts that Mailpit counts as files, the outer ones first: what is called so, and any octets.

    So a picture called an attachment is one, though the HTML shows it.
    """
    return tuple(sorted(filter(_is_file, of.parsed.parts), key=lambda part: part.depth))


def _is_file(part: Part) -> bool:
    if part.disposition == "attachment" or part.content_type == "application/octet-stream":
        return True
    return not part.depth and part.is_attachment and not part.disposition


def attachments(of: Message) -> tuple[Part, ...]:
    """Those of the files that it lists: with a name or a Content-ID."""
    return tuple(part for part in files(of) if part.filename or part.content_id)


def inline(of: Message) -> tuple[Part, ...]:
    """The other parts with a name or a Content-ID: those called inline, then those called nothing.

    Of the latter plain text and HTML are bodies.
    """
    named = [part for part in of.parsed.parts if (part.filename or part.content_id) and not _is_file(part)]
    named.sort(key=lambda part: part.depth)
    if not of.parsed.root.children and of.parsed.root.content_type in _BODIES:
        return ()
    others = (part for part in named if not part.disposition and part.content_type not in _BODIES)
    return (*(part for part in named if part.disposition == "inline"), *others)


_BODIES = ("text/plain", "text/html")


def _snippet(of: Message) -> str:
    parsed = of.parsed
    shown = " ".join((parsed.html_text or parsed.text).replace("\ufeff", " ").split())
    octets = shown.encode()
    return shown if len(octets) <= _SNIPPET else octets[:_SNIPPET].decode("utf-8", "ignore") + "..."


def number_of(part: Part) -> str:
    """A part's number here: a message that is one part has 0 for it, not 1."""
    return part.number if part.depth else "0"


def part_of(of: Message, number: str) -> Part | None:
    """The part with that number, if it is no multipart."""
    return next((part for part in of.parsed.parts if number_of(part) == number), None)


def attachment(of: Part) -> AttachmentJSON:
    """A part that is no body."""
    octets = of.content()
    return AttachmentJSON(
        part_id=number_of(of),
        file_name=of.filename or of.content_id,
        content_type=of.content_type,
        content_id=of.content_id,
        size=len(octets),
        checksums=ChecksumsJSON(
            # To compare with, not to trust.
            hashlib.md5(octets, usedforsecurity=False).hexdigest(),
            hashlib.sha1(octets, usedforsecurity=False).hexdigest(),
            hashlib.sha256(octets).hexdigest(),
        ),
    )


def headers(of: Message) -> dict[str, list[str]]:
    """The header fields by name, as they are written but unfolded; names as Go writes them, sorted."""
    found: dict[str, list[str]] = {}
    for field in of.parsed.fields:
        name = "-".join(word.capitalize() for word in field.name.split("-"))
        found.setdefault(name, []).append(clean(unfold(field.raw)))
    return dict(sorted(found.items()))


_LINK = re.compile(r"<\s*([^<>]*?)\s*>")
_COMMENT = re.compile(r"\([^()]*\)")


def _unsubscribe(of: Message) -> UnsubscribeJSON:
    value = of.parsed.header("list-unsubscribe")
    post = of.parsed.header("list-unsubscribe-post") if value else ""
    if not value:
        return UnsubscribeJSON("", (), "", "")
    links = _LINK.findall(_COMMENT.sub("", value))
    good = tuple(link for link in links if re.match(r"(?:mailto:|https?://)[a-z0-9]", link, re.IGNORECASE))
    errors = [
        f'"{link}" should start with either http(s):// or mailto:' for link in links if link not in good
    ]
    if not links:
        errors.append(f'"{value}" no valid unsubscribe links found')
    return UnsubscribeJSON(value, good, ", ".join(errors), post)
