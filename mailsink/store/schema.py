"""The SQLite file: its tables, its numbered migrations, and opening it safely.

Knows no messages. A file that is not ours is never changed.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import StartError

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION", "connect", "open_file"]

# "msnk" in PRAGMA application_id, which is octets 68 to 71 of the file (sqlite.org/fileformat.html §1.3).
APPLICATION_ID = 0x6D736E6B
# STRICT tables need 3.37, RETURNING 3.35.
OLDEST_SQLITE = (3, 37, 0)
# How long a writer waits, in seconds, while another process writes to the same file.
BUSY_TIMEOUT = 5.0

# A migration is a tuple of statements; number N brings user_version from N-1 to N. Never edit one that was
# released: append. When what a summary says changes, append "UPDATE messages SET summary = NULL".
MIGRATIONS: tuple[tuple[str, ...], ...] = (
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
)
VERSION = len(MIGRATIONS)

_MAGIC = b"SQLite format 3\0"


def connect(file: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode that any one thread at a time may use."""
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    # NORMAL: with WAL a commit survives the death of the process, and the file survives a loss of power.
    connection.execute(f"PRAGMA {'query_only = 1' if read_only else 'synchronous = NORMAL'}")
    return connection


def open_file(file: Path, *, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> sqlite3.Connection:
    """Open *file* for writing, made or migrated as needed; its directory must be there.

    Raises StartError with what is wrong and what to do; then nothing in the file was changed.
    """
    _inspect(file, len(migrations))
    connection = None
    try:
        connection = connect(file)
        _migrate(connection, file, migrations)
        connection.execute("PRAGMA journal_mode = WAL")
        # A burst may grow the log; afterwards it is cut back to 64 MiB.
        connection.execute("PRAGMA journal_size_limit = 67108864")
    except (sqlite3.Error, StartError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StartError):
            raise
        raise StartError(f"{file} cannot be used as a store ({error}): {_advice(error)}") from error
    return connection


def _inspect(file: Path, version: int) -> None:
    """Refuse what is plainly no store of ours by looking at it, before SQLite may touch it."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StartError(
            f"{file} needs SQLite 3.37 or newer, and this Python has {sqlite3.sqlite_version}: "
            "use another Python, or the memory store"
        )
    try:
        head = _head(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StartError(
            f"{file} cannot be read ({reason}): give this user read and write permission, "
            "or name another file"
        ) from error
    if not head:
        return
    if not head.startswith(_MAGIC) or _number(head, 68) != APPLICATION_ID:
        raise _foreign(file)
    if _number(head, 60) > version:
        raise _newer(file, _number(head, 60), version)


def _head(file: Path) -> bytes:
    """The file header; empty when there is no file yet or it is empty."""
    if file.is_dir():
        raise StartError(f"{file} is a directory: name a file in it, such as {file / 'mail.db'}")
    if not file.parent.is_dir():
        raise StartError(f"{file}: there is no directory {file.parent}: make it first, or name another file")
    if not file.exists():
        return b""
    if not file.is_file():
        raise StartError(f"{file} is not a regular file: name another file")
    with file.open("rb") as opened:
        return opened.read(100)


def _number(head: bytes, offset: int) -> int:
    return int.from_bytes(head[offset : offset + 4], "big")


def _migrate(connection: sqlite3.Connection, file: Path, migrations: tuple[tuple[str, ...], ...]) -> None:
    """Bring the tables up to date in one transaction, which also proves that the file can be written."""
    # Looked up inside the transaction: another process may be making the same file at this moment.
    connection.execute("BEGIN IMMEDIATE")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    is_empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if application != APPLICATION_ID and not is_empty:
        raise _foreign(file)
    if version > len(migrations):
        raise _newer(file, version, len(migrations))
    for migration in migrations[version:]:
        for statement in migration:
            connection.execute(statement)
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
