"""What became of a session, in one word and one colour."""

from __future__ import annotations

from dataclasses import dataclass

from ..values import SessionJSON, SessionSummaryJSON

__all__ = ["Outcome", "last_reply", "outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """*tone* is the class of its tag: ``is-ok``, ``is-warn``, ``is-bad``, ``is-accent`` or ``""``."""

    word: str
    tone: str


def outcome(session: SessionSummaryJSON) -> Outcome:
    """Judge a session: what it brought counts more than how it ended."""
    captured = len(session.message_ids)
    if session.ended_at is None:
        return Outcome("open", "is-accent")
    if session.refused and captured:
        return Outcome(f"{captured} captured, {session.refused} refused", "is-warn")
    if captured:
        return Outcome(f"{captured} captured", "is-ok")
    if session.refused:
        return Outcome("refused", "is-warn")
    if "QUIT." not in session.end or "without QUIT" in session.end:
        return Outcome("failed", "is-bad")
    return Outcome("no mail", "")


def last_reply(session: SessionJSON) -> tuple[str, str]:
    """The last thing that was answered: the code, and the rest of the line."""
    for entry in reversed(session.transcript):
        if entry.kind == "server":
            return entry.text[:3], entry.text[3:].lstrip(" -")
    return "", ""
