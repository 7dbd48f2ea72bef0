"""What the SQLite store promises beyond the contract: the file, the threads, the processes, the trouble."""

from __future__ import annotations

import hashlib
import logging
import queue
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import keeping
import pytest
from keeping import Hold, keep, mail, session
from messages import message

from mailsink.errors import StoreError
from mailsink.events import Events
from mailsink.message import Message
from mailsink.store import Counts, open_store, sqlite
from mailsink.store.rows import LISTED
from mailsink.store.sqlite import SQLiteStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


@pytest.fixture
def store(file: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(file, Events())) as opened:
        yield opened


def hold(store: SQLiteStore) -> Hold:
    """Stop the writer inside a transaction."""
    job = Hold()
    store._writer.submit(job)
    assert job.began.wait(10)
    return job


def integrity(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def told_of(store: SQLiteStore, *messages: Message) -> queue.SimpleQueue[StoreError | None]:
    told: queue.SimpleQueue[StoreError | None] = queue.SimpleQueue()
    for each in messages:
        store.add(each, told.put)
    return told


# the file


def test_a_file_store_is_called_by_its_file(file: Path):
    with closing(open_store(str(file))) as store:
        assert store.description == str(file)


def test_a_relative_file_is_found_again_after_a_change_of_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with closing(open_store("mail.db")) as store:
        (added,) = keep(store, mail())
        monkeypatch.chdir("/")

        assert store.get(added.id) == added


def test_everything_is_there_after_reopening(file: Path):
    ended = session()
    with closing(open_store(str(file))) as store:
        one, two, gone = keep(store, mail("a", tags=("x",)), message(state={"inbox": "b"}), mail("gone"))
        store.mark([one.id], read=True, starred=True, tags=("kept", "\udc80"))
        store.delete([gone.id])
        store.put_session(ended)
        before = store.page()

    with closing(open_store(str(file))) as store:
        marked = store.get(one.id)
        assert (marked.read, marked.starred, marked.tags) == (True, True, ("kept", "\udc80"))
        assert store.get(two.id) == two
        assert store.inboxes() == {"a": Counts(total=1, unread=0), "b": Counts(total=1, unread=1)}
        assert store.session(ended.id) == ended
        assert store.page() == before


def test_closing_leaves_one_file(file: Path):
    with closing(open_store(str(file))) as store:
        keep(store, mail())
        store.page()

    assert list(file.parent.iterdir()) == [file]


def test_a_closed_store_cannot_be_read(store: SQLiteStore, file: Path):
    store.close()

    with pytest.raises(StoreError) as raised:
        store.page()
    assert str(raised.value) == f"{file}: the store is closed"
    with pytest.raises(StoreError, match="the store is closed"):
        store.clear()


def test_clear_frees_the_place_in_the_file(store: SQLiteStore, file: Path):
    for _ in range(3):
        keep(store, *(message(octets=b"x" * 100_000) for _ in range(10)))
        store.clear()
    store.close()

    assert file.stat().st_size < 2_000_000


# lists


@pytest.mark.parametrize("inbox", [None, "default"])
@pytest.mark.parametrize("way", [sqlite._OLDER, sqlite._NEWER])
def test_a_page_is_read_by_an_index_and_never_sorted(store: SQLiteStore, inbox: str | None, way: str):
    statements: list[str] = []
    keep(store, mail())
    with store._readers.lend() as connection:
        connection.set_trace_callback(statements.append)
    store._rows(LISTED, inbox, "~", way, 50)

    with store._readers.lend() as connection:
        connection.set_trace_callback(None)
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}").fetchall())

    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_what_a_list_computed_is_remembered_without_an_event(store: SQLiteStore):
    (added,) = keep(store, message(subject="Computed"))
    with store.events.subscribe() as subscription:
        store.page()
        store.mark([], read=True)  # waits behind what the list handed to the writer
        event = subscription.get(timeout=0)

    ((_, *_, summary),) = store._rows(LISTED, None, "~", sqlite._OLDER, 1)
    assert event is None
    assert b'"subject":"Computed"' in summary
    assert store.page().summaries == (added.summary,)


