"""A page of the list of mails that clients tried to send, narrowed by what became of them and by whom.

A page looks at a bounded number of sessions, however few mails came of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mailsink.attempts import Attempt, Mailing, group
from mailsink.message import Message
from mailsink.model import Session

from .judgements import names_of
from .session_list import LENGTH, Narrowing

__all__ = ["KINDS", "MailingPage", "kinds_of", "mailing_page"]

# The kinds of mails, and what a list of them is called.
KINDS: Mapping[str, str] = {
    "captured": "Captured",
    "refused": "Refused",
    "broken": "Never completed",
    "retried": "Retried",
    "duplicates": "Duplicates",
}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingPage:
    """*next* is the cursor to go on before, ``""`` at the end; *counts* tells how many are of each kind.

    Among *counts* ``""`` are all of them.
    """

    mailings: tuple[Mailing, ...]
    next: str
    counts: Mapping[str, int]


def mailing_page(
    sessions: Sequence[Session],
    narrowing: Narrowing,
    *,
    find: Callable[[str], Message | None],
    inbox: str | None = None,
    by: Callable[[Mailing], Attempt] = lambda mailing: mailing.attempts[-1],
    before: str = "",
    limit: int = LENGTH,
) -> MailingPage:
    """The mails of *sessions* that *narrowing* leaves, *limit* at most, the newest first, before a cursor.

    *by* says which of its tries a mail is known by. *find* gives a captured message by its id. A cursor is
    the moment of a try, in microseconds since 1970; one that is none leaves all.
    """
    known = {session.id: session for session in sessions}
    found = [
        mailing
        for mailing in group(sessions, inbox=inbox, find=find)
        if any(
            narrowing.is_with(partial(names_of, known[attempt.session_id])) for attempt in mailing.attempts
        )
        and (narrowing.since is None or mailing.attempts[-1].at >= narrowing.since)
    ]
    found.sort(key=lambda mailing: by(mailing).at, reverse=True)
    counts = Counter(kind for mailing in found for kind in kinds_of(mailing))
    shown = [mailing for mailing in found if not narrowing.show or narrowing.show in kinds_of(mailing)]
    if before.isascii() and before.isdecimal() and len(before) < 20:
        shown = [mailing for mailing in shown if _moment(by(mailing)) < int(before)]
    return MailingPage(
        mailings=tuple(shown[:limit]),
        next=str(_moment(by(shown[limit - 1]))) if len(shown) > limit else "",
        counts={"": len(found), **{kind: counts[kind] for kind in KINDS}},
    )


def kinds_of(mailing: Mailing) -> frozenset[str]:
    """Which of `KINDS` a mail is of."""
    reply = mailing.attempts[-1].reply
    kinds = {"captured"} if mailing.captured else {"broken" if reply is None else "refused"}
    if len(mailing.attempts) > 1:
        kinds.add("retried")
    if mailing.captured > 1:
        kinds.add("duplicates")
    return frozenset(kinds)


def _moment(attempt: Attempt) -> int:
    return (attempt.at - _EPOCH) // dt.timedelta(microseconds=1)
