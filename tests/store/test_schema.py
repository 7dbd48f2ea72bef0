"""Opening a file: ours is made and migrated, any other is refused and left alone."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import keeping
import pytest
from keeping import index_all, keep, mail, older_index
from messages import message

from mailsink.errors import StartError
from mailsink.message import Message
from mailsink.query_text import parse
from mailsink.store import Counts, codec, open_store, schema

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
MORE = (*schema.MIGRATIONS, ("CREATE TABLE more (x INTEGER) STRICT", "INSERT INTO more VALUES (1)"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


def make_store(file: Path) -> str:
    """A store with one message; its id."""
    with closing(open_store(str(file))) as store:
        return keep(store, mail())[0].id


def refusal(file: Path) -> str:
    with pytest.raises(StartError) as refused:
        open_store(str(file))
    return str(refused.value)


def pragma(file: Path, words: str) -> object:
    with closing(sqlite3.connect(file)) as connection:
        row = connection.execute(f"PRAGMA {words}").fetchone()
        return row and row[0]


def test_a_new_file_carries_our_mark_and_version(file: Path):
    make_store(file)

    assert pragma(file, "application_id") == schema.APPLICATION_ID
    assert pragma(file, "user_version") == schema.VERSION
    assert pragma(file, "journal_mode") == "wal"
    assert pragma(file, "integrity_check") == "ok"


def test_an_empty_file_becomes_a_store(file: Path):
    file.touch()

    assert make_store(file)


def test_a_new_file_says_whose_it_is_before_anything_is_kept(file: Path):
    with closing(schema.open_file(file)):
        head = file.read_bytes()[:100]

    assert head[68:72] == b"msnk"


def test_names_that_mean_something_to_sqlite_are_file_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    for name in (":memory:", "file:mail.db?mode=memory"):
        make_store(Path(name))
        assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    "content",
    [b"Dear diary\n" * 100, b"x", b"SQLite format 3\0" + b"x" * 200],
    ids=["text", "one octet", "a bad header"],
)
def test_a_file_that_is_no_store_is_refused_and_unchanged(file: Path, content: bytes):
    file.write_bytes(content)

    assert refusal(file) == (f"{file} is not a mailsink store: name another file, or move this one away")
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_database_of_another_program_is_refused_and_unchanged(file: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    before = file.read_bytes()

    assert refusal(file) == f"{file} is not a mailsink store: name another file, or move this one away"
    assert file.read_bytes() == before


def test_a_newer_schema_is_refused_and_unchanged(file: Path):
    make_store(file)
    pragma(file, "user_version = 7")
    before = file.read_bytes()

    assert refusal(file) == (
        f"{file} was written by a newer mailsink (schema 7, this one knows {schema.VERSION}): "
        "update mailsink, or name another file"
    )
    assert file.read_bytes() == before


def test_a_newer_schema_that_is_only_in_the_log_is_refused(file: Path):
    make_store(file)
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA user_version = 7")

        assert "newer mailsink (schema 7," in refusal(file)


def test_a_damaged_store_is_refused(file: Path):
    make_store(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])

    assert re.fullmatch(
        re.escape(str(file)) + r" cannot be used as a store \(.*malformed.*\): "
        "name another file, or move this one away",
        refusal(file),
    )


def test_a_directory_is_refused(tmp_path: Path):
    assert (
        refusal(tmp_path) == f"{tmp_path} is a directory: name a file in it, such as {tmp_path / 'mail.db'}"
    )


def test_a_missing_directory_is_refused_and_not_made(tmp_path: Path):
    file = tmp_path / "none" / "mail.db"

    assert (
        refusal(file) == f"{file}: there is no directory {file.parent}: make it first, or name another file"
    )
    assert not file.parent.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_what_is_not_a_regular_file_is_refused(file: Path):
    os.mkfifo(file)

    assert refusal(file) == f"{file} is not a regular file: name another file"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory that nobody can write to")
def test_a_directory_that_cannot_be_written_to_is_refused():
    file = Path("/proc/self/mail.db")

    assert refusal(file) == (
        f"{file} cannot be used as a store (unable to open database file): "
        "give this user write permission on the file and its directory, or name another file"
    )


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_refused(file: Path):
    make_store(file)
    file.chmod(0o400)

    assert refusal(file) == (
        f"{file} cannot be written: give this user write permission on the file and its directory, "
        "or name another file"
    )


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_refused(file: Path):
    make_store(file)
    file.chmod(0)

    assert refusal(file) == (f"{file} cannot be read: give this user permission to, or name another file")


def test_a_name_that_is_too_long_is_refused(tmp_path: Path):
    file = tmp_path / ("x" * 300)

    assert refusal(file) == f"{file} cannot be used as a store (File name too long): name another file"


def test_opening_a_file_twice_keeps_the_locks_of_the_first(file: Path):
    """POSIX drops a process's locks on a file when it closes any handle on it."""
    with closing(open_store(str(file))) as first:
        (added,) = keep(first, mail())
        with closing(open_store(str(file))) as second:
            assert second.get(added.id) == added
        subprocess.run(
            [sys.executable, "-c", OPEN, str(file)], env=keeping.ENVIRONMENT, check=True, input=b""
        )

        assert file.with_name("mail.db-wal").is_file()  # the child did not take itself for the last user


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path):
    file = tmp_path / "a\0b"

    assert refusal(file) == f"{str(file)!r} is no file name: it holds NUL; name another file"


