"""Assertions over HTTP: what must have come, by the fixture's words, and why it did not."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from mailsink import query
from mailsink.inbox import TIMEOUT
from mailsink.query import Query
from mailsink.waiting import Outcome

from .. import present
from ..context import lookout
from .operation import Operations
from .patience import MOST, misses, seated
from .problem import RefusedError
from .scope import After, InboxName, SearchText, inbox_of, query_of
from .waiting import Waited, waited

__all__ = ["Criteria", "operations"]

operations = Operations("Waiting")

Text = Annotated[str, msgspec.Meta(max_length=10_000)]
# A text; several that must all be there; true for "there is one", false and null for "there is none".
Value = Annotated[
    Text | bool | Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=100)] | None,
    msgspec.Meta(title="a text, a list of texts, true, false or null"),
]


class FileCriteria(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an attachment must be, all of it in one; name and type may be patterns such as `*.pdf`."""

    filename: Text | bool | UnsetType | None = UNSET
    content_type: Text | bool | UnsetType | None = UNSET
    content: Text | bool | UnsetType | None = UNSET


class Criteria(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message must be to count; a text is compared as the fixture does it.

    That is whole for addresses, subjects, header fields and names, contained in text, html, body and links. A
    list must be there as a whole; true means that there is one, null or false that there is none.
    """

    rcpt: Value | UnsetType = UNSET
    sender: Value | UnsetType = UNSET
    from_: Value | UnsetType = msgspec.field(name="from", default=UNSET)
    to: Value | UnsetType = UNSET
    cc: Value | UnsetType = UNSET
    bcc: Value | UnsetType = UNSET
    reply_to: Value | UnsetType = UNSET
    subject: Value | UnsetType = UNSET
    text: Value | UnsetType = UNSET
    html: Value | UnsetType = UNSET
    body: Value | UnsetType = UNSET
    link: Value | UnsetType = UNSET
    code: Value | UnsetType = UNSET
    attachment: Value | FileCriteria | UnsetType = UNSET
    header: dict[Text, Value] | UnsetType = UNSET
    auth_user: Value | UnsetType = UNSET
    tls: bool | Literal["starttls", "implicit"] | UnsetType | None = UNSET
    helo: Value | UnsetType = UNSET
    message_id: Value | UnsetType = UNSET
    id: Value | UnsetType = UNSET


class Assertion(Criteria, frozen=True, kw_only=True):
    """How many messages must match, and which; criteria and the search *q* must both be met.

    *timeout* is how many seconds they may take, 5 as a rule; with a *count* of 0, how long none may come, and
    0 as a rule. *after* leaves out the messages up to an id, or with `latest` all that are here now.
    """

    inbox: InboxName = None
    q: SearchText = ""
    after: After = ""
    count: Annotated[int, msgspec.Meta(ge=0, le=MOST)] = 1
    timeout: Annotated[float, msgspec.Meta(ge=0, le=300)] | None = None


@operations.add(
    "POST",
    "/assert",
    body=Assertion,
    answer=Waited,
    errors={409: "It is not so: others came, or too many, or none.", 503: "Too many requests wait already."},
)
def assert_messages(body: Assertion) -> Waited:
    """Assert that exactly so many messages match, one as a rule, and answer them in full.

    They may come within the timeout. When the number is right it is looked at again once nobody is in the
    middle of sending, so that one too many is noticed. If it is not so, the answer says what came, the
    nearest first, and why each did not match.
    """
    wanted = _query(body)
    outcome = _outcome(body, wanted)
    if not outcome.complete:
        raise _failed(body, wanted, outcome)
    return waited(outcome)


def _query(body: Assertion) -> Query:
    words = {
        field.name: value
        for field in msgspec.structs.fields(Criteria)
        if (value := getattr(body, field.name)) is not UNSET
    }
    if isinstance(body.attachment, FileCriteria):
        words["attachment"] = msgspec.to_builtins(body.attachment)
    try:
        return query_of(body.q) & query.query_of(**words)
    except TypeError as error:
        raise RefusedError(400, f"{error}.") from None


def _outcome(body: Assertion, wanted: Query) -> Outcome:
    inbox = inbox_of(body.inbox)
    usual = TIMEOUT if body.count else 0
    timeout = usual if body.timeout is None else body.timeout
    with inbox.waiter(wanted, after=body.after, most=MOST + 1, lookout=lookout()) as waiter:
        if not timeout:
            return inbox.exactly(waiter, body.count, 0)
        return seated(waiter, lambda stop: inbox.exactly(waiter, body.count, timeout, stop=stop))


def _failed(body: Assertion, wanted: Query, outcome: Outcome) -> RefusedError:
    explanation = inbox_of(body.inbox).explain(wanted, body.count, outcome)
    came = len(outcome.matched)
    noun = "message matches" if came == 1 else "messages match"
    return RefusedError(
        409,
        f"{came or 'No'} {noun}; {body.count or 'none'} must.",
        explanation=present.text(explanation),
        matched=tuple(present.summary(message.summary) for message in outcome.matched),
        misses=misses(wanted, outcome) if came < body.count else (),
    )
