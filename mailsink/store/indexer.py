"""Keeps the full-text index: puts in what came, and clears away what is gone.

The index has no columns and no content: see `tokens`. What is deleted stays in it until most of a piece is
dead; whoever searches looks whether a message is there still. Runs on the writer's thread, inside a
transaction of the caller.
"""

from __future__ import annotations

import logging
import sqlite3
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from ..message import Message
from .changes import remember
from .places import LAST, PLACES
from .rows import WHOLE, message_of
from .tokens import EVERY, brief_tokens_of, inbox_fact, size_fact, tokens_of

__all__ = ["create", "drop", "fill", "renew", "tidy"]

# A piece holds so many messages, or an eighth of all if that is more: old ones can go as a whole, and yet
# there are few to look into.
SMALLEST = 10_000
SHARE = 8
# So many dead ones are not worth the work.
FEW = 1_000
MOST = 500
# So many are renewed at a time: nobody waits for them, and the machine is somebody else's.
MOST_RENEWED = 200
# The index may be so many seconds behind while mail keeps coming; then mail waits for the index.
LATE = 20.0

_log = logging.getLogger("mailsink.store")

_NEXT = (
    f"SELECT seq, inbox, {WHOLE} FROM pending CROSS JOIN messages USING (seq)"  # noqa: S608
    " JOIN inboxes ON number = inbox JOIN contents USING (seq) JOIN details USING (seq)"
    " WHERE pending.seq >= ? ORDER BY pending.seq LIMIT 20"
)
_INDEXED = (
    f"SELECT seq, {WHOLE} FROM messages CROSS JOIN inboxes ON number = inbox"  # noqa: S608
    " JOIN contents USING (seq) JOIN details USING (seq)"
    " WHERE seq > ? AND seq <= ? AND seq NOT IN (SELECT seq FROM pending) AND NOT cleared"
    " ORDER BY seq LIMIT 20"
)


@dataclass(slots=True)
class _ShardRow:
    """A piece of the index, as in the table `shards`."""

    number: int
    low: int
    high: int
    total: int
    live: int
    oldest: int
    newest: int
    briefed: int
    changed: bool = False

    @property
    def may_grow(self) -> bool:
        """Whether it may take what lies outside of its bounds: not while it is renewed."""
        return self.briefed == LAST

    def take(self, seq: int, moment: int) -> None:
        self.low, self.high = min(self.low, seq), max(self.high, seq)
        self.oldest, self.newest = min(self.oldest, moment), max(self.newest, moment)
        self.total += 1
        self.live += 1
        self.changed = True


def create(connection: sqlite3.Connection, number: int) -> None:
    # columnsize: what ranks are computed from; nothing here is ranked.
    connection.execute(
        f"CREATE VIRTUAL TABLE words_{number}"
        " USING fts5 (tokens, content = '', tokenize = 'ascii', columnsize = 0)"
    )


def drop(connection: sqlite3.Connection, number: int) -> None:
    connection.execute(f"DROP TABLE words_{number}")
    bounds = (
        "BETWEEN (SELECT low FROM shards WHERE number = ?) AND (SELECT high FROM shards WHERE number = ?)"
    )
    connection.execute(f"DELETE FROM dead WHERE seq {bounds}", (number, number))  # noqa: S608
    connection.execute("DELETE FROM shards WHERE number = ?", (number,))


def fill(connection: sqlite3.Connection, enough: Callable[[], bool], *, most: int = MOST) -> float:
    """Index what is pending, oldest first, until *enough* says so or *most* are done.

    Returns how much is left: 0 for nothing, 1 for what came in `LATE` seconds or more.
    """
    shards = _Shards(connection)
    done = 0
    last = -1
    while done < most and (rows := connection.execute(_NEXT, (last + 1,)).fetchall()):
        for row in rows:
            last = row[0]
            _index(connection, shards, row)
            done += 1
            if enough():
                most = 0
                break
    shards.save()
    # Two statements: SQLite finds either end of the table at once, and both together by reading all of it.
    (oldest,) = connection.execute("SELECT min(seq) FROM pending").fetchone()
    (newest,) = connection.execute("SELECT max(seq) FROM pending").fetchone()
    return 0.0 if oldest is None else min(1.0, (newest - oldest + 1) / (LATE * PLACES))


def _index(connection: sqlite3.Connection, shards: _Shards, row: tuple[object, ...]) -> None:
    seq, inbox, *whole = row
    assert isinstance(seq, int)
    assert isinstance(inbox, int)
    message = message_of(tuple(whole))
    moment = whole[2]
    assert isinstance(moment, int)
    shard = shards.of(seq, moment)
    try:
        found = tokens_of(message, inbox, brief=seq <= shard.briefed)
    except Exception:  # noqa: BLE001 - one message must not keep all that come after it out of the index
        _log.exception("%s: the message cannot be indexed; a search does not find its words", message.id)
        found = f"{EVERY} {inbox_fact(inbox)} {size_fact(message.size)}"
    connection.execute(f"INSERT INTO words_{shard.number} (rowid, tokens) VALUES (?, ?)", (seq, found))  # noqa: S608
    connection.execute("DELETE FROM pending WHERE seq = ?", (seq,))
    remember(connection, [message.summary])