# threads


def test_readers_do_not_wait_for_the_writer(store: SQLiteStore):
    (added,) = keep(store, mail())
    held = hold(store)

    found = store.page().summaries, store.get(added.id), store.counts(), store.inboxes()
    held.released.set()

    assert found == (
        (added.summary,),
        added,
        Counts(total=1, unread=1),
        {"default": Counts(total=1, unread=1)},
    )


def test_adding_does_not_wait_for_the_writer(store: SQLiteStore):
    held = hold(store)
    told = told_of(store, mail(), mail())
    store.put_session(session())

    assert told.empty()
    held.released.set()
    assert [told.get(timeout=10) for _ in range(2)] == [None, None]


def test_a_session_can_be_read_while_it_is_on_its_way(store: SQLiteStore):
    first, second, third = (session() for _ in range(3))
    store.put_session(first)
    store.clear()
    held = hold(store)
    store.put_session(second)
    store.put_session(third)

    assert store.session(second.id) == second
    assert store.sessions() == (third, second, first)
    assert store.sessions(limit=1, before=third.id) == (second,)
    held.released.set()
    store.clear()
    assert store.sessions() == (third, second, first)
    assert store._unwritten == {}


def test_threads_that_end_leave_no_connections(store: SQLiteStore):
    keep(store, mail())
    for _ in range(20):
        thread = threading.Thread(target=store.page)
        thread.start()
        thread.join()

    assert len(store._readers._idle) == 1


def test_a_callback_may_change_the_store(store: SQLiteStore):
    added = mail()
    counts: queue.SimpleQueue[int] = queue.SimpleQueue()

    store.add(added, lambda _: counts.put(store.delete([added.id])))

    assert counts.get(timeout=10) == 1


# trouble


def test_a_full_disk_refuses_what_does_not_fit_and_goes_on_when_there_is_room(store: SQLiteStore, file: Path):
    keep(store, mail())
    connection = store._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    small, big, last = mail(), message(octets=b"x" * 1_000_000), mail()
    held = hold(store)
    told = told_of(store, small, big, last)
    held.released.set()

    errors = [told.get(timeout=10) for _ in range(3)]

    assert [e and str(e) for e in errors] == [
        None,
        f"{file}: database or disk is full; free some disk space",
        None,
    ]
    assert store.get(big.id) is None
    assert store.counts() == Counts(total=3, unread=3)

    connection.execute("PRAGMA max_page_count = 1000000")
    assert keep(store, big) == (big,)
    assert store.get(big.id) == big
    store.close()
    assert integrity(file) == "ok"


def test_an_add_that_failed_publishes_nothing(store: SQLiteStore):
    first = mail()
    keep(store, first)

    with store.events.subscribe() as subscription:
        assert told_of(store, first).get(timeout=10) is not None
        store.mark([], read=True)

        assert subscription.get(timeout=0) is None


def test_a_file_that_another_process_holds_refuses_and_goes_on_when_it_is_free(
    store: SQLiteStore, file: Path
):
    store._writer._connection.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError) as raised:
            keep(store, mail())
        with pytest.raises(StoreError):
            store.clear()
        with pytest.raises(StoreError):
            store.mark(["nothing"], read=True)
        other.execute("ROLLBACK")

    assert str(raised.value) == f"{file}: database is locked; another process is writing to the file"
    assert keep(store, mail())


def test_a_session_that_could_not_be_kept_publishes_nothing(store: SQLiteStore, file: Path):
    store._writer._connection.execute("PRAGMA busy_timeout = 20")
    ended = session()
    with closing(sqlite3.connect(file, isolation_level=None)) as other, store.events.subscribe() as events:
        other.execute("BEGIN IMMEDIATE")
        store.put_session(ended)
        with pytest.raises(StoreError):
            store.clear()

        assert events.get(timeout=0) is None
    assert store.session(ended.id) is None


