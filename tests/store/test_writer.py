"""The writer's thread: order, batches, and what happens to the others when one job fails."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from keeping import Hold

from mailsink.errors import StoreError
from mailsink.store import writer
from mailsink.store.schema import connect
from mailsink.store.writer import Job, Writer

FILE = Path("mail.db")


class Insert(Job):
    """Inserts *value*; notes when it is told."""

    def __init__(self, value: int, told: list[tuple[int, StoreError | None]]) -> None:
        self.value = value
        self.told = told

    def run(self, connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (?)", (self.value,))

    def settle(self, error: StoreError | None) -> None:
        self.told.append((self.value, error))


class Broken(Job):
    def run(self, _connection: sqlite3.Connection) -> None:
        raise RuntimeError("a bug")


class Rude(Job):
    def run(self, connection: sqlite3.Connection) -> None:
        pass

    def settle(self, _error: StoreError | None) -> None:
        raise RuntimeError("the loop is closed")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a log is emptied, SQLite makes the file if it is not there."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    opened.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
    yield opened
    opened.close()


@pytest.fixture
def thread(connection: sqlite3.Connection) -> Iterator[Writer]:
    started = Writer(connection, FILE)
    yield started
    started.close()


def test_jobs_are_written_and_told_in_order(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    for number in range(2000):
        thread.submit(Insert(number, told))

    thread.close()

    assert told == [(number, None) for number in range(2000)]


def test_jobs_that_wait_share_a_transaction(connection: sqlite3.Connection, thread: Writer):
    statements: list[str] = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    connection.set_trace_callback(statements.append)
    for number in range(writer.MOST_JOBS + 1):
        thread.submit(Insert(number, []))

    hold.released.set()
    thread.close()

    assert statements.count("BEGIN IMMEDIATE") == 2


def test_a_transaction_is_bounded_by_octets_too(connection: sqlite3.Connection, thread: Writer):
    statements: list[str] = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    connection.set_trace_callback(statements.append)
    for number in range(4):
        job = Insert(number, [])
        job.size = writer.MOST_OCTETS // 2
        thread.submit(job)

    hold.released.set()
    thread.close()

    assert statements.count("BEGIN IMMEDIATE") == 2


def test_jobs_that_fail_take_no_other_with_them(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    for number in (1, 2, 2, 3, 1, 4):
        thread.submit(Insert(number, told))

    hold.released.set()
    thread.close()

    assert [(number, error and str(error)) for number, error in told] == [
        (1, None),
        (2, None),
        (2, "mail.db: UNIQUE constraint failed: numbers.number"),
        (3, None),
        (1, "mail.db: UNIQUE constraint failed: numbers.number"),
        (4, None),
    ]


def test_a_bug_in_a_job_does_not_stop_the_writer(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    thread.submit(Broken())
    thread.submit(Insert(1, told))

    thread.close()

    assert told == [(1, None)]


def test_a_callback_that_raises_is_logged_and_the_next_are_told(
    thread: Writer, caplog: pytest.LogCaptureFixture
):
    told: list[tuple[int, StoreError | None]] = []
    with caplog.at_level(logging.ERROR, "mailsink.store"):
        thread.submit(Rude())
        thread.submit(Insert(1, told))
        thread.close()

    assert told == [(1, None)]
    assert caplog.messages == ["mail.db: a callback failed"]


def test_a_job_from_a_callback_is_done_at_once(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []

    class Next(Insert):
        def settle(self, error: StoreError | None) -> None:
            thread.submit(Insert(self.value + 1, told))
            super().settle(error)

    thread.submit(Next(1, told))
    thread.close()

    assert told == [(2, None), (1, None)]


def test_a_closed_writer_tells_that_it_is_closed(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    thread.close()

    thread.submit(Insert(1, told))

    assert [str(error) for _, error in told] == ["mail.db: the store is closed"]


def test_closing_closes_the_connection(connection: sqlite3.Connection, thread: Writer):
    thread.close()
    thread.close()

    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        connection.execute("SELECT 1")


def test_the_last_job_ends_every_transaction(connection: sqlite3.Connection):
    told: list[tuple[int, StoreError | None]] = []

    class Last(Insert):
        def run(self, connection: sqlite3.Connection) -> None:
            self.value += 100
            super().run(connection)

    writer = Writer(connection, FILE, last=Last(0, told))
    writer.submit(Insert(1, told))
    writer.close()

    assert told == [(1, None), (100, None)]
    assert connection_closed(connection)


def connection_closed(connection: sqlite3.Connection) -> bool:
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    return True


def test_a_chore_is_done_when_there_are_no_jobs(connection: sqlite3.Connection):
    done = threading.Event()
    calls = []

    def chore(_connection: sqlite3.Connection, _enough: object) -> bool:
        calls.append(1)
        if len(calls) == 3:
            done.set()
        return len(calls) < 3

    with closing(Writer(connection, FILE, chore)):
        assert done.wait(10)


def test_a_chore_gets_its_turn_although_jobs_keep_coming(connection: sqlite3.Connection):
    worked = threading.Event()

    def chore(_connection: sqlite3.Connection, _enough: object) -> float:
        worked.set()
        return 1.0

    class Endless(Job):
        """The next one waits before this one is written: the writer is never idle."""

        def run(self, _connection: sqlite3.Connection) -> None:
            if not worked.is_set():
                writer._jobs.put(Endless())

    with closing(Writer(connection, FILE, chore)) as writer:
        writer.submit(Endless())

        assert worked.wait(10)


def test_a_chore_that_fails_again_and_again_is_told_once(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
):
    tries: queue.SimpleQueue[None] = queue.SimpleQueue()

    def chore(_connection: sqlite3.Connection, _enough: object) -> float:
        tries.put(None)
        raise RuntimeError("a bug")

    with caplog.at_level(logging.WARNING, "mailsink.store"), closing(Writer(connection, FILE, chore)) as one:
        for number in range(3):
            tries.get(timeout=10)
            one.submit(Insert(number, []))

    assert caplog.messages == ["mail.db: a bug; the search index waits"]


def test_a_chore_that_fails_is_told_and_the_writing_goes_on(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
):
    failed = threading.Event()
    told: list[tuple[int, StoreError | None]] = []

    def chore(_connection: sqlite3.Connection, _enough: object) -> bool:
        failed.set()
        raise RuntimeError("a bug")

    with caplog.at_level(logging.WARNING, "mailsink.store"):
        writer = Writer(connection, FILE, chore)
        assert failed.wait(10)
        writer.submit(Insert(1, told))
        writer.close()

    assert told == [(1, None)]
    assert "mail.db: a bug; the search index waits" in caplog.messages


def test_who_hurries_waits_until_enough_is_done(connection: sqlite3.Connection):
    left = list(range(10))

    def chore(_connection: sqlite3.Connection, _enough: object) -> bool:
        left.pop()
        return bool(left)

    with closing(Writer(connection, FILE, chore)) as writer:
        writer.hurry(lambda _: len(left) <= 4).result(10)
        assert len(left) <= 4
        writer.hurry(lambda _: False).result(10)

    assert left == []


def test_jobs_go_on_while_somebody_hurries(connection: sqlite3.Connection):
    told: list[tuple[int, StoreError | None]] = []
    counted: list[int] = []

    def chore(_connection: sqlite3.Connection, enough: Callable[[], bool]) -> bool:
        while not enough() and len(counted) < 100_000:
            counted.append(1)
        return len(told) < 20

    with closing(Writer(connection, FILE, chore)) as writer:
        hurried = writer.hurry(lambda _: len(told) == 20)
        for number in range(20):
            writer.submit(Insert(number, told))
        hurried.result(10)

    assert told == [(number, None) for number in range(20)]


def test_nobody_is_left_waiting_when_it_is_closed_or_fails(connection: sqlite3.Connection):
    def chore(_connection: sqlite3.Connection, _enough: object) -> bool:
        raise RuntimeError("a bug")

    writer = Writer(connection, FILE, chore)
    writer.hurry(lambda _: False).result(10)
    writer.close()

    writer.hurry(lambda _: False).result(10)


class InsertTogether(Insert):
    """Is written with those of its kind that wait; *together* notes how many those were."""

    together: list[int]

    @classmethod
    def run_all(cls, connection: sqlite3.Connection, jobs: Sequence[InsertTogether]) -> None:
        jobs[0].together.append(len(jobs))
        super().run_all(connection, jobs)


def test_jobs_of_a_kind_that_follow_each_other_are_written_together(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    InsertTogether.together = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    for kind, number in ((InsertTogether, 1), (InsertTogether, 2), (Insert, 3), (InsertTogether, 4)):
        thread.submit(kind(number, told))

    hold.released.set()
    thread.close()

    assert (InsertTogether.together, told) == ([2, 1], [(1, None), (2, None), (3, None), (4, None)])


def test_what_may_come_later_shares_the_transaction_of_the_next_job(
    connection: sqlite3.Connection, thread: Writer
):
    told: list[tuple[int, StoreError | None]] = []
    statements: list[str] = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    connection.set_trace_callback(statements.append)
    thread.submit_later(Insert(1, told))
    thread.submit(Insert(2, told))

    hold.released.set()
    thread.close()

    assert told == [(2, None), (1, None)]
    assert statements.count("BEGIN IMMEDIATE") == 1


def test_what_may_come_later_is_written_when_nothing_else_comes(thread: Writer):
    told: queue.SimpleQueue[StoreError | None] = queue.SimpleQueue()

    class Later(Job):
        def settle(self, error: StoreError | None) -> None:
            told.put(error)

    for _ in range(3):
        thread.submit_later(Later())
        assert told.get(timeout=10) is None


def test_what_may_come_later_is_written_before_the_end(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    thread.submit_later(Insert(1, told))

    thread.close()
    thread.submit_later(Insert(2, told))

    assert told[0] == (1, None)
    assert str(told[1][1]) == "mail.db: the store is closed"


def test_it_says_when_the_jobs_of_a_transaction_have_been_told(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    counts: list[int] = []
    thread.after_settling.append(lambda: counts.append(len(told)))
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)
    for number in range(3):
        thread.submit(Insert(number, told))

    hold.released.set()
    thread.close()

    assert counts == [0, 3]


def test_a_caller_may_write_on_its_own_thread(connection: sqlite3.Connection, thread: Writer):
    told: list[tuple[int, StoreError | None]] = []

    assert thread.write_now([Insert(1, told), Insert(2, told)])
    assert told == [(1, None), (2, None)]
    assert not connection.in_transaction


def test_a_caller_does_not_write_while_jobs_wait(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    hold = Hold()
    thread.submit(hold)
    assert hold.began.wait(10)

    assert not thread.write_now([Insert(1, told)])
    hold.released.set()
    thread.close()

    assert not thread.write_now([Insert(1, told)])
    assert told == []


def test_a_caller_does_not_write_what_is_big(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    big = Insert(1, told)
    big.size = writer.MOST_OCTETS_NOW + 1

    assert not thread.write_now([big])
    assert told == []


def test_a_caller_does_not_write_to_a_slow_disk(thread: Writer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writer, "SLOW", 0.0)

    assert thread.write_now([Insert(1, [])])
    assert not thread.write_now([Insert(2, [])])


def test_what_a_caller_cannot_write_is_left_to_the_thread(thread: Writer):
    told: list[tuple[int, StoreError | None]] = []
    later: queue.SimpleQueue[StoreError | None] = queue.SimpleQueue()

    class Later(Job):
        def settle(self, error: StoreError | None) -> None:
            later.put(error)

    for _ in range(writer.ENOUGH):
        thread.submit_later(Later())

    assert not thread.write_now([Insert(1, told), Broken()])
    assert told == []
    for _ in range(writer.ENOUGH):
        assert later.get(timeout=10) is None


def test_what_may_come_later_is_written_with_a_caller_when_it_is_much(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer, "QUIET", 60.0)
    told: list[tuple[int, StoreError | None]] = []
    thread = Writer(connection, FILE)
    for number in range(writer.ENOUGH):
        thread.submit_later(Insert(number, told))

    assert thread.write_now([Insert(1_000, told)])
    assert len(told) == writer.ENOUGH + 1
    thread._jobs.put(None)
    thread.close()


def test_a_chore_is_done_after_a_caller_has_written(connection: sqlite3.Connection):
    done = threading.Event()
    wanted = threading.Event()

    def chore(_connection: sqlite3.Connection, _enough: Callable[[], bool]) -> float:
        if wanted.is_set():
            done.set()
        return 0.0

    thread = Writer(connection, FILE, chore)
    with closing(thread):
        first = thread.hurry(lambda _: True)
        first.result(10)
        wanted.set()
        while not thread.write_now([Insert(1, [])]):
            # The thread tells who hurries before it lets go of the file.
            pass
        assert done.wait(10)


def test_a_caller_does_not_wait_for_another_process(tmp_path: Path):
    file = tmp_path / "mail.db"
    told: queue.SimpleQueue[tuple[int, StoreError | None]] = queue.SimpleQueue()

    class Told(Insert):
        def settle(self, error: StoreError | None) -> None:
            told.put((self.value, error))

    mine = connect(file)
    mine.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
    with closing(Writer(mine, file)) as thread, closing(connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        job = Told(1, [])

        assert not thread.write_now([job])
        thread.submit(job)
        other.execute("ROLLBACK")

        assert told.get(timeout=10) == (1, None)
