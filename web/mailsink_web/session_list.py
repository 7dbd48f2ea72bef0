"""A page of the list of sessions: narrowed by what became of them and by who they were with.

A page looks at a bounded number of sessions, however few of them it shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from mailsink.conditions import caseless
from mailsink.model import Session

from .addresses import at
from .judgements import LOOKED_AT, Judgements
from .outcome import KINDS, Outcome

__all__ = ["LENGTH", "Narrowing", "SessionPage", "neighbours", "session_page"]

LENGTH = 50


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

    def is_with(self, names: Callable[[], str]) -> bool:
        """Whether a session of which *names* gives `names_of` it was with whom *who* means."""
        return not self.who or caseless(self.who) in names()


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
    judgements: Judgements, narrowing: Narrowing, *, before: str = "", limit: int = LENGTH
) -> SessionPage:
    """The page of the sessions that *narrowing* leaves, *limit* at most, beginning before the id *before*."""
    found = judgements.list(limit=LOOKED_AT + 1, before=before)
    if narrowing.since is not None:
        found = tuple(judged for judged in found if judged.started_at >= narrowing.since)
    looked = found[:LOOKED_AT]
    judged = [each for each in looked if narrowing.is_with(partial(judgements.names, each))]
    counts = Counter(kind for each in judged for kind in each.outcome.kinds)
    shown = [each for each in judged if not narrowing.show or narrowing.show in each.outcome.kinds]
    more = looked[-1].id if len(found) > LOOKED_AT else ""
    kept = ((judgements.sessions.get(each.id), each.outcome) for each in shown[:limit])
    return SessionPage(
        sessions=tuple((session, became) for session, became in kept if session is not None),
        next=shown[limit - 1].id if len(shown) > limit else more,
        counts={"": len(judged), **{kind: counts[kind] for kind in KINDS}},
        is_all=not more,
    )


def neighbours(judgements: Judgements, narrowing: Narrowing, session_id: str) -> tuple[str, str]:
    """The ids of the sessions above and below one in the list, ``""`` where none is.

    Looks as far back as a page does.
    """
    above = ""
    for judged in judgements.list(limit=LOOKED_AT):
        if judged.id == session_id:
            continue
        if narrowing.show and narrowing.show not in judged.outcome.kinds:
            continue
        if not narrowing.is_with(partial(judgements.names, judged)):
            continue
        if judged.id < session_id:
            return above, judged.id
        above = judged.id
    return above, ""
