"""The lists of messages that a server gives, page by page, and how the rest of each is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .http import Http, segment
from .message import RemoteMessage, details_of, remote, summary_of
from .narrow import Search

__all__ = ["PAGE", "Listing"]

# The most that the API gives at once.
PAGE = 500
_EVERYTHING = Search("", exact=True)


class Listing:
    """The messages of the server of *http*, found by a search, newest first."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def page(self, search: Search, inbox: str | None, limit: int, cursor: str) -> Any:
        """One page, as the API gives it."""
        query = {"q": search.text or None, "inbox": inbox, "limit": limit, "cursor": cursor or None}
        return self._http.json("GET", "/messages", query)

    def summaries(
        self, search: Search, inbox: str | None, before: str = "", *, after: str = ""
    ) -> Iterator[RemoteMessage]:
        """What *search* finds from the cursor *before* down to the id *after*; contents come later."""
        cursor: str | None = before
        while cursor is not None:
            data = self.page(search, inbox, PAGE, cursor)
            for one in data["messages"]:
                if one["id"] <= after:
                    return
                yield remote(summary_of(one), self.fetching(one["id"]))
            cursor = data["next"]

    def present(self) -> list[tuple[str, str]]:
        """Inbox and id of every message, oldest first."""
        return [(one.inbox, one.id) for one in self.summaries(_EVERYTHING, None)][::-1]

    def fetching(self, message_id: str) -> Callable[[str], Mapping[str, Any]]:
        """What fetches the ``"content"`` or the ``"details"`` of a message."""
        path = f"/messages/{segment(message_id)}"

        def fetch(what: str) -> Mapping[str, Any]:
            if what == "content":
                return {"content": self._http.ask("GET", f"{path}/content")}
            return details_of(self._http.json("GET", path))

        return fetch
