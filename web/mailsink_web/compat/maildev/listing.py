"""MailDev's lists: all mails narrowed by members of their JSON, or a page of summaries."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request

from mailsink.query import EVERYTHING, All, Query
from mailsink.query_text import parse, phrase

from ..listing import MOST, widened, window
from ..peer import inbox
from ..reading import number
from .shared import route
from .values import email, summary

__all__ = ["matches"]

# Parameters that are no members of a mail.
_PAGING = frozenset({"skip", "limit", "sort"})
_LIMIT, _MOST = 50, 200


@route("GET", "/email")
def list_emails() -> list[dict[str, Any]]:
    """Oldest first, unless asked otherwise; of more than the bound the newest."""
    skip, limit = number("skip", 0), number("limit", MOST)
    wanted = {name: value for name, value in request.args.items() if name not in _PAGING}
    newest_first = request.args.get("sort") == "desc"
    if wanted:
        found = [made for made in map(email, window(inbox(), None, 0, MOST)) if matches(made, wanted)]
        return (found if newest_first else found[::-1])[skip : skip + limit]
    if newest_first:
        return [email(message) for message in window(inbox(), None, skip, limit)]
    total = min(inbox().counts().total, MOST)
    shown = max(min(limit, total - skip), 0)
    return [email(message) for message in window(inbox(), None, total - skip - shown, shown)][::-1]


@route("GET", "/email/summary")
def list_summaries() -> dict[str, Any]:
    skip, limit = number("skip", 0), number("limit", _LIMIT, least=1, most=_MOST)
    query = _query()
    matching, everything = inbox().counts(query), inbox().counts()
    oldest_first = request.args.get("sort") == "asc"
    start, shown = skip, limit
    if oldest_first:
        shown = max(min(limit, matching.total - skip), 0)
        start = max(matching.total - skip - shown, 0)
    items = [summary(message) for message in window(inbox(), query, start, shown)]
    return {
        "items": items[::-1] if oldest_first else items,
        "total": matching.total,
        "storeTotal": everything.total,
        "unread": everything.unread,
        "skip": skip,
        "limit": limit,
    }


def _query() -> Query:
    queries = []
    if search := request.args.get("search", "").strip():
        queries.append(widened(parse(phrase(search))))
    if request.args.get("unread") == "true":
        queries.append(parse("is:unread"))
    return All(tuple(queries)) if queries else EVERYTHING


def matches(made: dict[str, Any], wanted: dict[str, str]) -> bool:
    """Whether each member that *wanted* names has that value; dots lead into members of members.

    One in a list is enough. Values are compared as JavaScript writes them.
    """
    return all(value in _at(made, path.split(".")) for path, value in wanted.items())


def _at(value: Any, path: list[str]) -> list[str]:
    """The values at *path*, as they are written."""
    if isinstance(value, list):
        return [found for each in value for found in _at(each, path)]
    if path:
        # A header field's name may have dots in it; the longest name that is there is meant.
        for end in range(len(path), 0, -1):
            name = ".".join(path[:end])
            if isinstance(value, dict) and name in value:
                return _at(value[name], path[end:])
        return []
    return [value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')]
