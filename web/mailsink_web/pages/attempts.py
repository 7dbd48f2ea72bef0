"""The attempts: each mail that clients tried to send, with its tries; what was never taken, and why."""

from __future__ import annotations

from flask import request

from ..context import sink
from ..mailing_list import KINDS, mailing_page
from ..session_list import LENGTH, Narrowing
from .routes import Answer, Routes
from .shell import page
from .tries import mail_of

__all__ = ["routes"]

routes = Routes()

# Sessions that the page is made of. To group their mails, the content of each that was captured is read.
LOOKED_AT = 300


@routes.get("/attempts")
def attempts() -> Answer:
    """The mails that the newest sessions tried to send, the one that was tried last first.

    *show* leaves those of one kind, *who* those of a client, an address or a user; *before* is the moment
    of a last try, in microseconds since 1970.
    """
    narrowing = Narrowing.of(request.args, KINDS)
    before = request.args.get("before", "")
    looked = sink().sessions.list(limit=LOOKED_AT + 1)
    sessions = looked[:LOOKED_AT]
    find = sink().store.get
    found = mailing_page(sessions, narrowing, find=find, before=before, limit=LENGTH)
    ends = {session.id: session.end for session in sessions}
    return page(
        "attempts.html",
        section="sessions",
        narrowing=narrowing,
        kinds=KINDS,
        counts=found.counts,
        is_all=len(looked) <= LOOKED_AT,
        looked_at=LOOKED_AT,
        mails=[mail_of(mailing, ends.__getitem__, find) for mailing in found.mailings],
        next=narrowing.at("/attempts", found.next) if found.next else "",
        before=before,
    )
