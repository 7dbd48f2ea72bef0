"""The sessions: every connection, also those that brought no mail."""

from __future__ import annotations

from flask import Response, request

from .. import present
from ..context import sink
from .errors import missing_session
from .exchanges import timeline
from .outcome import last_reply, outcome
from .routes import Answer, Routes
from .shell import page

__all__ = ["routes"]

routes = Routes()

LENGTH = 50


@routes.get("/sessions")
def sessions() -> Answer:
    """The sessions, newest first; open ones, refused and broken ones included."""
    before = request.args.get("before", "")
    found = [present.session(s) for s in sink().sessions.list(limit=LENGTH + 1, before=before)]
    shown = found[:LENGTH]
    return page(
        "sessions.html",
        section="sessions",
        sessions=[(session, outcome(session), last_reply(session)) for session in shown],
        longest=max((session.duration or 0.0 for session in shown), default=0.0),
        next=shown[-1].id if len(found) > LENGTH else "",
        first=not before,
    )


@routes.get("/sessions/<session_id>")
def session(session_id: str) -> Answer:
    """A session with its transcript; of an open one, as far as it has come."""
    found = sink().sessions.get(session_id)
    if found is None:
        return missing_session(session_id)
    shown = present.session(found)
    return page(
        "session.html", section="sessions", session=shown, outcome=outcome(shown), timeline=timeline(shown)
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
