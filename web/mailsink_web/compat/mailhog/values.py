"""A message in MailHog's words: the shapes of its JSON, and how they are made of ours.

MailHog shows bodies as they lie in the content, in their transfer encoding. The line end before the final
dot does not count as data there, nor do those before a boundary as the part's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import msgspec

from mailsink.fields import Field
from mailsink.message import Message
from mailsink.mime import Part, clean

__all__ = ["ContentJSON", "MessageJSON", "MimeJSON", "PathJSON", "RawJSON", "message"]

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_BODY = re.compile(rb"\r?\n\r?\n")


class PathJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """A reverse-path or forward-path."""

    relays: list[str] | None
    mailbox: str
    domain: str
    params: str


class ContentJSON(msgspec.Struct, frozen=True):
    """A message or a part: header fields, and the body in its transfer encoding."""

    headers: dict[str, list[str]] = msgspec.field(name="Headers")
    body: str = msgspec.field(name="Body")
    size: int = msgspec.field(name="Size")
    mime: MimeJSON | None = msgspec.field(name="MIME")


class MimeJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """The parts of a multipart."""

    parts: list[ContentJSON]


class RawJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """What the client said."""

    from_: str = msgspec.field(name="From")
    to: list[str]
    data: str
    helo: str


class MessageJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A message."""

    id: str = msgspec.field(name="ID")
    from_: PathJSON = msgspec.field(name="From")
    to: list[PathJSON] = msgspec.field(name="To")
    content: ContentJSON = msgspec.field(name="Content")
    created: dt.datetime = msgspec.field(name="Created")
    mime: MimeJSON | None = msgspec.field(name="MIME")
    raw: RawJSON = msgspec.field(name="Raw")


def message(of: Message) -> MessageJSON:
    """*of*, with the fields among its headers that MailHog adds: they are not in the content."""
    envelope, parsed = of.envelope, of.parsed
    octets = of.content.removesuffix(b"\r\n")
    split = _BODY.search(of.content)
    body = octets[split.end() :] if split and parsed.fields else octets
    headers = _headers(parsed.fields)
    names = {name.lower(): name for name in headers}
    helo, path = clean(of.greeting), clean(envelope.reverse_path)
    if "message-id" not in names:
        headers["Message-ID"] = [of.id]
    came = of.received_at.strftime("%a, %d %b %Y %H:%M:%S %z")
    headers.setdefault(names.get("received", "Received"), []).append(
        f"from {helo} by mailsink (MailHog)\r\n          id {of.id}; {came}"
    )
    headers.setdefault(names.get("return-path", "Return-Path"), []).append(f"<{path}>")
    return MessageJSON(
        id=of.id,
        from_=_path(envelope.reverse_path),
        to=[_path(each) for each in envelope.forward_paths],
        content=ContentJSON(headers, _text(body), len(octets), None),
        created=of.received_at,
        mime=_parts(parsed.root),
        raw=RawJSON(path, [clean(each) for each in envelope.forward_paths], _text(octets), helo),
    )


def _path(path: str) -> PathJSON:
    mailbox, at, domain = path.rpartition("@")
    return PathJSON(None, clean(mailbox if at else domain), clean(domain if at else ""), "")


def _headers(fields: Iterable[Field]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for field in fields:
        name = spelled.setdefault(field.name.lower(), field.name)
        found.setdefault(name, []).append(clean(_FOLD.sub("", field.raw).strip(" \r\n")))
    return found


def _parts(of: Part) -> MimeJSON | None:
    if not of.children:
        return None
    return MimeJSON([_part(child) for child in of.children])


def _part(of: Part) -> ContentJSON:
    octets = of.raw().rstrip(b"\r\n")
    return ContentJSON(_headers(of.fields), _text(octets), len(octets), _parts(of))


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")
