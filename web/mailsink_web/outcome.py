"""What became of a session, in a word and a colour, and the kinds by which a list of them is narrowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailsink.attempts import decisive_reply
from mailsink.mime import clean
from mailsink.model import Entries, Session

__all__ = ["KINDS", "Outcome", "last_reply", "outcome"]

# The kinds of sessions, and what a list of them is called. A session may be of several kinds, or of none.
KINDS: Mapping[str, str] = {
    "captured": "Captured",
    "refused": "Refused",
    "failed": "Failed",
    "faults": "With faults",
}

_FAULT = re.compile(r"Fault (\S+) fired: ")
# RFC 4954 §6: what AUTH is answered with when it does not succeed, or what is answered instead of it.
_NO_AUTH = frozenset({"432", "454", "500", "530", "534", "535", "538"})
# What the end of a session says about how it failed.
_FAILURES = {"TLS": "TLS failed", "final dot": "aborted in content", "inside a chunk": "aborted in content"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """*tone* is the class of its tag: ``is-ok``, ``is-warn``, ``is-bad``, ``is-accent`` or ``""``.

    *kinds* are of `KINDS`; *faults* are the ids of the fault rules that fired, in their order.
    """

    word: str
    tone: str
    kinds: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()


def outcome(session: Session) -> Outcome:
    """Judge a session: what it brought counts more than how it ended."""
    captured = sum(1 for t in session.transactions if t.message_id)
    replies = [reply for t in session.transactions if (reply := decisive_reply(t)) is not None]
    refusals = [reply.code for reply in replies if not reply.is_positive]
    faults = _faults(session)
    word, tone = _judged(session, captured, refusals)
    kinds = {"captured"} if captured else set()
    if tone == "is-bad":
        kinds.add("failed")
    if refusals or word in ("refused", "AUTH refused"):
        kinds.add("refused")
    if faults:
        kinds.add("faults")
    return Outcome(word, tone, frozenset(kinds), faults)


def _judged(session: Session, captured: int, refusals: list[int]) -> tuple[str, str]:
    """The word and the tone."""
    if session.ended_at is None:
        return "open", "is-accent"
    if captured:
        also = f", {len(refusals)} refused" if refusals else ""
        return f"{captured} captured{also}", "is-warn" if refusals else "is-ok"
    if refusals:
        return "deferred" if max(refusals) < 500 else "refused", "is-warn"
    if "QUIT." not in session.end or "without QUIT" in session.end:
        word = next((word for sign, word in _FAILURES.items() if sign in session.end), "failed")
        return word, "is-bad"
    # Nobody said MAIL: what was refused then is the login, or the client itself.
    refused = [
        entry.text[:3] for entry in session.transcript if entry.kind == "server" and entry.text[:1] in "45"
    ]
    if not refused:
        return "no mail", ""
    return "AUTH refused" if refused[-1] in _NO_AUTH and _tried_to_log_in(session) else "refused", "is-warn"


def _tried_to_log_in(session: Session) -> bool:
    return any(entry.kind == "client" and entry.text[:5].upper() == "AUTH " for entry in session.transcript)


def _faults(session: Session) -> tuple[str, ...]:
    transcript = session.transcript
    if isinstance(transcript, Entries):
        # A list judges a thousand sessions: what is not looked at need not be decoded.
        transcript = Entries.of(record for record in transcript.records if record[1] == "fault")
    found = (_FAULT.match(entry.text) for entry in transcript if entry.kind == "fault")
    return tuple(dict.fromkeys(match[1] for match in found if match is not None))


def last_reply(session: Session) -> tuple[str, str]:
    """The last refusal, else the last thing that was answered: the code, and the rest of the line.

    Of a transcript that was cut it is what decided the last mail: the end is not there.
    """
    said = [entry.text for entry in session.transcript if entry.kind == "server"]
    if session.cut and session.transactions and (reply := decisive_reply(session.transactions[-1])):
        said.append(str(reply))
    last = next((text for text in reversed(said) if text[:1] in "45"), said[-1] if said else "")
    return last[:3], clean(last[3:].lstrip(" -"))
