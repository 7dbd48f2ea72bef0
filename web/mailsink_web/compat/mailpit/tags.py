"""Mailpit's operations on tags: list, set, rename, delete."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from flask import Response

from mailsink.conditions import caseless
from mailsink.inbox import Inbox
from mailsink.mime import clean
from mailsink.query import Query, Term

from ...tagging import Tags, retag
from ..peer import PeerError, inbox, text
from ..reading import body_octets, read_json
from .shared import OK, peer

__all__ = ["cleaned", "tags_of"]

_TAGGED = Term(field="is", source="tag", kind="present")
_NOT_IN_A_TAG = re.compile(r"[^a-zA-Z0-9\- _.@]+")
_LONGEST = 100


class TagsBody(msgspec.Struct, frozen=True):
    """Which tags which messages are to have."""

    tags: list[str] = []
    ids: list[str] = []


class NameBody(msgspec.Struct, frozen=True):
    """The new name of a tag."""

    name: str = ""


def tags_of(messages: Inbox) -> dict[str, int]:
    """Each tag of *messages* with how many have it, by name."""
    found: Counter[str] = Counter()
    for _, tags in _tagged(messages, _TAGGED):
        found.update(map(clean, tags))
    return dict(sorted(found.items(), key=lambda item: caseless(item[0])))


def _tagged(messages: Inbox, query: Query) -> Iterable[tuple[str, Tags]]:
    """The id and the tags of each message that matches."""
    cursor: str | None = ""
    while cursor is not None:
        page = messages.list(query, limit=500, before=cursor)
        yield from ((summary.id, summary.tags) for summary in page.summaries)
        cursor = page.next


def cleaned(tags: Iterable[str]) -> tuple[str, ...]:
    """*tags* as Mailpit keeps them: other characters are spaces, and each is there once in any case."""
    found: dict[str, str] = {}
    for tag in tags:
        name = " ".join(_NOT_IN_A_TAG.sub(" ", tag).split())[:_LONGEST].strip()
        if name:
            found.setdefault(caseless(name), name)
    return tuple(found[key] for key in sorted(found))


@peer.route("GET", "/api/v1/tags")
def get_tags() -> list[str]:
    return list(tags_of(inbox()))


@peer.route("PUT", "/api/v1/tags")
def set_tags() -> Response:
    body = read_json(TagsBody, body_octets())
    if body.ids:
        inbox().mark(body.ids, tags=cleaned(body.tags))
    return text(OK, media="text/plain")


@peer.route("PUT", "/api/v1/tags/<tag>")
def rename_tag(tag: str) -> Response:
    named = cleaned([read_json(NameBody, body_octets()).name])
    if not named:
        raise PeerError(400, f"A tag has letters, digits, spaces and - _ . @, at most {_LONGEST} of them.")
    if caseless(named[0]) in map(caseless, tags_of(inbox())) and caseless(named[0]) != caseless(tag):
        raise PeerError(400, f"tag already exists: {named[0]}")
    _change(tag, lambda others: cleaned((*others, *named)))
    return text(OK, media="text/plain")


@peer.route("DELETE", "/api/v1/tags/<tag>")
def delete_tag(tag: str) -> Response:
    _change(tag, lambda others: others)
    return text(OK, media="text/plain")


def _change(tag: str, change: Callable[[Tags], Tags]) -> None:
    """Give each message with *tag* what *change* makes of its other tags. Raises PeerError (400)."""
    wanted = Term(field="tag", source="tag", kind="is_caseless", expected=tag)
    if not retag(inbox(), _tagged(inbox(), wanted), tag, change):
        raise PeerError(400, f"tag not found: {tag}")
