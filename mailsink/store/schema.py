"""The SQLite file: its tables, its numbered migrations, and opening it safely.

Knows no messages. A file that is not ours is never changed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..errors import StartError
from . import outbox
from .labels import insert_labels
from .leftovers import BIG_TABLES
from .places import renumber

__all__ = ["APPLICATION_ID", "BUSY_TIMEOUT", "INDEX_AGAIN", "MIGRATIONS", "VERSION", "connect", "open_file"]

# "msnk" in PRAGMA application_id, which is octets 68 to 71 of the file (sqlite.org/fileformat.html §1.3).
APPLICATION_ID = 0x6D736E6B
# STRICT tables need 3.37, RETURNING 3.35.
OLDEST_SQLITE = (3, 37, 0)
# How long a writer waits, in seconds, while another process writes to the same file.
BUSY_TIMEOUT = 5.0

# A migration is a tuple of statements and functions; number N brings user_version from N-1 to N. Never edit
# one that was released: append. When what a summary says changes, append
# "UPDATE details SET summary = NULL"; when what the index holds changes, append INDEX_AGAIN.
Migration = tuple[str | Callable[[sqlite3.Connection], None], ...]


INDEX_AGAIN: Migration = (
    # The pieces are swept away like those of messages that were cleared.
    "DELETE FROM shards",
    "DELETE FROM dead",
    "INSERT OR IGNORE INTO pending SELECT seq FROM messages",
)
MIGRATIONS: tuple[Migration, ...] = (
    (
        # Names are encode_text's octets: a name that came over the wire may hold lone surrogates.
        # total and unread are kept by every transaction that changes messages.
        """
        CREATE TABLE inboxes (
            number INTEGER PRIMARY KEY,
            name BLOB NOT NULL UNIQUE,
            total INTEGER NOT NULL,
            unread INTEGER NOT NULL
        ) STRICT
        """,
        # received_at: microseconds since 1970. wire: peer, greeting, tls, auth, notes.
        # summary: what a list shows of the content; NULL until it is first asked for.
        """
        CREATE TABLE messages (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            inbox INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            size INTEGER NOT NULL,
            read INTEGER NOT NULL,
            starred INTEGER NOT NULL,
            tags BLOB NOT NULL,
            session_id TEXT NOT NULL,
            envelope BLOB NOT NULL,
            wire BLOB NOT NULL,
            summary BLOB
        ) STRICT
        """,
        "CREATE INDEX messages_by_inbox ON messages (inbox, id)",
        # Apart from messages, so that lists never read it.
        "CREATE TABLE contents (seq INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT",
        """
        CREATE TABLE sessions (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            session BLOB NOT NULL
        ) STRICT
        """,
    ),
    (
        # seq is the message's place from here on: see places.
        renumber,
        "ALTER TABLE inboxes ADD COLUMN octets INTEGER NOT NULL DEFAULT 0",
        "UPDATE inboxes SET octets = (SELECT coalesce(sum(size), 0) FROM messages WHERE inbox = number)",
        "CREATE INDEX messages_unread ON messages (seq) WHERE read = 0",
        "CREATE INDEX messages_read ON messages (seq) WHERE read = 1",
        "CREATE INDEX messages_starred ON messages (seq) WHERE starred = 1",
        # What is long and not searched lies apart, so that messages can be walked and deleted fast.
        BIG_TABLES["details"],
        "INSERT INTO details SELECT seq, envelope, wire, NULL FROM messages",
        *(f"ALTER TABLE messages DROP COLUMN {name}" for name in ("envelope", "wire", "summary")),
        # Of these rows contents and details hold something still: see leftovers.
        "CREATE TABLE gone (seq INTEGER PRIMARY KEY) STRICT",
        # Each tag of each message, as tags are compared.
        "CREATE TABLE labels (name BLOB, seq INTEGER, PRIMARY KEY (name, seq)) STRICT, WITHOUT ROWID",
        # What the index does not hold yet.
        "CREATE TABLE pending (seq INTEGER PRIMARY KEY) STRICT",
        "INSERT INTO pending SELECT seq FROM messages",
        # The index is in pieces, words_1 and so on, each for the places from low to high; they never overlap.
        # total: how many messages were put in; live: how many of them are there still.
        # oldest, newest: the bounds of received_at.
        """
        CREATE TABLE shards (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            low INTEGER NOT NULL,
            high INTEGER NOT NULL,
            total INTEGER NOT NULL,
            live INTEGER NOT NULL,
            oldest INTEGER NOT NULL,
            newest INTEGER NOT NULL
        ) STRICT
        """,
        insert_labels,
    ),
    (
        # Up to which place the messages of a piece have the tokens for what is short: see tokens. A piece
        # that was begun with them says LAST; in an older one the indexer adds them when it has time.
        "ALTER TABLE shards ADD COLUMN briefed INTEGER NOT NULL DEFAULT -1",
        # Places of messages that were deleted and are in the index still: no other gets them.
        "CREATE TABLE dead (seq INTEGER PRIMARY KEY) STRICT",
    ),
    (
        # Whether it was cleared: its messages are out of sight, and are swept away later.
        "ALTER TABLE inboxes ADD COLUMN cleared INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX inboxes_cleared ON inboxes (number) WHERE cleared",
    ),
    outbox.TABLES,
)
VERSION = len(MIGRATIONS)


def connect(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode that any one thread at a time may use."""
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    # NORMAL: with WAL a commit survives the death of the process, and the file survives a loss of power.
    try:
        connection.execute(f"PRAGMA {'query_only = 1' if read_only else 'synchronous = NORMAL'}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_file(file: Path, *, migrations: tuple[Migration, ...] = MIGRATIONS) -> sqlite3.Connection:
    """Open *file* for writing, made or migrated as needed; its directory must be there.

    Raises StartError with what is wrong and what to do; then nothing in the file was changed.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StartError(
            f"{file} needs SQLite 3.37 or newer, and this Python has {sqlite3.sqlite_version}: "
            "use another Python, or the memory store"
        )
    try:
        if _has_content(file):
            _inspect(file, len(migrations))
        return _open(file, migrations)
    except sqlite3.Error as error:
        raise StartError(f"{file} cannot be used as a store ({error}): {_advice(error)}") from error
    except OSError as error:
        raise StartError(f"{file} cannot be used as a store ({error.strerror}): name another file") from error


def _open(file: Path, migrations: tuple[Migration, ...]) -> sqlite3.Connection:
    connection = connect(file)
    try:
        _migrate(connection, file, migrations)
        connection.execute("PRAGMA journal_mode = WAL")
        # Not at the end of a commit, which somebody waits for: see checkpoints.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        # A burst may grow the log; afterwards it is cut back to 64 MiB.
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # Some systems build SQLite to overwrite what is deleted, which makes clear five times slower.
        connection.execute("PRAGMA secure_delete = FAST")
    except BaseException:
        connection.close()
        raise
    return connection


def _has_content(file: Path) -> bool:
    """Whether there is a file that is not empty. Raises StartError where no file of ours can be."""
    if "\0" in str(file):
        raise StartError(f"{str(file)!r} is no file name: it holds NUL; name another file")
    if file.is_dir():
        raise StartError(f"{file} is a directory: name a file in it, such as {file / 'mail.db'}")
    if not file.parent.is_dir():
        raise StartError(f"{file}: there is no directory {file.parent}: make it first, or name another file")
    if not file.exists():
        return False
    if not file.is_file():
        raise StartError(f"{file} is not a regular file: name another file")
    return file.stat().st_size > 0


def _inspect(file: Path, known: int) -> None:
    """Refuse what is plainly no store of ours before anything may be changed."""
    if not os.access(file, os.R_OK):
        raise StartError(f"{file} cannot be read: give this user permission to, or name another file")
    application, version = _header(file)
    if application != APPLICATION_ID:
        raise _foreign(file)
    if version > known:
        raise _newer(file, version, known)
    # SQLite would open it for reading only, and every mail would be refused later.
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        raise StartError(
            f"{file} cannot be written: give this user write permission on the file and its directory, "
            "or name another file"
        )


def _header(file: Path) -> tuple[int, int]:
    """The application id and the version in the file's first page; zeros when it is not SQLite's.

    Immutable: no lock, no log, no recovery. Not by open(): to close a file drops every lock that this
    process holds on it (sqlite.org/howtocorrupt.html §2.2), and another store may have it open.
    """
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return _pragma(connection, "application_id"), _pragma(connection, "user_version")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return 0, 0
        raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _migrate(connection: sqlite3.Connection, file: Path, migrations: tuple[Migration, ...]) -> None:
    """Bring the tables up to date in one transaction."""
    # Looked up inside the transaction: another process may be making the same file at this moment.
    connection.execute("BEGIN IMMEDIATE")
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    is_empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if application != APPLICATION_ID and not is_empty:
        raise _foreign(file)
    if version > len(migrations):
        raise _newer(file, version, len(migrations))
    for migration in migrations[version:]:
        for step in migration:
            if callable(step):
                step(connection)
            else:
                connection.execute(step)
    if version < len(migrations):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
    connection.execute("COMMIT")


def _foreign(file: Path) -> StartError:
    return StartError(f"{file} is not a mailsink store: name another file, or move this one away")


def _newer(file: Path, version: int, known: int) -> StartError:
    return StartError(
        f"{file} was written by a newer mailsink (schema {version}, this one knows {known}): "
        "update mailsink, or name another file"
    )


def _advice(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process is writing to it; stop that one, or name another file"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "give this user write permission on the file and its directory, or name another file"
    if code == sqlite3.SQLITE_FULL:
        return "free some disk space, or name a file on another disk"
    return "name another file, or move this one away"
