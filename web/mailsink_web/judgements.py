"""What became of each of the newest sessions, remembered: one that is over does not change.

Lists are narrowed and counted by it, and a file's sessions are read once for that. Knows no HTTP.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from mailsink.conditions import caseless
from mailsink.model import Session
from mailsink.sessions import Sessions
from mailsink.store import Store

from .outcome import Outcome, outcome

__all__ = ["LOOKED_AT", "Judged", "Judgements", "names_of"]

# Sessions that a list looks at, at most, to tell how many are of each kind.
LOOKED_AT = 1_000
# Sessions that are remembered: as many as two such lists are made of.
_MOST = 2 * LOOKED_AT
# Characters of a session's names that are remembered: those of a mail to a thousand people are read anew.
_LONG = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """*names* is what `names_of` says, ``None`` where that is long."""

    id: str
    started_at: dt.datetime
    outcome: Outcome
    names: str | None


class Judgements:
    """The judgements of *sessions*, of which *store* keeps those that are over. Safe from any thread."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self.sessions = sessions
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Judged] = OrderedDict()

    def list(self, *, limit: int = LOOKED_AT, before: str = "") -> tuple[Judged, ...]:
        """Up to *limit* sessions, open and ended, newest first, older than the id *before*."""
        return self._of(self.sessions.ids(limit=limit, before=before))

    def failed(self) -> int:
        """How many of the newest `LOOKED_AT` sessions that are over have failed."""
        found = self._of(self._store.session_ids(limit=LOOKED_AT))
        return sum("failed" in judged.outcome.kinds for judged in found)

    def names(self, judged: Judged) -> str:
        """As `names_of` that session; ``""`` when it has gone."""
        if judged.names is not None:
            return judged.names
        session = self.sessions.get(judged.id)
        return "" if session is None else names_of(session)

    def _of(self, ids: Iterable[str]) -> tuple[Judged, ...]:
        """What became of the sessions with these *ids*; those that have gone are left out."""
        # One thread reads what is new, and the others find it then.
        with self._lock:
            found = tuple(judged for each in ids if (judged := self._judged(each)) is not None)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found

    def _judged(self, session_id: str) -> Judged | None:
        kept = self._kept.get(session_id)
        if kept is not None:
            self._kept.move_to_end(session_id)
            return kept
        session = self.sessions.get(session_id)
        if session is None:
            return None
        names = names_of(session)
        judged = Judged(
            id=session.id,
            started_at=session.started_at,
            outcome=outcome(session),
            names=names if len(names) <= _LONG else None,
        )
        if session.ended_at is not None:
            self._kept[session_id] = judged
        return judged


def names_of(session: Session) -> str:
    """What a session is known by, a line each, as `caseless` makes them.

    That is who the client said it is, where from, as whom, and between which paths.
    """
    names = [session.greeting, str(session.peer), session.listener]
    if session.auth is not None:
        names.append(session.auth.user)
    for transaction in session.transactions:
        names.append(transaction.envelope.reverse_path)
        names += (recipient.path for recipient in transaction.envelope.recipients)
    return "\n".join(map(caseless, names))
