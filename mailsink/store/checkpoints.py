"""Moves what was committed out of SQLite's write-ahead log into the file, while writing goes on.

SQLite would do it at the end of some commit, and whoever waits for that commit would wait for the disk too.
Knows no tables.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from .schema import connect

__all__ = ["Checkpoints"]

# About how long the log may get before it is moved, in octets.
LONG = 16 * 1024 * 1024
# About what a transaction adds to the log beside what it was given: a page for each table and index.
OVERHEAD = 40_000


class Checkpoints:
    """Empties the log of *file* now and then. *writing* is held by whoever writes to the file."""

    def __init__(self, file: Path, writing: threading.Lock) -> None:
        self._file = file
        self._writing = writing
        self._octets = 0
        self._thread: threading.Thread | None = None

    def wrote(self, octets: int) -> None:
        """A transaction of about *octets* was committed. For whoever holds *writing*."""
        self._octets += octets + OVERHEAD
        if self._octets > LONG and (self._thread is None or not self._thread.is_alive()):
            self._octets = 0
            self._thread = threading.Thread(target=self._run, name="mailsink-log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait for what is going on."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        # What fails here fails in a write too, which says so; the log is moved another time.
        with suppress(sqlite3.Error), closing(connect(self._file)) as connection:
            # Mail goes on to be written meanwhile.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            # Little is left. Nobody writes until it is moved too, so that the log begins anew.
            with self._writing:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
