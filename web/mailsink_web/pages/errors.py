"""Pages that say that something is not there, or cannot be done, and what to do."""

from __future__ import annotations

from ..context import sink
from .shell import page

__all__ = ["missing_message", "missing_session", "refuse"]


def refuse(status: int, sentence: str, *, hint: str = "") -> tuple[str, int]:
    """A page with *status* that says *sentence*."""
    return page("error.html", section="", sentence=sentence, hint=hint, status=status), status


def missing_message(message_id: str) -> tuple[str, int]:
    """The page for a message that is not there."""
    total = sink().everything.counts().total
    return refuse(
        404,
        f"There is no message with the id {message_id[:40]}.",
        hint=f"It may have been deleted. {total} other messages are here." if total else "It may have been deleted.",
    )


def missing_session(session_id: str) -> tuple[str, int]:
    """The page for a session that is not there."""
    return refuse(404, f"There is no session with the id {session_id[:40]}.", hint="Only the newest sessions are kept.")
