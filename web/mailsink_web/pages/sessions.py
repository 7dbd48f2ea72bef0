"""The sessions: every connection, also those that brought no mail."""

from __future__ import annotations

from flask import Response, request

from mailsink.mime import clean
from mailsink.model import Transaction

from .. import present
from ..context import judgements, sink
from ..outcome import KINDS, last_reply, outcome
from ..session_list import Narrowing, neighbours, session_page
from .errors import missing_session
from .exchanges import timeline
from .routes import Answer, Routes
from .shell import page
from .tries import tries_of

__all__ = ["routes"]

routes = Routes()


@routes.get("/sessions")
def sessions() -> Answer:
    """The sessions, newest first; open ones, refused and broken ones included.

    *show* leaves those of one kind, *who* those with a client, an address or a user.
    """
    before = request.args.get("before", "")
    narrowing = Narrowing.of(request.args, KINDS)
    found = session_page(judgements(), narrowing, before=before)
    shown = [
        (present.session_summary(session), judged, last_reply(session), _inboxes(session.transactions))
        for session, judged in found.sessions
    ]
    return page(
        "sessions.html",
        section="sessions",
        narrowing=narrowing,
        kinds=KINDS,
        counts=found.counts,
        is_all=found.is_all,
        sessions=shown,
        longest=max((session.duration or 0.0 for session, *_ in shown), default=0.0),
        next=narrowing.at("/sessions", found.next) if found.next else "",
        before=before,
    )


@routes.get("/sessions/<session_id>")
def session(session_id: str) -> Answer:
    """A session with its transcript; of an open one, as far as it has come.

    *show* and *who* tell which list it was opened from.
    """
    found = sink().sessions.get(session_id)
    if found is None:
        return missing_session(session_id)
    narrowing = Narrowing.of(request.args, KINDS)
    above, below = neighbours(judgements(), narrowing, session_id)
    shown = present.session(found)
    return page(
        "session.html",
        section="sessions",
        session=shown,
        narrowing=narrowing,
        above=above,
        below=below,
        outcome=outcome(found),
        timeline=timeline(shown),
        tries=tries_of(found),
    )


@routes.get("/sessions/<session_id>/transcript.txt")
def transcript(session_id: str) -> Answer:
    """The transcript as text, to copy or to keep."""
    found = sink().sessions.get(session_id)
    if found is None:
        return missing_session(session_id)
    marks = {"client": "C:", "server": "S:", "content": "C:", "event": "#"}
    lines = [
        f"{entry.at * 1000:10.1f}  {marks.get(entry.kind, '#')} "
        + (f"({entry.size} octets of content)" if entry.kind == "content" else entry.text)
        for entry in present.session(found).transcript
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _inboxes(transactions: tuple[Transaction, ...]) -> str:
    """The inboxes that the mail of a session was for."""
    return ", ".join(dict.fromkeys(clean(transaction.inbox) for transaction in transactions))
