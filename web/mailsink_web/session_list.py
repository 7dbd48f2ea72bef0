"""A page of the list of sessions: narrowed by what became of them and by who they were with.

A page looks at a bounded number of sessions, however few of them it shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mailsink.conditions import caseless
from mailsink.model import Session
from mailsink.sessions import Sessions

from .addresses import at
from .outcome import KINDS, Outcome, outcome

__all__ = ["LENGTH", "LOOKED_AT", "Narrowing", "SessionPage", "neighbours", "session_page"]

LENGTH = 50
# Sessions that one page is made of at most. A file's are decoded for it, at about 0.1 ms each.
LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """*show* is a kind or ``""`` for all; *who* is a piece of a name, an address, a user or a path.

    *since* leaves what began before it.
    """

    show: str = ""
    who: str = ""
    since: dt.datetime | None = None

    @classmethod
    def of(cls, given: Mapping[str, str], kinds: Collection[str]) -> Narrowing:
        """What an address asks for; a kind that is none of *kinds* leaves all."""
        show = given.get("show", "")
        return cls(show=show if show in kinds else "", who=given.get("who", "").strip()[:200])

    def at(self, path: str, before: str = "", *, show: str | None = None) -> str:
        """The address of such a list at *path*, from *before* on; *show* is for another kind."""
        words = {"show": self.show if show is None else show, "who": self.who, "before": before}
        return at(path, words)

    def is_with(self, session: Session) -> bool:
        """Whether *session* was with whom *who* means."""
        if not self.who:
            return True
        wanted = caseless(self.who)
        return any(wanted in caseless(name) for name in _names(session))

    def leaves(self, session: Session) -> bool:
        """Whether *session* is in a list of sessions that is narrowed so."""
        if self.since is not None and session.started_at < self.since:
            return False
        return self.is_with(session) and (not self.show or self.show in outcome(session).kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """*sessions* with their outcomes, newest first. *next* is the id to go on before, ``""`` at the end.

    *counts* tells how many of the sessions that were looked at are of each kind, ``""`` being all of them;
    *is_all* whether those are all that are kept from here on.
    """

    sessions: tuple[tuple[Session, Outcome], ...]
    next: str
    counts: Mapping[str, int]
    is_all: bool


def session_page(
    sessions: Sessions, narrowing: Narrowing, *, before: str = "", limit: int = LENGTH
) -> SessionPage:
    """The page of *sessions* that *narrowing* leaves, *limit* at most, beginning before the id *before*."""
    found = sessions.list(limit=LOOKED_AT + 1, before=before)
    if narrowing.since is not None:
        found = tuple(session for session in found if session.started_at >= narrowing.since)
    looked = found[:LOOKED_AT]
    judged = [(session, outcome(session)) for session in looked if narrowing.is_with(session)]
    counts = Counter(kind for _, each in judged for kind in each.kinds)
    shown = [one for one in judged if not narrowing.show or narrowing.show in one[1].kinds]
    more = looked[-1].id if len(found) > LOOKED_AT else ""
    return SessionPage(
        sessions=tuple(shown[:limit]),
        next=shown[limit - 1][0].id if len(shown) > limit else more,
        counts={"": len(judged), **{kind: counts[kind] for kind in KINDS}},
        is_all=not more,
    )


def neighbours(sessions: Sessions, narrowing: Narrowing, session_id: str) -> tuple[str, str]:
    """The ids of the sessions above and below one in the list, ``""`` where none is.

    Looks as far back as a page does, and no further than it has to.
    """
    above = before = ""
    for _ in range(LOOKED_AT // LENGTH):
        found = sessions.list(limit=LENGTH, before=before)
        for session in found:
            if session.id == session_id or not narrowing.leaves(session):
                continue
            if session.id < session_id:
                return above, session.id
            above = session.id
        if len(found) < LENGTH:
            break
        before = found[-1].id
    return above, ""


def _names(session: Session) -> list[str]:
    """What a session is known by: who the client said it is, where from, as whom, and between which paths."""
    names = [session.greeting, str(session.peer), session.listener]
    if session.auth is not None:
        names.append(session.auth.user)
    for transaction in session.transactions:
        names.append(transaction.envelope.reverse_path)
        names += (recipient.path for recipient in transaction.envelope.recipients)
    return names
