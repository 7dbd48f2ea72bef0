"""What can be read out of a message, piece by piece: for who wants a link or a code and not the whole."""

from __future__ import annotations

from itertools import islice

import msgspec

from .. import present
from ..values import CodeJSON, HeaderJSON, LinkJSON, PartJSON
from .operation import Operations
from .scope import Scope, find

__all__ = ["Attachments", "Codes", "Fields", "Links", "Parts", "operations"]

operations = Operations("Messages")

NOT_FOUND = {404: "No message has that id."}


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The header fields in their order, name and value, decoded and unfolded."""

    headers: tuple[HeaderJSON, ...]


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """The links of the text and HTML bodies in their order, each once."""

    links: tuple[LinkJSON, ...]


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The one-time codes in the bodies, the likeliest first."""

    codes: tuple[CodeJSON, ...]


class Attachments(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that a mail reader offers as files, the first 500."""

    attachments: tuple[PartJSON, ...]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The MIME parts in their order, the first 500; total counts all of them."""

    parts: tuple[PartJSON, ...]
    total: int


@operations.add("GET", "/messages/{id}/headers", query=Scope, answer=Fields, errors=NOT_FOUND)
def get_headers(id: str, query: Scope) -> Fields:  # noqa: A002 - the address names it so
    """Read the header fields."""
    return Fields(headers=present.headers(find(id, query)))


@operations.add("GET", "/messages/{id}/links", query=Scope, answer=Links, errors=NOT_FOUND)
def get_links(id: str, query: Scope) -> Links:  # noqa: A002
    """Read the links in the bodies."""
    return Links(links=present.links(find(id, query)))


@operations.add("GET", "/messages/{id}/codes", query=Scope, answer=Codes, errors=NOT_FOUND)
def get_codes(id: str, query: Scope) -> Codes:  # noqa: A002
    """Read the one-time codes in the bodies."""
    return Codes(codes=present.codes(find(id, query)))


@operations.add("GET", "/messages/{id}/attachments", query=Scope, answer=Attachments, errors=NOT_FOUND)
def get_attachments(id: str, query: Scope) -> Attachments:  # noqa: A002
    """List the attachments; each has the address of its octets."""
    message = find(id, query)
    found = (part for part in message.parsed.parts if part.is_attachment)
    return Attachments(
        attachments=tuple(present.part(part, message.id) for part in islice(found, present.MOST_PARTS))
    )


@operations.add("GET", "/messages/{id}/parts", query=Scope, answer=Parts, errors=NOT_FOUND)
def get_parts(id: str, query: Scope) -> Parts:  # noqa: A002
    """List the MIME parts; each has the address of its octets."""
    message = find(id, query)
    parts = message.parsed.parts
    return Parts(
        parts=tuple(present.part(part, message.id) for part in parts[: present.MOST_PARTS]), total=len(parts)
    )
