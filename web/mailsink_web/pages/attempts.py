"""The attempts: each mail that clients tried to send, with its tries; what was never taken, and why."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from flask import request

from mailsink.attempts import Mailing, group
from mailsink.model import Session

from ..context import sink
from .routes import Answer, Routes
from .session_list import LENGTH, Narrowing
from .shell import page
from .tries import mail_of

__all__ = ["KINDS", "kinds_of", "routes"]

routes = Routes()

# The kinds of mails, and what a list of them is called.
KINDS: Mapping[str, str] = {
    "captured": "Captured",
    "refused": "Refused",
    "broken": "Never completed",
    "retried": "Retried",
    "duplicates": "Duplicates",
}
# Sessions that the page is made of. To group their mails, the content of each that was captured is read.
LOOKED_AT = 300
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@routes.get("/attempts")
def attempts() -> Answer:
    """The mails that the newest sessions tried to send, the one that was tried last first.

    *show* leaves those of one kind, *who* those of a client, an address or a user; *before* is the moment
    of a last try, in microseconds since 1970.
    """
    narrowing = Narrowing.of(request.args, KINDS)
    before = request.args.get("before", "")
    looked = sink().sessions.list(limit=LOOKED_AT + 1)
    sessions = {session.id: session for session in looked[:LOOKED_AT]}
    mailings = group(sessions.values(), find=sink().store.get)
    found = [mailing for mailing in mailings if _is_with(narrowing, mailing, sessions)]
    found.sort(key=_moment, reverse=True)
    counts = Counter(kind for mailing in found for kind in kinds_of(mailing))
    shown = [mailing for mailing in found if not narrowing.show or narrowing.show in kinds_of(mailing)]
    if before.isdecimal() and len(before) < 20:
        shown = [mailing for mailing in shown if _moment(mailing) < int(before)]
    more = len(shown) > LENGTH
    return page(
        "attempts.html",
        section="sessions",
        narrowing=narrowing,
        kinds=KINDS,
        counts={"": len(found), **{kind: counts[kind] for kind in KINDS}},
        is_all=len(looked) <= LOOKED_AT,
        looked_at=LOOKED_AT,
        mails=[
            mail_of(mailing, lambda session_id: sessions[session_id].end, sink().store.get)
            for mailing in shown[:LENGTH]
        ],
        next=narrowing.at("/attempts", str(_moment(shown[LENGTH - 1]))) if more else "",
        before=before,
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


def _moment(mailing: Mailing) -> int:
    """When a mail was tried last, in microseconds since 1970."""
    return (mailing.attempts[-1].at - EPOCH) // dt.timedelta(microseconds=1)


def _is_with(narrowing: Narrowing, mailing: Mailing, sessions: Mapping[str, Session]) -> bool:
    return any(narrowing.is_with(sessions[attempt.session_id]) for attempt in mailing.attempts)
