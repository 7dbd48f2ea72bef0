"""Writes jobs in order, many to a transaction: on a thread of its own, or at once on the caller's.

Knows no tables. A job is told only after the commit, so whoever hears of it can rely on it.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from abc import ABC
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Self

from ..errors import StoreError
from .checkpoints import Checkpoints
from .schema import BUSY_TIMEOUT
from .troubles import is_busy, is_trouble, store_error

__all__ = ["Job", "Writer"]

# Enough for group commit to pay; small enough that the first job of a batch is not kept waiting long.
MOST_JOBS = 500
MOST_OCTETS = 32 * 1024 * 1024
# What is written at once on the caller's thread, who cannot do anything else meanwhile.
MOST_OCTETS_NOW = 512 * 1024
# A write that took so many seconds shows that the disk is slow; so long none is tried on a caller's thread.
SLOW = 0.02
SLOW_FOR = 0.5
# So many jobs that nobody waits for are written along with others at once.
ENOUGH = 32
# Seconds without a job before the thread does what nobody waits for: a client that has its 250 often sends
# the next mail at once.
QUIET = 0.03
# Seconds that a job may wait for a chore that somebody else waits for.
PATIENCE = 0.01
# While jobs keep coming, the chore gets at least this part of the time; the more of it is left, the more.
FAIR = 0.02
# Seconds of one turn of the chore among jobs if it had all the time; with a part of it, its part of them.
TURN = 0.02

_log = logging.getLogger("mailsink.store")


class Job(ABC):  # noqa: B024 - a job may only wait, or only write
    """Something to write. *size* is about how many octets it adds to a transaction."""

    size = 0

    def run(self, connection: sqlite3.Connection) -> None:  # noqa: B027 - some only wait
        """Write, inside a transaction. Called again when the transaction had to be rolled back."""

    @classmethod
    def run_all(cls, connection: sqlite3.Connection, jobs: Sequence[Self]) -> None:
        """Write *jobs* of this class, which follow each other in a transaction."""
        for job in jobs:
            job.run(connection)

    def settle(self, error: StoreError | None) -> None:  # noqa: B027 - nothing, unless somebody waits
        """Called once on the writer's thread: ``None`` after the commit, else why nothing was written."""


# Does some of what nobody waits for, inside a transaction, and says how much is left: from 0, which is
# nothing, to 1, which is so much that jobs must give way. It ends soon after what it is given says true:
# a job came.
Chore = Callable[[sqlite3.Connection, Callable[[], bool]], float]


def no_chore(_connection: sqlite3.Connection, _enough: Callable[[], bool]) -> float:
    return 0


class _Nothing(Job):
    """Wakes the writer; what is to be done with it is *settled*."""

    def __init__(self, settled: Callable[[], None]) -> None:
        self._settled = settled

    def settle(self, error: StoreError | None) -> None:  # noqa: ARG002 - nothing was to be written
        self._settled()


