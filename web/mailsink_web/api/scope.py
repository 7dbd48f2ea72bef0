"""Which messages a request is about: an inbox or all, narrowed by a search, or one by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from mailsink import query_text
from mailsink.inbox import Inbox
from mailsink.message import Message
from mailsink.query import EVERYTHING, Query

from ..context import sink
from ..values import Moment
from .problem import RefusedError

__all__ = [
    "After",
    "ClientText",
    "IdCursor",
    "InboxName",
    "NumberCursor",
    "Scope",
    "SearchText",
    "Since",
    "find",
    "ids_of",
    "inbox_of",
    "query_of",
    "refuse_empty_choice",
]

InboxName = Annotated[
    str | None, msgspec.Meta(description="The inbox's name; all inboxes when it is left out.")
]
SearchText = Annotated[
    str,
    msgspec.Meta(
        max_length=10_000,
        description="A search, as in the search box; every message when it is left out.",
        examples=["subject:welcome rcpt:ada@example.org"],
    ),
]

ClientText = Annotated[
    str,
    msgspec.Meta(
        max_length=200,
        description="A piece of its name in HELO, its address, its user, or a path in an envelope.",
    ),
]
Since = Annotated[Moment | None, msgspec.Meta(description="Leave out what was before that time.")]


After = Annotated[
    str,
    msgspec.Meta(
        pattern="^([0-9A-Za-z]{22}|latest)?$",
        title="a message's id, or latest",
        description="Leave out the messages up to this id, with `latest` all that are here now.",
    ),
]


def _cursor(pattern: str) -> msgspec.Meta:
    """A cursor that is none would begin anew, and a script that follows pages would never end."""
    words = "The `next` of the page before."
    return msgspec.Meta(pattern=pattern, title="the next of the page before", description=words)


IdCursor = Annotated[str, _cursor("^([0-9A-Za-z]{22})?$")]
NumberCursor = Annotated[str, _cursor("^[0-9]{0,18}$")]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox and a search."""

    inbox: InboxName = None
    q: SearchText = ""


def refuse_empty_choice(given: Mapping[str, Any]) -> None:
    """Raise RefusedError (400) where *given* says ``q`` or ``inbox``, and says nothing.

    To a search, nothing means everything. In what deletes or marks it is rather a script's variable that was
    never set.
    """
    for name in ("q", "inbox"):
        text = given.get(name)
        if text is not None and not text.strip():
            raise RefusedError(400, f"{name} is empty. Give it a value, or leave it out.", field=name)


def inbox_of(name: str | None) -> Inbox:
    """The inbox, or all as one."""
    return sink().everything if name is None else sink().inboxes[name]


def query_of(text: str) -> Query:
    """The search as a query. Raises QueryError."""
    return query_text.parse(text) if text.strip() else EVERYTHING


def find(message_id: str, scope: Scope) -> Message:
    """The message with that id, ``latest`` included, if it is in *scope*. Raises RefusedError (404)."""
    inbox, query = inbox_of(scope.inbox), query_of(scope.q)
    if message_id == "latest" and scope.q.strip():
        newest = inbox.list(query, limit=1).summaries
        message = inbox.get(newest[0].id) if newest else None
    else:
        message = inbox.get(message_id)
    if message is None or not query.matches(message):
        raise RefusedError(404, _missing(message_id, scope), field="id")
    return message


def _missing(message_id: str, scope: Scope) -> str:
    where = f" in the inbox {scope.inbox!r}" if scope.inbox is not None else ""
    which = f" that matches {scope.q!r}" if scope.q.strip() else ""
    if message_id == "latest":
        return f"There is no message{where}{which} yet."
    return f"There is no message with the id {message_id[:80]!r}{where}{which}; it may have been deleted."


def ids_of(scope: Scope) -> list[str]:
    """The ids of the messages in *scope*, newest first."""
    return inbox_of(scope.inbox).ids(query_of(scope.q))