class _Shards:
    """The pieces in the order of their places, while some of them grow."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        rows = connection.execute(
            "SELECT number, low, high, total, live, oldest, newest, briefed FROM shards ORDER BY low"
        )
        self._shards = [_ShardRow(*row) for row in rows]
        (total,) = connection.execute("SELECT coalesce(sum(total), 0) FROM inboxes").fetchone()
        self._full = max(SMALLEST, total // SHARE)

    def of(self, seq: int, moment: int) -> _ShardRow:
        """The piece that the place *seq* goes to, with it counted in."""
        after = bisect_right([shard.low for shard in self._shards], seq)
        left = self._shards[after - 1] if after else None
        right = self._shards[after] if after < len(self._shards) else None
        near = [s for s in (left, right) if s is not None and s.may_grow]
        shard = next((s for s in near if s.total < self._full), None)
        if left is not None and seq <= left.high:
            shard = left
        if shard is None:
            shard = self._new(seq, moment, after)
        shard.take(seq, moment)
        return shard

    def _new(self, seq: int, moment: int, at: int) -> _ShardRow:
        inserted = self._connection.execute(
            "INSERT INTO shards (low, high, total, live, oldest, newest, briefed)"
            " VALUES (?, ?, 0, 0, ?, ?, ?)",
            (seq, seq, moment, moment, LAST),
        )
        assert inserted.lastrowid is not None
        create(self._connection, inserted.lastrowid)
        shard = _ShardRow(inserted.lastrowid, seq, seq, 0, 0, moment, moment, LAST)
        self._shards.insert(at, shard)
        return shard

    def save(self) -> None:
        self._connection.executemany(
            "UPDATE shards SET low = ?, high = ?, total = ?, live = ?, oldest = ?, newest = ?"
            " WHERE number = ?",
            [
                (s.low, s.high, s.total, s.live, s.oldest, s.newest, s.number)
                for s in self._shards
                if s.changed
            ],
        )


def tidy(connection: sqlite3.Connection) -> bool:
    """Do away with one piece that is mostly dead; whether there was one.

    What lives in it is indexed again. What is out of sight must be swept away before.
    """
    row = connection.execute(
        "SELECT number, low, high, live FROM shards WHERE (live = 0 OR total - live > max(live, ?))"
        " AND NOT EXISTS (SELECT 1 FROM inboxes WHERE cleared) LIMIT 1",
        (FEW,),
    ).fetchone()
    if row is None:
        return False
    number, low, high, live = row
    if live:
        connection.execute(
            "INSERT OR IGNORE INTO pending SELECT seq FROM messages WHERE seq BETWEEN ? AND ?", (low, high)
        )
    drop(connection, number)
    return True


def renew(connection: sqlite3.Connection, enough: Callable[[], bool], *, most: int = MOST_RENEWED) -> bool:
    """Add the brief tokens to some messages of a piece that is older than they are; whether there was one.

    Until all of it has them, searches do without them there. The newest piece comes first.
    """
    row = connection.execute(
        "SELECT number, high, max(briefed, low - 1) FROM shards WHERE briefed < ? ORDER BY low DESC LIMIT 1",
        (LAST,),
    ).fetchone()
    if row is None:
        return False
    number, high, briefed = row
    done = 0
    while done < most and not (done and enough()):
        rows = connection.execute(_INDEXED, (briefed, high)).fetchall()
        if not rows:
            briefed = LAST
            _name_dead(connection, number)
            break
        for seq, *whole in rows:
            _add_brief(connection, number, seq, message_of(tuple(whole)))
        briefed = rows[-1][0]
        done += len(rows)
    connection.execute("UPDATE shards SET briefed = ? WHERE number = ?", (briefed, number))
    return True


def _name_dead(connection: sqlite3.Connection, number: int) -> None:
    """An older version did not write down which are dead."""
    connection.execute(
        f"INSERT OR IGNORE INTO dead SELECT rowid FROM words_{number} WHERE words_{number} MATCH ?"  # noqa: S608
        " AND rowid NOT IN (SELECT seq FROM messages)",
        (EVERY,),
    )


def _add_brief(connection: sqlite3.Connection, number: int, seq: int, message: Message) -> None:
    try:
        found = brief_tokens_of(message)
    except Exception:  # noqa: BLE001 - it was logged when the message was indexed
        return
    # FTS5 lets a row without content have tokens added: those that it has not.
    connection.execute(f"INSERT INTO words_{number} (rowid, tokens) VALUES (?, ?)", (seq, found))  # noqa: S608