class Writer:
    """Runs jobs in the order of `submit`, over *connection*, which it owns, on a thread of its own.

    A job that fails takes no other with it: the batch is rolled back and written again in halves. When there
    is no job for a moment, *chore* is done, and while jobs keep coming it is done in short turns between
    them. *last* is run at the end of every transaction of jobs.

    `write_now` spares a caller who can wait for a commit, but not for anybody else, two changes of threads.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        file: Path,
        chore: Chore = no_chore,
        last: Job | None = None,
    ) -> None:
        self._last = () if last is None else (last,)
        self._connection = connection
        self._file = file
        self._chore = chore
        # Whether the chore has more to do: at the start and after every job it may.
        self._behind = True
        # How much of it was left, and when its next turn is although there are jobs.
        self._left = 0.0
        self._due = time.monotonic() + QUIET
        self._is_troubled = False
        self._chore_fails = False
        # Who waits for the chore, and until when.
        self._hurried: list[tuple[Callable[[sqlite3.Connection], bool], Future[None]]] = []
        self._lock = threading.Lock()
        # Held by whoever writes.
        self._writing = threading.Lock()
        self._checkpoints = Checkpoints(file, self._writing)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # How many jobs are in the queue or being written by the thread.
        self._queued = 0
        # When somebody last wrote on a thread of his own, and until when nobody is to.
        self._written_at = 0.0
        self._slow_until = 0.0
        # Whether SQLite waits for another process that writes, instead of failing at once.
        self._is_patient = True
        # What is written along with the next jobs, and whether nothing else would wake the thread.
        self._later: list[Job] = []
        self._rests = False
        # Called on the thread whenever the jobs of a transaction have been told.
        self.after_settling: list[Callable[[], None]] = []
        self._closed = False
        # A daemon: an interpreter that ends without close() loses only what nobody was told is kept.
        self._thread = threading.Thread(target=self._work, name="mailsink-store", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Take *job* over; never blocks. From a `Job.settle` it is done at once, else soon."""
        if self.is_own_thread:
            self._write([job])
            return
        with self._lock:
            is_open = not self._closed
            if is_open:
                self._put(job)
        if not is_open:
            self._refuse(job)

    def _put(self, job: Job) -> None:
        """With the lock held."""
        self._queued += 1
        self._jobs.put(job)

    def write_now(self, jobs: Sequence[Job]) -> bool:
        """Write *jobs* on the caller's thread where nothing else has to be waited for, and tell them.

        Else nothing is done, and false returned: somebody writes or waits to, the jobs are big, the disk is
        slow, or anything is wrong. `submit` is for these.
        """
        octets = sum(job.size for job in jobs)
        with self._lock:
            began = time.monotonic()
            if (
                self._closed
                or self._queued
                or octets > MOST_OCTETS_NOW
                or began < self._slow_until
                or not self._writing.acquire(blocking=False)
            ):
                return False
            later = self._take_later() if len(self._later) >= ENOUGH else []
        try:
            if self._attempt([*jobs, *later], patient=False) is not None:
                with self._lock:
                    self._later[:0] = later
                return False
            self._tell_operator(None)
            self._settle((*jobs, *later, *self._last), None)
        finally:
            self._writing.release()
        with self._lock:
            self._written_at = time.monotonic()
            if self._written_at - began > SLOW:
                self._slow_until = self._written_at + SLOW_FOR
            self._fall_behind()
            self._stir()
        return True

    def _take_later(self) -> list[Job]:
        """With the lock held."""
        later, self._later = self._later, []
        return later

    def _fall_behind(self) -> None:
        """Something was written, so there is something of the chore to do."""
        if not self._behind:
            self._behind = True
            self._due = time.monotonic() + QUIET

    def _stir(self) -> None:
        """Have the thread look what there is to do, if nothing else would. With the lock held."""
        if self._rests:
            self._rests = False
            self._put(_Nothing(lambda: None))

    def submit_later(self, job: Job) -> None:
        """Take *job* over, which nobody waits for: it is written along with the next, or when none comes."""
        with self._lock:
            is_open = not self._closed
            if is_open:
                self._later.append(job)
                self._stir()
        if not is_open:
            self._refuse(job)

    def _refuse(self, job: Job) -> None:
        job.settle(StoreError(f"{self._file}: the store is closed"))

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller is a callback of a job."""
        return threading.current_thread() is self._thread

    @property
    def has_jobs(self) -> bool:
        """Whether a job waits for the one that runs."""
        return not self._jobs.empty()

    @property
    def _is_due(self) -> bool:
        """Whether it is the chore's turn although jobs keep coming."""
        return self._chore is not no_chore and time.monotonic() >= self._due

    def version(self) -> int | None:
        """A number that changes when somebody else has committed; ``None`` while this one is writing."""
        if not self._writing.acquire(blocking=False):
            return None
        try:
            # The connection of its own: what it commits itself does not count (sqlite.org/pragma.html).
            ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
            return int(version)
        except sqlite3.Error:
            return None
        finally:
            self._writing.release()

    def hurry(self, is_done: Callable[[sqlite3.Connection], bool]) -> Future[None]:
        """Do the chore now, between the jobs, until *is_done* says so or nothing is left of it.

        The future is resolved then, and also when the chore fails. For any thread but the writer's own.
        """
        waiting: Future[None] = Future()
        self._hurried.append((is_done, waiting))
        self.submit(_Nothing(lambda: self._told(waiting) if self._closed else None))
        return waiting

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
            is_quiet = not batch and time.monotonic() - self._written_at >= QUIET
            with self._writing:
                with self._lock:
                    later = self._take_later() if batch or is_quiet or not is_open else []
                if batch or later:
                    self._write([*batch, *later])
            with self._lock:
                self._queued -= len(batch)
                if batch:
                    self._fall_behind()
            if is_open and (self._hurried or is_quiet or self._is_due):
                with self._writing:
                    self._do_chore(turn=0.0 if is_quiet else TURN)
        self._let_go(lambda _: True)
        self._checkpoints.close()
        with self._writing:
            self._connection.close()

    def _next_batch(self) -> tuple[list[Job], bool]:
        """Wait for a job, then take what else is there; false when nothing will come any more.

        No job is the time for the chore.
        """
        batch: list[Job] = []
        octets = 0
        while len(batch) < MOST_JOBS and octets < MOST_OCTETS:
            try:
                job = self._jobs.get(block=not batch and not self._hurried, timeout=self._pause())
            except queue.Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
            octets += job.size
        return batch, True

    def _pause(self) -> float | None:
        """How long to wait for a job; ``None`` where nothing is to be done without one."""
        with self._lock:
            self._rests = not self._behind and not self._later
        return None if self._rests else QUIET

    def _write(self, batch: Sequence[Job]) -> None:
        self._write_part(batch)
        for callback in self.after_settling:
            callback()

    def _write_part(self, batch: Sequence[Job]) -> None:
        error = self._attempt(batch)
        self._tell_operator(error)
        if error is None:
            self._settle((*batch, *self._last), None)
        elif len(batch) == 1 or is_busy(error):
            self._settle(batch, store_error(self._file, error))
        else:
            half = len(batch) // 2
            self._write_part(batch[:half])
            self._write_part(batch[half:])

    def _tell_operator(self, error: Exception | None) -> None:
        """Log the beginning and the end of a trouble with the file, once each."""
        if error is None and self._is_troubled:
            self._is_troubled = False
            _log.warning("%s: writing works again", self._file)
        elif not self._is_troubled and is_trouble(error):
            self._is_troubled = True
            assert error is not None
            _log.error("%s; mail is refused until it works again", store_error(self._file, error))

    def _attempt(self, batch: Sequence[Job], *, patient: bool = True) -> Exception | None:
        try:
            self._begin(patient=patient)
            kind: type[Job]
            for kind, jobs in groupby((*batch, *self._last), type):
                kind.run_all(self._connection, list(jobs))
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever a job does, the next ones must be written
            self._roll_back()
            return error
        self._checkpoints.wrote(sum(job.size for job in batch))
        return None

    def _begin(self, *, patient: bool) -> None:
        if patient is not self._is_patient:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000) if patient else 0}")
            self._is_patient = patient
        self._connection.execute("BEGIN IMMEDIATE")

    def _do_chore(self, *, turn: float) -> None:
        """Do some of the chore: for its share of *turn* seconds, and longer until a job comes."""
        began = time.monotonic()
        share = FAIR + (1 - FAIR) * self._left**2
        ends = began + (PATIENCE if self._hurried else turn * share)
        try:
            self._begin(patient=True)
            self._left = self._chore(self._connection, lambda: self.has_jobs and time.monotonic() >= ends)
            self._connection.execute("COMMIT")
            self._behind = self._left > 0
            self._let_go(lambda is_done: not self._behind or is_done(self._connection))
            self._chore_fails = False
        except Exception as error:  # noqa: BLE001 - a chore that fails must not stop the writing
            self._roll_back()
            # Tried again after the next job: who cannot write now will hear of it then.
            self._behind, self._left = False, 0.0
            self._let_go(lambda _: True)
            if not self._chore_fails:
                self._chore_fails = True
                _log.warning("%s; the search index waits", store_error(self._file, error))
        ended = time.monotonic()
        self._due = ended + min(ended - began, TURN) * (1 / share - 1)

    def _let_go(self, judge: Callable[[Callable[[sqlite3.Connection], bool]], bool]) -> None:
        """Resolve the futures of those for whom enough is done."""
        for entry in list(self._hurried):
            is_done, waiting = entry
            if judge(is_done):
                self._hurried.remove(entry)
                self._told(waiting)

    @staticmethod
    def _told(waiting: Future[None]) -> None:
        if not waiting.done():
            waiting.set_result(None)

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
