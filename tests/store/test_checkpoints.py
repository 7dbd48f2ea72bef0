from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailsink.store import checkpoints
from mailsink.store.checkpoints import Checkpoints
from mailsink.store.schema import open_file

ROW = b"x" * 50_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.db"


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(file)) as opened:
        yield opened


def write(connection: sqlite3.Connection, kept: Checkpoints, writing: threading.Lock) -> None:
    with writing:
        connection.execute("INSERT INTO contents (content) VALUES (?)", (ROW,))
        kept.wrote(len(ROW))


def test_what_was_committed_is_moved_into_the_file(file, connection, monkeypatch):
    monkeypatch.setattr(checkpoints, "LONG", 20 * len(ROW))
    writing = threading.Lock()
    kept = Checkpoints(file, writing)
    before = file.stat().st_size
    for _ in range(20):
        write(connection, kept, writing)
    kept.close()

    assert file.stat().st_size > before + 5 * len(ROW)


def test_the_log_begins_anew_when_it_was_moved(file, connection, monkeypatch):
    monkeypatch.setattr(checkpoints, "LONG", 4 * len(ROW))
    writing = threading.Lock()
    kept = Checkpoints(file, writing)
    for _ in range(100):
        write(connection, kept, writing)
        kept.close()

    assert file.with_name("mail.db-wal").stat().st_size < 20 * len(ROW)


def test_a_commit_moves_nothing_by_itself(file, connection):
    before = file.stat().st_size
    for _ in range(200):
        connection.execute("INSERT INTO contents (content) VALUES (?)", (ROW,))

    assert file.stat().st_size == before


def test_a_file_that_cannot_be_had_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "LONG", 0)
    kept = Checkpoints(tmp_path / "no" / "mail.db", threading.Lock())
    kept.wrote(1)
    kept.close()
