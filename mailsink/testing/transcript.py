"""A session's dialogue as text for people."""

from __future__ import annotations

from ..display import safe
from ..model import Session, TranscriptEntry

__all__ = ["dialogue"]

_MARKS = {"client": "C:", "server": "S:", "content": "C:", "event": "--", "fault": "!!"}


def dialogue(session: Session) -> str:
    """One line for each entry: seconds since the beginning, who said it, what.

    ``C:`` is the client, ``S:`` the server, ``--`` an event, ``!!`` a fault that fired.
    """
    lines = [
        f"{entry.at:8.3f}  {_MARKS.get(entry.kind, '--')} {_said(entry)}" for entry in session.transcript
    ]
    if session.cut:
        lines.append(f"          -- {session.cut} more entries were not kept.")
    return "\n".join(lines)


def _said(entry: TranscriptEntry) -> str:
    return f"({entry.size} octets of content)" if entry.kind == "content" else safe(entry.text)
