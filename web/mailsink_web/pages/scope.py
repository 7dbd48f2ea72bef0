"""What a page is about: an inbox or all of them, a search, a place in the list; and its addresses.

The state is in the URL: whoever gets the link sees the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from flask import request

from mailsink import query_text
from mailsink.errors import QueryError
from mailsink.inbox import Inbox
from mailsink.query import EVERYTHING, Query

from ..addresses import at
from ..context import sink

__all__ = ["Scope", "local_path"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """*inbox* is ``None`` for all, *q* the search as typed, *before* a cursor (``""``: the first page).

    *error* says what is wrong with *q*; *query* is then everything.
    """

    inbox: str | None = None
    q: str = ""
    before: str = ""
    query: Query = EVERYTHING
    error: QueryError | None = None

    @classmethod
    def of_request(cls) -> Scope:
        """The scope that the address, or the form, names."""
        given = request.values
        return cls.of(inbox=given.get("inbox"), q=given.get("q", ""), before=given.get("before", ""))

    @classmethod
    def of(cls, *, inbox: str | None = None, q: str = "", before: str = "") -> Scope:
        q = q.strip()[:10_000]
        try:
            query, error = query_text.parse(q) if q else EVERYTHING, None
        except QueryError as wrong:
            query, error = EVERYTHING, wrong
        return cls(inbox=inbox or None, q=q, before=before, query=query, error=error)

    @property
    def box(self) -> Inbox:
        """The inbox to read from."""
        return sink().everything if self.inbox is None else sink().inboxes[self.inbox]

    @property
    def words(self) -> dict[str, str]:
        """What an address must carry to keep this scope, the place in the list aside."""
        return {k: v for k, v in (("inbox", self.inbox or ""), ("q", self.q)) if v}

    @property
    def list_url(self) -> str:
        """The address of the list, at this place in it."""
        return self.at(self.before)

    @property
    def first_url(self) -> str:
        """The address of the list's first page."""
        return self.at("")

    @property
    def everything_url(self) -> str:
        """The address of the list without the search."""
        return at("/", {"inbox": self.inbox or ""})

    def at(self, before: str) -> str:
        """The address of the page of the list that begins before that cursor."""
        return at("/", {**self.words, "before": before})

    def message_url(self, message_id: str, **more: str) -> str:
        """The address of a message, shown beside this list."""
        return at(f"/messages/{quote(message_id, safe='')}", {**self.words, "before": self.before, **more})

    def test_url(self, message_id: str, **more: str) -> str:
        """The address of a message as a test."""
        return at(f"/messages/{quote(message_id, safe='')}/as-test", {**self.words, **more})

    def undoable(self, url: str, token: str) -> str:
        """*url*, where the page is to offer the undoing that *token* does."""
        return f"{url}{'&' if '?' in url else '?'}undo={token}" if token else url

    def searching(self, q: str) -> str:
        """The address of another search in the same inbox."""
        return at("/", {"inbox": self.inbox or "", "q": q})


def local_path(path: str) -> str:
    """*path* if it is one of this server's, else the inbox: a form must not lead away."""
    # A browser takes // and /\ for the beginning of a host name, and drops controls before it looks.
    fine = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if fine else at("/")
