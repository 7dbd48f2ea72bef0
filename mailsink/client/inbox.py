"""An inbox of a running server: the verbs of `Inbox`, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..attempts import Attempt, Mailing
from ..clock import moment_of
from ..errors import ExpectationError, RequestError
from ..inbox import SETTLE, Inbox
from ..model import Envelope, Reply, Transaction
from ..query import query_of
from ..sessions import Sessions
from ..waiting import verb_of
from .faults import RemotePlan
from .http import Http, segment
from .judging import after_waiting, written
from .message import RemoteMessage
from .store import RemoteStore

if TYPE_CHECKING:
    import datetime as dt

    from ..message import Message
    from ..model import Session
    from ..query import Query, Words
    from ..waiting import Outcome, Waiter

__all__ = ["RemoteInbox"]

# The most that the API gives at once.
MOST_MAILINGS = 1000
# The most messages that the API answers at once.
MOST_JUDGED = 1000
# As many as a failure's text compares.
COMPARED = 100


class RemoteSessions(Sessions):
    """Every connection that the server of *store* took, open and ended."""

    def __init__(self, store: RemoteStore) -> None:
        self._store = store

    def get(self, session_id: str) -> Session | None:
        return self._store.session(session_id)

    def list(self, *, limit: int = 100, before: str = "") -> tuple[Session, ...]:
        """As `Sessions.list`; a request for each hundred."""
        return self._store.sessions(limit=limit, before=before)

    def ids(self, *, limit: int = 100, before: str = "") -> tuple[str, ...]:
        return self._store.session_ids(limit=limit, before=before)

    def began_at(self, message: Message) -> dt.datetime:
        session = self.get(message.session_id)
        for transaction in () if session is None else session.transactions:
            if transaction.message_id == message.id:
                return transaction.started_at
        return message.received_at


class RemoteInbox(Inbox):
    """The messages of one inbox of a server; ``name=None`` is all inboxes together.

    A method raises RequestError where the server cannot be asked.
    """

    def __init__(self, http: Http, store: RemoteStore, name: str | None) -> None:
        super().__init__(store, name, sessions=RemoteSessions(store), plan=RemotePlan(http))
        self._http = http
        self._remote = store
        self.advice = "await mailsink.AsyncClient(...).{verb}(...)"

    @property
    def sessions(self) -> RemoteSessions:
        """Every connection that the server took, of any inbox."""
        return RemoteSessions(self._remote)

    def wait_idle(self, timeout: float = SETTLE) -> bool:
        """Let the server wait until nobody is in the middle of sending, for at most a quarter of a second.

        Whether it is so without a wait only the server knows: false if *timeout* is 0.
        """
        if timeout:
            # Nothing has this id: it looks, waits for who sends, and looks again.
            self._http.json("POST", "/assert", body=self._here({"id": "-", "count": 0}))
        return bool(timeout)

    def exactly(
        self, waiter: Waiter, count: int, timeout: float, *, stop: Callable[[], bool] | None = None
    ) -> Outcome:
        outcome = waiter.wait(count or 1, timeout, stop=stop)
        if len(outcome.matched) == count and self.settle:
            self.wait_idle(self.settle)
            # Anew, because what the stream tells may still be under way.
            with self.waiter(waiter.query) as again:
                outcome = replace(again.wait(count, 0), waited=outcome.waited)
        return replace(outcome, complete=len(outcome.matched) == count)

    def _expect(self, words: Words, count: int, timeout: float) -> tuple[Message, ...]:
        """As that of `Inbox`, judged by the server; here where JSON has no word for it, as for a part."""
        conditions = written(words) if self.store is self._remote else None
        if conditions is None or not self.settle or count > MOST_JUDGED:
            return super()._expect(words, count, timeout)
        with self.waiter(query_of(**words), verb=verb_of(count)) as waiter:
            outcome = waiter.wait(count or 1, timeout)
        asked = self._here({**conditions, "count": count, "timeout": 0})
        try:
            found = self._http.json("POST", "/assert", body=asked)["messages"]
        except RequestError as error:
            if error.status != 409:
                raise
            raise ExpectationError(after_waiting(str(error), outcome.waited)) from None
        here = {message.id: message for message in outcome.matched}
        messages = (here.get(one["id"]) or self.get(one["id"]) for one in found)
        return tuple(message for message in messages if message is not None)

    def _here(self, body: dict[str, Any]) -> dict[str, Any]:
        return body if self.name is None else {**body, "inbox": self.name}

    def attempts(self) -> tuple[Mailing, ...]:
        """Every try to send to this inbox, grouped by the mail, oldest first; of the newest 1000 mails."""
        query = {"inbox": self.name, "limit": MOST_MAILINGS}
        found = self._http.json("GET", "/attempts", query)["mailings"]
        return tuple(_mailing(one) for one in reversed(found))

    def get_json(self, message_id: str) -> dict[str, Any]:
        """A message in full as the API gives it, ``"latest"`` included. Raises RequestError (404)."""
        query = {"inbox": self.name}
        found: dict[str, Any] = self._http.json("GET", f"/messages/{segment(message_id)}", query)
        return found

    def list_json(self, text: str = "", *, limit: int = 50, before: str = "") -> dict[str, Any]:
        """A page of the messages that the search *text* finds, as the API gives it; *limit* at most 500."""
        query = {"q": text or None, "inbox": self.name, "limit": limit, "cursor": before or None}
        found: dict[str, Any] = self._http.json("GET", "/messages", query)
        return found

    def _own(self, ids: Collection[str]) -> Collection[str]:
        return ids if self.name is None else self._remote.own(ids, self.name)

    def _was_visited(self) -> bool:
        """True: to find it out would cost a request for each session."""
        return True

    def explain(self, query: Query, count: int, outcome: Outcome) -> str:
        """As `Inbox.explain`, of what is still there."""
        newest = sorted(outcome.others, key=lambda message: message.id)[-COMPARED:]
        listeners = self._http.json("GET", "/health")["smtp"]
        self._listeners = tuple(
            _address(x) for x in listeners if self.name is None or x["inbox"] in (None, self.name)
        )
        return super().explain(query, count, replace(outcome, others=tuple(filter(_is_there, newest))))


def _is_there(message: Message) -> bool:
    """Whether *message* can be looked at: it may have been deleted since it was listed."""
    if isinstance(message, RemoteMessage):
        try:
            message.load()
        except RequestError as error:
            if error.status == 404:
                return False
            raise
    return True


def _address(listener: Mapping[str, Any]) -> str:
    from ..sockets import format_address

    return format_address(listener["host"], listener["port"])


def _mailing(data: Mapping[str, Any]) -> Mailing:
    return Mailing(key=data["key"], attempts=tuple(map(_attempt, data["attempts"])))


def _attempt(data: Mapping[str, Any]) -> Attempt:
    import msgspec

    at = moment_of(data["at"])
    reply = msgspec.convert(data["reply"], Reply | None)
    transaction = Transaction(
        envelope=msgspec.convert(data["envelope"], Envelope),
        started_at=at,
        reply=reply,
        message_id=data["message_id"],
        faults=tuple(data["faults"]),
    )
    return Attempt(
        at=at, session_id=data["session_id"], transaction=transaction, reply=reply, interval=data["interval"]
    )
