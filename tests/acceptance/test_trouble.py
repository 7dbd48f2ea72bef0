"""When the store cannot write, client and operator hear so, and nothing that got its 250 is lost."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sending import in_data

from mailsink import Sink
from mailsink.store import open_store
from mailsink.store.sqlite import SQLiteStore

BIG = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 5_000
SMALL = b"Subject: small\r\n\r\nHello\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


@pytest.fixture
def sink(file: Path) -> Iterator[Sink]:
    with Sink(store=file) as started:
        yield started


def writing(sink: Sink) -> sqlite3.Connection:
    assert isinstance(sink.store, SQLiteStore)
    return sink.store._writer._connection


def send(sink: Sink, content: bytes) -> str:
    with in_data((sink.host, sink.port), content) as client:
        return client.ask(b".").decode().strip()


def subjects(sink: Sink) -> list[str]:
    return [message.subject for message in sink.everything]


def test_a_full_disk_is_a_452_until_there_is_room(sink: Sink, file: Path, caplog: pytest.LogCaptureFixture):
    assert send(sink, SMALL).startswith("250 ")
    (pages,) = writing(sink).execute("PRAGMA page_count").fetchone()
    writing(sink).execute(f"PRAGMA max_page_count = {pages + 20}")

    with caplog.at_level(logging.WARNING, "mailsink.store"):
        replies = [send(sink, BIG) for _ in range(2)]
        assert subjects(sink) == ["small"]
        writing(sink).execute("PRAGMA max_page_count = 1000000")
        assert send(sink, BIG).startswith("250 ")

    sentence = f"{file}: database or disk is full; free some disk space"
    assert replies == [f"452 4.3.1 Not kept: {sentence}"] * 2
    assert subjects(sink) == ["small", "big"]
    said = [record.getMessage() for record in caplog.records if "session" not in record.getMessage()]
    assert said[0] == f"{sentence}; mail is refused until it works again"
    assert said[1] == f"{file}: writing works again"


def test_a_file_that_another_process_holds_is_a_451_until_it_is_free(sink: Sink, file: Path):
    writing(sink).execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        reply = send(sink, SMALL)
        other.execute("ROLLBACK")

    assert reply == (
        f"451 4.3.0 Not kept: {file}: database is locked; another process is writing to the file"
    )
    assert send(sink, SMALL).startswith("250 ")


def test_a_search_works_while_the_index_cannot_be_written(sink: Sink, file: Path):
    writing(sink).execute("PRAGMA busy_timeout = 20")
    assert isinstance(sink.store, SQLiteStore)
    sink.store._writer._chore = lambda _connection, _enough: False
    for _ in range(30):
        assert send(sink, SMALL).startswith("250 ")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert len(sink.everything.find("subject:small")) == 30
        other.execute("ROLLBACK")


def test_what_was_kept_before_the_trouble_is_there_after_it(file: Path):
    with Sink(store=file) as sink:
        send(sink, SMALL)
        (pages,) = writing(sink).execute("PRAGMA page_count").fetchone()
        writing(sink).execute(f"PRAGMA max_page_count = {pages + 5}")
        replies = [send(sink, SMALL) for _ in range(200)]

    accepted = 1 + sum(reply.startswith("250 ") for reply in replies)
    assert {reply[:3] for reply in replies} == {"250", "452"}
    with closing(open_store(str(file))) as store:
        assert len(list(store.scan())) == accepted
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
