"""Pages that say that something is not there, or cannot be done, and what to do."""

from __future__ import annotations

from ..context import sink
from ..present import count_words
from .shell import page

__all__ = ["missing_message", "missing_session", "refuse"]


def refuse(status: int, sentence: str, *, hint: str = "") -> tuple[str, int]:
    """A page with *status* that says *sentence*."""
    return page("error.html", section="", sentence=sentence, hint=hint, status=status), status


def missing_message(message_id: str) -> tuple[str, int]:
    """The page for a message that is not there."""
    total = sink().everything.counts().total
    others = f" {count_words(total, 'message')} {'is' if total == 1 else 'are'} here." if total else ""
    sentence = f"There is no message with the id {message_id[:40]}."
    return refuse(404, sentence, hint=f"It may have been deleted.{others}")


def missing_session(session_id: str) -> tuple[str, int]:
    """The page for a session that is not there."""
    sentence = f"There is no session with the id {session_id[:40]}."
    return refuse(404, sentence, hint="Only the newest sessions are kept.")