def test_a_message_that_cannot_be_written_harms_no_other(store: SQLiteStore):
    bad = mail(session_id="\udc80")
    good = mail()
    held = hold(store)
    told = told_of(store, bad, good)
    held.released.set()

    errors = [told.get(timeout=10) for _ in range(2)]

    assert "surrogates not allowed" in str(errors[0])
    assert errors[1] is None
    assert list(store.scan()) == [good]


def test_a_big_file_is_worth_a_word_once(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(sqlite, "BIG", 1)

    with caplog.at_level(logging.WARNING, "mailsink.store"), closing(SQLiteStore(file, Events())) as store:
        keep(store, mail())
        keep(store, mail())

    assert caplog.messages == [
        f"{file} has grown over 10 GiB; clear it, or limit it by --max-bytes or --max-age"
    ]


def test_a_session_that_was_not_kept_is_told_to_the_operator(
    store: SQLiteStore, file: Path, caplog: pytest.LogCaptureFixture
):
    store._writer._connection.execute("PRAGMA busy_timeout = 20")
    ended = session()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING, "mailsink.store"):
            store.put_session(ended)
            with pytest.raises(StoreError):
                store.clear()
            # A session may be written after the job that came behind it: nobody waits for one.
            store.close()

    assert f"the session {ended.id} was not kept: {file}: database is locked" in caplog.text


# processes

ADD = """
import hashlib, os, sys
from keeping import mail
from messages import message
from mailsink.store import open_store

store = open_store(sys.argv[1])
for number in range(int(sys.argv[2])):
    octets = os.urandom(number % 5000)
    added = message(octets=octets, state={"inbox": "ab"[number % 2]})
    line = f"{added.id} {hashlib.sha256(octets).hexdigest()}\\n".encode()
    store.add(added, lambda error, line=line: error or os.write(1, line))
store.close()
"""


def child(file: Path, count: int) -> subprocess.Popen[bytes]:
    """A process that adds *count* messages and writes a line for each that it was told is kept."""
    arguments = [sys.executable, "-c", ADD, str(file), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, env=keeping.ENVIRONMENT)


def assert_kept(file: Path, lines: list[bytes]) -> None:
    with closing(open_store(str(file))) as store:
        for line in lines:
            message_id, digest = line.decode().split()
            kept = store.get(message_id)
            assert kept is not None
            assert hashlib.sha256(kept.content).hexdigest() == digest
        assert sum(counts.total for counts in store.inboxes().values()) == len(list(store.scan()))
    assert integrity(file) == "ok"


@pytest.mark.parametrize("told", [1, 700, 3000])
def test_what_was_told_to_be_kept_survives_a_kill(file: Path, told: int):
    with child(file, 1_000_000) as process:
        lines = [process.stdout.readline() for _ in range(told)]
        process.kill()
        lines += [line for line in process.stdout if line.endswith(b"\n")]

    assert process.returncode != 0
    assert len(lines) >= told
    assert_kept(file, lines)


def test_two_processes_may_write_to_one_file(file: Path):
    with closing(open_store(str(file))) as store:
        with child(file, 1000) as one, child(file, 1000) as two:
            keep(store, *(mail("ab"[n % 2]) for n in range(1000)))
            lines = one.stdout.readlines() + two.stdout.readlines()

        assert (one.returncode, two.returncode) == (0, 0)
        assert len(lines) == 2000
        assert store.inboxes() == {name: Counts(total=1500, unread=1500) for name in ("a", "b")}
    assert_kept(file, lines)


def test_many_are_deleted_and_marked_in_turns_with_the_mail_that_comes(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "MOST_CHANGED", 4)
    ids = [message.id for message in keep(store, *(mail() for _ in range(10)))]
    with store.events.subscribe(kinds=("changed", "deleted")) as subscription:
        assert store.mark([*ids, "none"], starred=True) == 10
        assert store.delete([*ids, ids[0]]) == 10

        told = [subscription.get(0) for _ in range(6)]

    assert [(event.kind, len(event.ids)) for event in told] == [
        *(("changed", 4), ("changed", 4), ("changed", 2)),
        *(("deleted", 4), ("deleted", 4), ("deleted", 2)),
    ]
