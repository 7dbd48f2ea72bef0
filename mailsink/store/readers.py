"""Reading connections, lent out and taken back.

Knows no tables. Threads of a web server come and go: connections belong to the pool, not to threads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError
from .schema import connect
from .troubles import store_error

__all__ = ["Readers"]

# More readers than this at one moment are served too; their connections are closed afterwards.
KEPT = 8


class Readers:
    """Connections that can only read. Safe from any thread; nobody waits for anybody."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for one read. What SQLite raises inside comes out as StoreError."""
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.Error as error:
            raise store_error(self._file, error) from error

    def close(self) -> None:
        """Close every connection, lent ones when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._file}: the store is closed")
            if self._idle:
                return self._idle.pop()
        return connect(self._file, read_only=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < KEPT:
                self._idle.append(connection)
                return
        connection.close()
