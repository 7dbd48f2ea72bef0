"""Every try to send a mail, grouped by the mail: retries, intervals, duplicates."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mailsink.attempts import Attempt, Mailing
from mailsink.inbox import MOST_SESSIONS

from .. import present
from ..context import sink
from ..mailing_list import mailing_page
from ..session_list import Narrowing
from ..values import EnvelopeJSON, Moment, ReplyJSON
from .operation import Operations
from .scope import ClientText, InboxName, NumberCursor, Since

__all__ = ["MailingJSON", "Mailings", "mailing_of", "operations"]

operations = Operations("Sessions")


class AttemptsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of which mails."""

    inbox: InboxName = None
    outcome: Annotated[
        Literal["captured", "refused", "broken", "retried", "duplicates"] | None,
        msgspec.Meta(description="What became of the mail; broken is one whose content never came whole."),
    ] = None
    client: ClientText = ""
    since: Since = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many mails at most.")] = 100
    cursor: NumberCursor = ""


class AttemptJSON(msgspec.Struct, frozen=True, kw_only=True):
    """One try: when, in which session, what decided it.

    *interval* is in seconds since the try before, 0 for the first. *message_id* is the captured message's id,
    or empty. *faults* are the ids of the fault rules that fired in it.
    """

    at: Moment
    interval: float
    session_id: str
    envelope: EnvelopeJSON
    reply: ReplyJSON | None
    message_id: str
    faults: tuple[str, ...]


class MailingJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A mail, and all tries to send it, oldest first. More than one captured try are duplicates."""

    key: str
    captured: int
    attempts: tuple[AttemptJSON, ...]


class Mailings(msgspec.Struct, frozen=True, kw_only=True):
    """Mails that clients tried to send, the newest first; next is the cursor of the page after, or null."""

    mailings: tuple[MailingJSON, ...]
    next: str | None


@operations.add("GET", "/attempts", query=AttemptsQuery, answer=Mailings)
def list_attempts(query: AttemptsQuery) -> Mailings:
    """List the tries to send each mail, refused and broken ones included.

    Tries belong together by their Message-ID, else by their content, else by their envelope. A mail is as
    new as the first try to send it; *since* is compared with the last.
    """
    found = mailing_page(
        sink().sessions.list(limit=MOST_SESSIONS),
        Narrowing(show=query.outcome or "", who=query.client, since=query.since),
        find=sink().store.get,
        inbox=query.inbox,
        by=lambda mailing: mailing.attempts[0],
        before=query.cursor,
        limit=query.limit,
    )
    return Mailings(mailings=tuple(map(mailing_of, found.mailings)), next=found.next or None)


def mailing_of(mailing: Mailing) -> MailingJSON:
    """A mail with its tries."""
    return MailingJSON(
        key=present.text(mailing.key),
        captured=mailing.captured,
        attempts=tuple(_attempt(attempt) for attempt in mailing.attempts),
    )


def _attempt(attempt: Attempt) -> AttemptJSON:
    transaction = attempt.transaction
    return AttemptJSON(
        at=attempt.at,
        interval=attempt.interval,
        session_id=attempt.session_id,
        envelope=present.envelope(transaction.envelope),
        reply=None if attempt.reply is None else present.reply(attempt.reply),
        message_id=transaction.message_id,
        faults=transaction.faults,
    )
