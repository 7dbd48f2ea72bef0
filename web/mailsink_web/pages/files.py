"""The files of a message: how each can be shown in a page, and by which digest it is known."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from mailsink.message import Message
from mailsink.mime import Part, parse

from ..attached import TYPES
from ..invitation import Invitation, invitation

__all__ = ["MAX_TEXT", "File", "Kind", "Shown", "files_of", "first_invitation", "kind_of", "shown_file"]

Kind = Literal["image", "text", "html", "pdf", "calendar", "message", "audio", "video", ""]

# Characters of a text that a page shows; the rest is in the file.
MAX_TEXT = 200_000

# SVG is drawn as a picture: there, a browser runs no script in it and loads nothing for it.
_IMAGE = re.compile(r"image/(png|jpe?g|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon|svg\+xml)")
_TEXT = re.compile(r"text/.+|message/(delivery-status|disposition-notification|feedback-report)")
_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/yaml", "application/sql"}) | {
    # Both are armoured, that is text (RFC 3156 §4 and §5).
    "application/pgp-signature",
    "application/pgp-encrypted",
}
_CALENDAR = frozenset({"text/calendar", "application/ics"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A part that is a file: *name* for people, *sha256* of its decoded octets, in hexadecimal."""

    part: Part
    name: str
    kind: Kind
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The part that is opened; *text* is its beginning where its kind is text, *is_cut* if there is more."""

    part: Part
    name: str
    kind: Kind
    text: str = ""
    is_cut: bool = False
    calendar: Invitation | None = None


def kind_of(part: Part) -> Kind:
    """How a page can show *part*, by its type alone; ``""``: not at all."""
    kind = part.content_type
    if part.is_multipart:
        return ""
    if kind in TYPES:
        return "message"
    if kind in _CALENDAR:
        return "calendar"
    if kind == "text/html":
        return "html"
    if kind == "application/pdf":
        return "pdf"
    if _IMAGE.fullmatch(kind):
        return "image"
    if _TEXT.fullmatch(kind) or kind in _TEXT_TYPES or kind.endswith(("+json", "+xml")):
        return "text"
    return "audio" if kind.startswith("audio/") else "video" if kind.startswith("video/") else ""


def files_of(message: Message) -> list[File]:
    """The parts that a reader would see as files, and those that the text shows."""
    return [_file(part) for part in message.parsed.parts if part.is_attachment or part.is_inline]


def shown_file(message: Message, number: str) -> Shown | None:
    """The part of that number, ready to be shown; ``None`` if there is none that can be."""
    part = message.parsed.part(number) if number else None
    kind = kind_of(part) if part is not None else ""
    if part is None or not kind:
        return None
    name = _name(part)
    if kind == "calendar":
        return Shown(part=part, name=name, kind=kind, calendar=invitation(part.text()))
    if kind != "text":
        return Shown(part=part, name=name, kind=kind)
    text = part.text()
    return Shown(part=part, name=name, kind=kind, text=text[:MAX_TEXT], is_cut=len(text) > MAX_TEXT)


def first_invitation(message: Message) -> Invitation | None:
    """What the first calendar file of *message* says, if it says anything."""
    part = next((part for part in message.parsed.parts if part.content_type in _CALENDAR), None)
    found = invitation(part.text()) if part is not None else None
    return found if found is not None and found.events else None


def _file(part: Part) -> File:
    octets = part.content()
    digest = hashlib.sha256(octets).hexdigest()
    return File(part=part, name=_name(part), kind=kind_of(part), sha256=digest, size=len(octets))


def _name(part: Part) -> str:
    # A message without a file name is known by its subject.
    subject = parse(part.content()).subject if part.content_type in TYPES and not part.filename else ""
    return part.filename or subject or f"part {part.number}"
