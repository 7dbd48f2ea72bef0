"""Messages over the API: list, read, mark, delete."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .. import present
from ..context import sink
from ..values import MessageJSON, SummaryJSON
from .operation import Operations
from .problem import RefusedError
from .scope import (
    IdCursor,
    InboxName,
    Scope,
    SearchText,
    find,
    ids_of,
    inbox_of,
    query_of,
    refuse_empty_choice,
)

__all__ = ["Changed", "Deleted", "MessagePage", "operations"]

operations = Operations("Messages")

NOT_FOUND = {404: "No message has that id."}

Tags = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=100)], ...],
    msgspec.Meta(
        max_length=100,
        title="a list of at most 100 texts, each of 1 to 100 characters,",
        description="The message's tags; they replace those it has.",
    ),
]
Read = Annotated[bool | None, msgspec.Meta(description="Whether it counts as read; null leaves it.")]
Starred = Annotated[bool | None, msgspec.Meta(description="Whether it is starred; null leaves it.")]


class ListQuery(Scope, frozen=True, kw_only=True):
    """Which page of which messages."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="How many messages at most.")] = 50
    cursor: IdCursor = ""


class DeleteQuery(Scope, frozen=True, kw_only=True):
    """Which messages to delete."""

    ids: Annotated[str | None, msgspec.Meta(description="Ids, parted by commas, instead of a search.")] = None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, newest first; next is the cursor of the page after, or null.

    Total and unread count all that match, not only this page.
    """

    messages: tuple[SummaryJSON, ...]
    next: str | None
    total: int
    unread: int


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages were deleted."""

    deleted: int


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages the change was made to."""

    changed: int


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a message."""

    read: Read = None
    starred: Starred = None
    tags: Tags | None = None


class Change(Marks, frozen=True, kw_only=True):
    """What to change of which messages: those with the *ids*, or those of *inbox* that *q* finds.

    One of the three must be there, and none may be empty.
    """

    ids: tuple[str, ...] | None = None
    q: SearchText | None = None
    inbox: InboxName = None


@operations.add("GET", "/messages", query=ListQuery, answer=MessagePage)
def list_messages(query: ListQuery) -> MessagePage:
    """List messages, newest first.

    A cursor stays right when messages come or go.
    """
    inbox, wanted = inbox_of(query.inbox), query_of(query.q)
    page = inbox.list(wanted, limit=query.limit, before=query.cursor)
    counts = inbox.counts(wanted)
    return MessagePage(
        messages=tuple(present.summary(summary) for summary in page.summaries),
        next=page.next,
        total=counts.total,
        unread=counts.unread,
    )


@operations.add("DELETE", "/messages", query=DeleteQuery, answer=Deleted)
def delete_messages(query: DeleteQuery) -> Deleted:
    """Delete the messages that match; without any parameter all of every inbox.

    An empty `q` or `inbox` is refused, and empty `ids` delete nothing: a variable that was never set must not
    delete everything.
    """
    inbox = inbox_of(query.inbox)
    if query.ids is not None:
        if query.q or query.inbox is not None:
            raise RefusedError(400, "Give ids, or q and inbox, not both.", field="ids")
        return Deleted(deleted=inbox.delete([part for part in query.ids.split(",") if part]))
    if query.q:
        return Deleted(deleted=inbox.delete(ids_of(query)))
    return Deleted(deleted=inbox.clear())


@operations.add("PATCH", "/messages", body=Change, answer=Changed)
def change_messages(body: Change) -> Changed:
    """Mark messages read or unread, star them, tag them."""
    _something(body)
    refuse_empty_choice({"q": body.q, "inbox": body.inbox})
    if body.ids is not None:
        if body.q is not None or body.inbox is not None:
            raise RefusedError(400, "Give ids, or q and inbox, not both.", field="ids")
        return Changed(changed=_mark(body.ids, body))
    if body.q is None and body.inbox is None:
        raise RefusedError(400, "Say which messages: ids, q or inbox.", allowed=("ids", "q", "inbox"))
    return Changed(changed=_mark(ids_of(Scope(inbox=body.inbox, q=body.q or "")), body))


@operations.add("GET", "/messages/{id}", query=Scope, answer=MessageJSON, errors=NOT_FOUND)
def get_message(id: str, query: Scope) -> MessageJSON:  # noqa: A002 - the address names it so
    """Read a message in full.

    This does not mark it as read. `latest` is the newest message that inbox and q leave.
    """
    return present.message(find(id, query))


@operations.add("PATCH", "/messages/{id}", query=Scope, body=Marks, answer=SummaryJSON, errors=NOT_FOUND)
def change_message(id: str, query: Scope, body: Marks) -> SummaryJSON:  # noqa: A002
    """Mark a message read or unread, star it, tag it; the answer is how it is then."""
    _something(body)
    message = find(id, query)
    _mark([message.id], body)
    return present.summary(find(message.id, Scope()).summary)


@operations.add("DELETE", "/messages/{id}", query=Scope, answer=Deleted, errors=NOT_FOUND)
def delete_message(id: str, query: Scope) -> Deleted:  # noqa: A002
    """Delete a message."""
    return Deleted(deleted=sink().everything.delete([find(id, query).id]))


def _something(marks: Marks) -> None:
    if marks.read is None and marks.starred is None and marks.tags is None:
        names = ("read", "starred", "tags")
        raise RefusedError(400, "There is nothing to change: give read, starred or tags.", allowed=names)


def _mark(ids: list[str] | tuple[str, ...], marks: Marks) -> int:
    return sink().everything.mark(ids, read=marks.read, starred=marks.starred, tags=marks.tags)
