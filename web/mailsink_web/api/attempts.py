"""Every try to send a mail, grouped by the mail: retries, intervals, duplicates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from mailsink.attempts import Attempt, Mailing

from .. import present
from ..values import EnvelopeJSON, Moment, ReplyJSON
from .operation import Operations
from .scope import InboxName, inbox_of

__all__ = ["mailings_of", "operations"]

operations = Operations("Sessions")


class AttemptsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which tries."""

    inbox: InboxName = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many mails at most, the newest.")] = (
        100
    )


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
    """The mails that clients tried to send, the newest first."""

    mailings: tuple[MailingJSON, ...]


@operations.add("GET", "/attempts", query=AttemptsQuery, answer=Mailings)
def list_attempts(query: AttemptsQuery) -> Mailings:
    """List the tries to send each mail, refused and broken ones included.

    Tries belong together by their Message-ID, else by their content, else by their envelope.
    """
    return mailings_of(inbox_of(query.inbox).attempts()[::-1][: query.limit])


def mailings_of(found: Iterable[Mailing]) -> Mailings:
    """The mails as values, in their order."""
    return Mailings(mailings=tuple(_mailing(mailing) for mailing in found))


def _mailing(mailing: Mailing) -> MailingJSON:
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