def test_a_file_that_another_process_writes_to_is_refused_when_it_does_not_end(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    make_store(file)
    monkeypatch.setattr(schema, "BUSY_TIMEOUT", 0.05)

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert refusal(file) == (
            f"{file} cannot be used as a store (database is locked): "
            "another process is writing to it; stop that one, or name another file"
        )


def test_a_file_that_another_program_made_just_now_is_refused(file: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")

    with pytest.raises(StartError, match="is not a mailsink store"):
        schema._open(file, schema.MIGRATIONS)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "free some disk space, or name a file on another disk"),
        (sqlite3.SQLITE_IOERR_READ, "name another file, or move this one away"),
    ],
)
def test_an_error_at_the_start_says_what_to_do(code: int, advice: str):
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code

    assert schema._advice(error) == advice


def test_an_sqlite_that_is_too_old_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(schema, "OLDEST_SQLITE", (99, 0, 0))

    assert refusal(file) == (
        f"{file} needs SQLite 3.37 or newer, and this Python has {sqlite3.sqlite_version}: "
        "use another Python, or the memory store"
    )
    assert not file.exists()


def test_an_older_file_is_migrated_and_keeps_its_messages(file: Path):
    message_id = make_store(file)

    with closing(schema.open_file(file, migrations=MORE)) as connection:
        kept = connection.execute("SELECT id FROM messages").fetchall()
        more = connection.execute("SELECT x FROM more").fetchall()

    assert (kept, more) == ([(message_id,)], [(1,)])
    assert pragma(file, "user_version") == len(MORE)


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: Path):
    make_store(file)
    before = file.read_bytes()
    broken = (*MORE, ("DELETE FROM messages", "DELETE FROM nowhere"))

    with pytest.raises(StartError, match="no such table: nowhere"):
        schema.open_file(file, migrations=broken)

    assert file.read_bytes() == before
    assert make_store(file)


def make_first_version(file: Path, *messages: Message) -> None:
    """A file as the first schema had it: rows are counted, and there is no index."""
    with closing(schema.open_file(file, migrations=schema.MIGRATIONS[:1])) as connection:
        for message in messages:
            name = codec.encode_text(message.inbox)
            connection.execute(
                "INSERT INTO inboxes (name, total, unread) VALUES (?, 1, 1)"
                " ON CONFLICT (name) DO UPDATE SET total = total + 1, unread = unread + 1",
                (name,),
            )
            inserted = connection.execute(
                "INSERT INTO messages (id, inbox, received_at, size, read, starred, tags, session_id,"
                " envelope, wire) SELECT ?, number, ?, ?, 0, ?, ?, ?, ?, ? FROM inboxes WHERE name = ?",
                (
                    message.id,
                    codec.encode_time(message.received_at),
                    message.size,
                    message.starred,
                    codec.encode_tags(message.tags),
                    message.session_id,
                    codec.encode_envelope(message.envelope),
                    codec.encode_wire(message),
                    name,
                ),
            )
            connection.execute("INSERT INTO contents VALUES (?, ?)", (inserted.lastrowid, message.content))


def test_a_file_of_the_first_version_keeps_everything_and_can_be_searched(file: Path):
    messages = [
        message(subject=f"Order {n}", state={"inbox": "ab"[n % 2], "tags": ("Red",)}) for n in range(5)
    ]
    make_first_version(file, messages[3], *messages[:3], messages[4])  # not in the order of their ids

    with closing(open_store(str(file))) as store:
        assert list(store.scan()) == messages
        assert [m.id for m in store.scan(query=parse("subject:order"))] == [m.id for m in messages]
        assert store.counts(query=parse("tag:red inbox:a")) == Counts(total=3, unread=3)
        assert store.counts() == Counts(total=5, unread=5)
        keep(store, mail())
        assert store.delete([messages[0].id]) == 1
    assert pragma(file, "user_version") == schema.VERSION
    assert pragma(file, "integrity_check") == "ok"


def test_a_file_of_the_second_version_is_searched_at_once_and_renewed_by_and_by(file: Path):
    messages = [message(subject=f"Order {n}", text="We ship it") for n in range(30)]
    with closing(open_store(str(file))) as store, older_index():
        keep(store, *messages)
        index_all(store)
        store.delete([messages[3].id])
    with closing(sqlite3.connect(file)) as old:
        old.executescript(
            "DROP TABLE dead; ALTER TABLE shards DROP COLUMN briefed; DROP INDEX inboxes_cleared;"
            "ALTER TABLE inboxes DROP COLUMN cleared; PRAGMA user_version = 2"
        )
        old.executescript("DROP TABLE hooks; DROP TABLE deliveries")

    with closing(schema.open_file(file)) as connection:
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (0,)
        assert connection.execute("SELECT briefed < high FROM shards").fetchall() == [(1,)]
    with closing(open_store(str(file))) as store:
        for text in ("or", "w*", "body:shi*", "o"):
            assert store.counts(query=parse(text)) == Counts(total=29, unread=29)
        assert [m.id for m in store.scan()] == [m.id for m in messages if m is not messages[3]]
    assert pragma(file, "integrity_check") == "ok"


def test_the_index_can_be_made_anew_by_a_migration(file: Path):
    with closing(open_store(str(file))) as store:
        (added,) = keep(store, message(subject="Order"))
        index_all(store)

    with closing(schema.open_file(file, migrations=(*schema.MIGRATIONS, schema.INDEX_AGAIN))) as connection:
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM shards").fetchone() == (0,)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")

    with closing(open_store(str(file))) as store:
        assert [m.id for m in store.scan(query=parse("order"))] == [added.id]


OPEN = """
import sys
from mailsink.store import open_store
store = open_store(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
store.close()
"""


def test_processes_that_make_the_same_file_at_once_all_get_it(file: Path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=keeping.ENVIRONMENT,
        )
        for _ in range(4)
    ]

    answers = [child.communicate(timeout=30) for child in children]

    assert answers == [(b"open\n", b"")] * 4
    assert make_store(file)
