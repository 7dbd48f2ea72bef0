"""One thread that writes: jobs in order, many to a transaction.

Knows no tables. A job is told only after the commit, so whoever hears of it can rely on it.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError

__all__ = ["Job", "Writer", "store_error"]

# Enough for group commit to pay; small enough that the first job of a batch is not kept waiting long.
MOST_JOBS = 500
MOST_OCTETS = 32 * 1024 * 1024

_log = logging.getLogger("mailsink.store")


class Job(ABC):
    """Something to write. *size* is about how many octets it adds to a transaction."""

    size = 0

    @abstractmethod
    def run(self, connection: sqlite3.Connection) -> None:
        """Write, inside a transaction. Called again when the transaction had to be rolled back."""

    def settle(self, error: StoreError | None) -> None:  # noqa: B027 - nothing, unless somebody waits
        """Called once on the writer's thread: ``None`` after the commit, else why nothing was written."""


class Writer:
    """Runs jobs in the order of `submit`, on a thread of its own that owns *connection*.

    A job that fails takes no other with it: the batch is rolled back and written again in halves.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._connection = connection
        self._file = file
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        # A daemon: an interpreter that ends without close() loses only what nobody was told is kept.
        self._thread = threading.Thread(target=self._work, name="mailsink-store", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Take *job* over; never blocks. From a `Job.settle` it is done at once, else soon."""
        if threading.current_thread() is self._thread:
            self._write([job])
            return
        with self._lock:
            is_open = not self._closed
            if is_open:
                self._jobs.put(job)
        if not is_open:
            job.settle(StoreError(f"{self._file}: the store is closed"))

    def close(self) -> None:
        """Finish what was taken over, then close the connection. A second call only waits for the first."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = self._next_batch()
            if batch:
                self._write(batch)
        self._connection.close()

    def _next_batch(self) -> tuple[list[Job], bool]:
        """Wait for a job, then take what else is there; false when nothing will come any more."""
        batch: list[Job] = []
        octets = 0
        while len(batch) < MOST_JOBS and octets < MOST_OCTETS:
            try:
                job = self._jobs.get(block=not batch)
            except queue.Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
            octets += job.size
        return batch, True

    def _write(self, batch: Sequence[Job]) -> None:
        error = self._attempt(batch)
        if error is None:
            self._settle(batch, None)
        elif len(batch) == 1 or _is_busy(error):
            self._settle(batch, store_error(self._file, error))
        else:
            half = len(batch) // 2
            self._write(batch[:half])
            self._write(batch[half:])

    def _attempt(self, batch: Sequence[Job]) -> Exception | None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                job.run(self._connection)
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever a job does, the next ones must be written
            self._roll_back()
            return error
        return None

    def _roll_back(self) -> None:
        # After a full disk or an I/O error SQLite may have rolled back by itself, and says so by an error.
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")

    def _settle(self, batch: Sequence[Job], error: StoreError | None) -> None:
        for job in batch:
            try:
                job.settle(error)
            except Exception:  # noqa: BLE001 - the other jobs must be told, and the next ones written
                _log.exception("%s: a callback failed", self._file)


def store_error(file: Path, error: Exception) -> StoreError:
    """*error* in words for people, with what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        advice = "; free some disk space"
    elif _is_busy(error):
        advice = "; another process is writing to the file"
    elif code == sqlite3.SQLITE_READONLY:
        advice = "; give this user write permission on the file and its directory"
    else:
        advice = ""
    stored = StoreError(f"{file}: {error}{advice}")
    stored.__cause__ = error
    return stored


def _is_busy(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
