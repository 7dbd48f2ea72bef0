"""Mailpit's checks, and its release: what can be said of a message without asking anybody.

Mailpit asks the servers that a mail links to, a SpamAssassin and a table of mail readers. Nothing leaves
this machine, and no table is kept: the shapes are Mailpit's, and say that nothing was asked.
"""

from __future__ import annotations

import msgspec
from flask import Response

from mailsink.markup import Tag, tokens

from ..peer import PeerError, json
from .shared import find, peer

__all__ = ["HtmlCheckJSON", "LinkCheckJSON", "SpamCheckJSON"]

_NOT_ASKED = "not checked: mailsink contacts no other server"
# Links of one answer, as Mailpit's.
_LINKS = 100


class TotalJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """How much was tested: nothing."""

    tests: int
    nodes: int
    supported: float
    partial: float
    unsupported: float


class HtmlCheckJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """What mail readers do not show: nothing is known of it."""

    warnings: list[str]
    platforms: dict[str, list[str]]
    total: TotalJSON


class LinkJSON(msgspec.Struct, frozen=True):
    """A link, and what was found at it."""

    url: str = msgspec.field(name="URL")
    status_code: int = msgspec.field(name="StatusCode")
    status: str = msgspec.field(name="Status")


class LinkCheckJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """The links of a message."""

    errors: int
    links: list[LinkJSON]


class SpamCheckJSON(msgspec.Struct, frozen=True, rename="pascal"):
    """What a spam filter says."""

    is_spam: bool
    error: str
    score: float
    rules: list[str]


@peer.route("GET", "/api/v1/message/<id>/html-check")
def check_html(id: str) -> Response:  # noqa: A002 - the address names it so
    html = find(id).html
    if not html:
        raise PeerError(400, "message does not contain HTML")
    total = TotalJSON(tests=0, nodes=_nodes(html), supported=0.0, partial=0.0, unsupported=0.0)
    return json(HtmlCheckJSON(warnings=[], platforms={}, total=total))


@peer.route("GET", "/api/v1/message/<id>/link-check")
def check_links(id: str) -> Response:  # noqa: A002
    links = [link.url for link in find(id).links if link.url.lower().startswith(("http://", "https://"))]
    return json(LinkCheckJSON(errors=0, links=[LinkJSON(url, 0, _NOT_ASKED) for url in links[:_LINKS]]))


@peer.route("GET", "/api/v1/message/<id>/sa-check")
def check_spam(id: str) -> Response:  # noqa: A002
    find(id)
    return json(SpamCheckJSON(is_spam=False, error=_NOT_ASKED, score=0.0, rules=[]))


@peer.route("POST", "/api/v1/message/<id>/release")
def release(id: str) -> Response:  # noqa: A002
    find(id)
    raise PeerError(400, "Nothing leaves this machine: mailsink releases no message.")


def _nodes(html: str) -> int:
    """The elements, without those that frame a document."""
    tags = (token for token in tokens(html) if isinstance(token, Tag) and not token.is_end)
    return sum(tag.name not in ("html", "head", "meta", "body") for tag in tags)
