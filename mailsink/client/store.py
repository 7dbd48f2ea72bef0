"""A server's messages as a store: everything that works over a store works over HTTP.

Knows the API's addresses and shapes. Nothing is kept here; each call asks the server.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from ..clock import moment_of
from ..errors import RequestError, StoreError
from ..message import Message
from ..model import Session
from ..query import Query
from ..store.contract import Counts, Done, Page, Store
from .http import Http, segment
from .listing import PAGE, Listing
from .message import RemoteMessage, details_of, remote, summary_of
from .narrow import Search, search_of
from .stream import RemoteEvents

__all__ = ["RemoteStore"]

# Ids in one request, so that its line stays below 8 kB.
IDS = 200


class RemoteStore(Store):
    """What the server of *http* keeps. A method raises RequestError where it cannot be asked."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._listing = listing = Listing(http)
        events = RemoteEvents(http, listing.present)
        super().__init__(events)
        # The thread that follows the events must not keep this alive.
        self._finalizer = weakref.finalize(self, _close, events, http)

    @property
    def description(self) -> str:
        return self._http.url

    def add(self, message: Message, done: Done) -> None:  # noqa: ARG002
        done(StoreError(f"{self._http.url} takes mail by SMTP; a client keeps none"))

    def get(self, message_id: str) -> Message | None:
        return self._whole(message_id, None)

    def latest(self, *, inbox: str | None = None) -> Message | None:
        return self._whole("latest", inbox)

    def page(
        self, *, inbox: str | None = None, query: Query | None = None, limit: int = 50, before: str = ""
    ) -> Page:
        search = search_of(query)
        if search.exact and 0 < limit <= PAGE:
            data = self._listing.page(search, inbox, limit, before)
            return Page(summaries=tuple(map(summary_of, data["messages"])), next=data["next"])
        found = self._matching(query, search, self._listing.summaries(search, inbox, before))
        some = list(islice(found, max(limit, 0) + 1))
        shown = some[: max(limit, 0)]
        more = len(some) > limit > 0
        return Page(summaries=tuple(m.summary for m in shown), next=shown[-1].id if more else None)

    def scan(
        self,
        *,
        inbox: str | None = None,
        after: str = "",
        query: Query | None = None,
        newest_first: bool = False,
    ) -> Iterator[Message]:
        search = search_of(query)
        messages = self._listing.summaries(search, inbox, after=after)
        return self._matching(query, search, messages if newest_first else reversed([*messages]))

    def counts(self, *, inbox: str | None = None, query: Query | None = None) -> Counts:
        search = search_of(query)
        if search.exact:
            data = self._listing.page(search, inbox, 1, "")
            return Counts(total=data["total"], unread=data["unread"])
        unread = [not m.read for m in self.scan(inbox=inbox, query=query, newest_first=True)]
        return Counts(total=len(unread), unread=sum(unread))

    def inboxes(self) -> dict[str, Counts]:
        found = self._http.json("GET", "/inboxes")["inboxes"]
        return {one["name"]: Counts(total=one["total"], unread=one["unread"]) for one in found}

    def mark(
        self,
        ids: Collection[str],
        *,
        read: bool | None = None,
        starred: bool | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> int:
        marks = {"read": read, "starred": starred, "tags": tags}
        if all(value is None for value in marks.values()):
            return sum(self.get(one) is not None for one in ids)
        return sum(
            self._http.json("PATCH", "/messages", body={"ids": some, **marks})["changed"]
            for some in _portions(ids)
        )

    def mark_all_read(self, *, inbox: str | None = None) -> int:
        body = {"inbox": inbox, "q": "is:unread", "read": True}
        return int(self._http.json("PATCH", "/messages", body=body)["changed"])

    def delete(self, ids: Collection[str]) -> int:
        return sum(
            self._http.json("DELETE", "/messages", {"ids": ",".join(some)})["deleted"]
            for some in _portions(ids)
        )

    def clear(self, *, inbox: str | None = None) -> int:
        return int(self._http.json("DELETE", "/messages", {"inbox": inbox})["deleted"])

    def put_session(self, session: Session) -> None:
        """Nothing: the server keeps its own."""

    def session(self, session_id: str) -> Session | None:
        data = self._found(f"/sessions/{segment(session_id)}", None) if session_id else None
        return None if data is None else _session(data)

    def sessions(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        return tuple(map(_session, self._listed_sessions(limit, before, {"full": "true"})))

    def session_ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        return tuple(one["id"] for one in self._listed_sessions(limit, before, {}))

    def _listed_sessions(self, limit: int, before: str, words: Mapping[str, str]) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = before
        while cursor is not None and len(found) < limit:
            query = {"limit": min(limit - len(found), PAGE), "cursor": cursor or None, **words}
            data = self._http.json("GET", "/sessions", query)
            found += data["sessions"]
            cursor = data["next"]
        return found

    def own(self, ids: Collection[str], inbox: str) -> list[str]:
        """Those of *ids* that are in *inbox*."""
        found: list[str] = []
        for some in _portions(ids, 50):
            search = Search(" OR ".join(f'id:"{one}"' for one in some if one.isalnum()), exact=True)
            if search.text:
                found += (one["id"] for one in self._listing.page(search, inbox, PAGE, "")["messages"])
        return found

    def close(self) -> None:
        self._finalizer()

    # how messages are fetched

    def _whole(self, message_id: str, inbox: str | None) -> Message | None:
        """A message with all that belongs to it: what is fetched now cannot be gone later."""
        if not message_id:
            return None
        data = self._found(f"/messages/{segment(message_id)}", inbox)
        if data is None:
            return None
        message = remote(summary_of(data), self._listing.fetching(data["id"]))
        message._known.update(details_of(data))
        try:
            message.load()
        except RequestError as error:
            if error.status == 404:
                return None
            raise
        return message

    def _found(self, path: str, inbox: str | None) -> Any:
        """The JSON at *path*, or ``None`` where there is nothing of that id."""
        try:
            return self._http.json("GET", path, {"inbox": inbox})
        except RequestError as error:
            if error.status == 404:
                return None
            raise

    @staticmethod
    def _matching(
        query: Query | None, search: Search, messages: Iterator[RemoteMessage]
    ) -> Iterator[Message]:
        """Those of *messages* that *query* matches, the search having been a wider one if not exact."""
        for message in messages:
            if query is None or search.exact or _matches(query, message):
                yield message


def _close(events: RemoteEvents, http: Http) -> None:
    events.close()
    http.close()


def _session(data: Any) -> Session:
    """A session out of the API's JSON."""
    import msgspec

    # Asked where freezegun has put a class of its own in the place of datetime.
    session = msgspec.convert(data, Session, dec_hook=lambda _, text: moment_of(text))
    # A sequence is read as a list, which is equal to no transcript and can be changed.
    return replace(session, transcript=tuple(session.transcript))


def _matches(query: Query, message: Message) -> bool:
    try:
        return query.matches(message)
    except RequestError as error:
        if error.status == 404:
            # Deleted since it was listed.
            return False
        raise


def _portions(ids: Collection[str], size: int = IDS) -> Iterator[tuple[str, ...]]:
    rest = iter(ids)
    while some := tuple(islice(rest, size)):
        yield some
