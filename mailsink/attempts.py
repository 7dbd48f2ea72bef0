"""Transactions grouped by the mail they try to send: retries, intervals, duplicates.

Knows sessions as values; nothing of stores and sockets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .message import Message
from .model import Envelope, Reply, Session, Transaction

__all__ = ["Attempt", "Mailing", "decisive_reply", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a mail: a transaction, and the session it was in.

    *reply* is what decided it: the last word, or the first refusal of a recipient where no content came;
    ``None`` where the client went away unrefused. *interval* is in seconds since the try before, 0 for the
    first.
    """

    at: dt.datetime
    session_id: str
    transaction: Transaction
    reply: Reply | None
    interval: float

    @property
    def captured(self) -> bool:
        """Whether a message was kept."""
        return bool(self.transaction.message_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """All tries to send one mail, oldest first.

    *key* is its Message-ID field, else ``sha256:`` and its content's digest, else ``envelope:`` and its
    paths, where no content ever came.
    """

    key: str
    attempts: tuple[Attempt, ...]

    @property
    def envelope(self) -> Envelope:
        """The last try's envelope."""
        return self.attempts[-1].transaction.envelope

    @property
    def captured(self) -> int:
        """How many of the tries left a message behind; more than 1 are duplicates."""
        return sum(attempt.captured for attempt in self.attempts)

    @property
    def intervals(self) -> tuple[float, ...]:
        """Seconds between each try and the one before."""
        return tuple(attempt.interval for attempt in self.attempts[1:])

    @property
    def codes(self) -> tuple[int, ...]:
        """The decisive reply codes, 0 where there was none."""
        return tuple(0 if a.reply is None else a.reply.code for a in self.attempts)


def group(
    sessions: Iterable[Session],
    *,
    inbox: str | None = None,
    find: Callable[[str], Message | None] = lambda _: None,
) -> tuple[Mailing, ...]:
    """The mails that *sessions* tried to send to *inbox* (``None``: to any), in the order of first tries.

    *find* gives a captured message by its id. A try that was refused before its content came belongs to
    the next mail with the same paths, or, where MAIL itself was refused for now, from the same reverse-path.
    So does a try whose message was deleted since. Transactions that are not over are left out.
    """
    tries = sorted(
        (
            (transaction.started_at, session.id, transaction)
            for session in sessions
            for transaction in session.transactions
            if inbox in (None, transaction.inbox)
        ),
        key=lambda one: one[:2],
    )
    keys = _keys([transaction for _, _, transaction in tries], find)
    grouped: dict[str, list[tuple[dt.datetime, str, Transaction]]] = {}
    for key, one in zip(keys, tries, strict=True):
        grouped.setdefault(key, []).append(one)
    return tuple(Mailing(key=key, attempts=_attempts(ones)) for key, ones in grouped.items())


def _keys(transactions: list[Transaction], find: Callable[[str], Message | None]) -> list[str]:
    """A key for each; read from the end, so that an early refusal learns what was sent later."""
    later: dict[str, str] = {}
    keys = []
    for transaction in reversed(transactions):
        envelope = transaction.envelope
        paths, sender = _paths(envelope), f"<{envelope.reverse_path}>"
        key = _content_key(transaction, find)
        if key:
            later[paths] = later[sender] = key
        # Without recipients the paths are the sender alone, whose next mail may be another one.
        known = "" if _is_final(transaction) else later.get(paths)
        keys.append(key or known or f"envelope:{paths}")
    return keys[::-1]


def _is_final(transaction: Transaction) -> bool:
    """Whether MAIL was refused for good: it is not to be sent again as it was (RFC 5321 §4.2.1)."""
    reply = transaction.reply
    return not transaction.envelope.recipients and reply is not None and reply.code >= 500


def _content_key(transaction: Transaction, find: Callable[[str], Message | None]) -> str:
    """The key by what came as content, ``""`` where nothing did or it was deleted since."""
    field, digest = transaction.field, transaction.digest
    message = find(transaction.message_id) if transaction.message_id else None
    if message is not None:
        field = message.parsed.message_id
        digest = "" if field else hashlib.sha256(message.content).hexdigest()
    return field or (f"sha256:{digest}" if digest else "")


def _paths(envelope: Envelope) -> str:
    return " ".join([f"<{envelope.reverse_path}>", *(f"<{r.path}>" for r in envelope.recipients)])


def _attempts(ones: list[tuple[dt.datetime, str, Transaction]]) -> tuple[Attempt, ...]:
    attempts = []
    before: dt.datetime | None = None
    for at, session_id, transaction in ones:
        interval = 0.0 if before is None else (at - before).total_seconds()
        attempts.append(
            Attempt(
                at=at,
                session_id=session_id,
                transaction=transaction,
                reply=decisive_reply(transaction),
                interval=interval,
            )
        )
        before = at
    return tuple(attempts)


def decisive_reply(transaction: Transaction) -> Reply | None:
    """The reply that decided a transaction: the last word on it, else its first refused recipient's."""
    if transaction.reply is not None:
        return transaction.reply
    refused = (r.reply for r in transaction.envelope.recipients if not r.reply.is_positive)
    return next(refused, None)
