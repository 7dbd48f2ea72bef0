"""Tries to send a mail as lines: when, between whom, what was answered, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from mailsink.attempts import Attempt, Mailing, decisive_reply
from mailsink.message import Message
from mailsink.model import Session, Transaction

from .. import present
from ..values import EnvelopeJSON, ReplyJSON

__all__ = ["MOST", "Mail", "Try", "mail_of", "tries_of"]

# Tries of one mail that are shown, the newest.
MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """*reply* is what decided it, ``None`` where the client went away; *reason* is that in words.

    *interval* is in seconds since the try before, 0 for the first.
    """

    at: dt.datetime
    interval: float
    session_id: str
    envelope: EnvelopeJSON
    reply: ReplyJSON | None
    reason: str
    message_id: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail with its newest *tries*, oldest first; *earlier* counts those that are left out.

    *subject* is the captured message's, ``""`` where none was kept.
    """

    tries: tuple[Try, ...]
    earlier: int
    captured: int
    subject: str

    @property
    def last(self) -> Try:
        return self.tries[-1]

    @property
    def message_id(self) -> str:
        """The id of the message that came of it last, ``""`` where none did."""
        return next((one.message_id for one in reversed(self.tries) if one.message_id), "")


def mail_of(mailing: Mailing, end: Callable[[str], str], find: Callable[[str], Message | None]) -> Mail:
    """*mailing* to be shown; *end* says how a session ended, *find* gives a message by its id."""
    tries = tuple(_try(attempt, end(attempt.session_id)) for attempt in mailing.attempts[-MOST:])
    kept = next(
        (found for one in reversed(tries) if one.message_id and (found := find(one.message_id))), None
    )
    return Mail(
        tries=tries,
        earlier=len(mailing.attempts) - len(tries),
        captured=mailing.captured,
        subject=present.text(kept.subject) or "(no subject)" if kept is not None else "",
    )


def tries_of(session: Session) -> tuple[Try, ...]:
    """The transactions of one session, those of an open one as far as they are over."""
    return tuple(_line(transaction, session.id, 0.0, session.end) for transaction in session.transactions)


def _try(attempt: Attempt, end: str) -> Try:
    return _line(attempt.transaction, attempt.session_id, attempt.interval, end)


def _line(transaction: Transaction, session_id: str, interval: float, end: str) -> Try:
    reply = decisive_reply(transaction)
    reason = str(reply) if reply is not None else end or "The session is still open."
    return Try(
        at=transaction.started_at,
        interval=interval,
        session_id=session_id,
        envelope=present.envelope(transaction.envelope),
        reply=None if reply is None else present.reply(reply),
        reason=present.text(reason),
        message_id=transaction.message_id,
        faults=transaction.faults,
    )
