"""Mail that another process stored in the same file is told of, once, while somebody listens."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from keeping import ENVIRONMENT, TIMEOUT, keep, mail
from serving import Server

from mailsink.errors import StoreError
from mailsink.events import Events, Subscription
from mailsink.inbox import Inbox
from mailsink.message import id_of
from mailsink.query_text import parse
from mailsink.store import Counts, neighbours
from mailsink.store.sqlite import SQLiteStore

# Stores a message for each line, and says its id.
OTHER = """
import sys
from keeping import keep
from messages import message
from mailsink.store import open_store
store = open_store(sys.argv[1])
print("open", flush=True)
for line in sys.stdin:
    inbox, subject = line.split()
    (kept,) = keep(store, message(subject=subject, state={"inbox": inbox}))
    print(kept.id, flush=True)
store.close()
"""


class Other:
    """A process that has the same file open."""

    def __init__(self, file: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        assert self.process.stdout.readline() == "open\n"

    def store(self, inbox: str, subject: str) -> str:
        self.process.stdin.write(f"{inbox} {subject}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "mail.db", Events())) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path, store: SQLiteStore) -> Iterator[Other]:
    started = Other(tmp_path / "mail.db")
    yield started
    started.process.communicate(timeout=TIMEOUT)
    assert started.process.returncode == 0


def ids_until(subscription: Subscription, last: str) -> list[str]:
    """The ids that are told of, up to *last*."""
    found: list[str] = []
    while last not in found:
        event = subscription.get(timeout=TIMEOUT)
        assert event is not None
        assert event.kind == "captured"
        found += event.ids
    return found


def test_a_wait_ends_with_what_another_process_stored(store: SQLiteStore, other: Other):
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(Inbox(store, "shop").wait("subject:welcome", timeout=TIMEOUT))
    )
    waiting.start()
    other.store("default", "Welcome")
    other.store("shop", "Goodbye")

    kept = other.store("shop", "Welcome")
    waiting.join(TIMEOUT)

    assert [message.id for message in found[0].matched] == [kept]


def test_each_message_is_told_of_once_whoever_stored_it(store: SQLiteStore, other: Other):
    before = other.store("default", "Before")
    with store.events.subscribe(kinds=("captured",)) as subscription:
        expected = []
        for number in range(5):
            expected.append(other.store("default", f"Other{number}"))
            expected += [message.id for message in keep(store, mail(), mail())]
        last = other.store("default", "Last")

        told = ids_until(subscription, last)

    assert before not in told
    assert sorted(told) == sorted([*expected, last])


def test_what_came_while_nobody_listened_is_no_news(store: SQLiteStore, other: Other):
    with store.events.subscribe() as subscription:
        ids_until(subscription, other.store("default", "First"))
    wait_until_nobody_watches(store)
    missed = other.store("default", "Second")
    assert store.counts() == Counts(total=2, unread=2)

    with store.events.subscribe() as subscription:
        last = other.store("default", "Third")
        assert ids_until(subscription, last) == [last]
    assert store.get(missed) is not None


def wait_until_nobody_watches(store: SQLiteStore) -> None:
    thread = store._neighbours._thread
    if thread is not None:
        thread.join(TIMEOUT)
    assert store._neighbours._thread is None


def test_nobody_watches_where_nobody_listens(store: SQLiteStore):
    keep(store, mail())
    assert store._neighbours._thread is None

    with store.events.subscribe(), store.events.subscribe():
        assert store._neighbours._thread is not None

    wait_until_nobody_watches(store)


def test_a_look_is_rarer_when_nothing_came_for_long(
    store: SQLiteStore, other: Other, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(neighbours, "AWAKE", -1)

    with store.events.subscribe() as subscription:
        last = other.store("default", "Late")
        assert ids_until(subscription, last) == [last]


def test_what_cannot_be_read_now_is_read_the_next_time(
    store: SQLiteStore, other: Other, monkeypatch: pytest.MonkeyPatch
):
    lend = store._neighbours._lend
    failures = [StoreError("a moment's trouble")] * 2

    def failing():
        if failures:
            raise failures.pop()
        return lend()

    monkeypatch.setattr(store._neighbours, "_lend", failing)

    with store.events.subscribe(kinds=("captured",)) as subscription:
        other.store("default", "First")
        last = other.store("default", "Last")

        assert ids_until(subscription, last)[-1] == last
    assert not failures


def test_no_version_is_told_of_a_store_that_is_closed_or_writes(store: SQLiteStore):
    assert store._writer.version() is not None
    with store._writer._writing:
        assert store._writer.version() is None
    store.close()

    assert store._writer.version() is None


def test_a_message_with_an_old_id_is_no_news_but_is_there(store: SQLiteStore):
    with store.events.subscribe():
        keep(store, mail(id=id_of(1_700_000_000_000_000, 1)))

    assert len(list(store.scan(query=parse("subject:hello")))) == 1


def test_two_servers_on_one_file_show_each_others_mail(tmp_path: Path):
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
    file = str(tmp_path / "mail.db")
    with Server(places[0], "--store", file) as one, Server(places[1], "--store", file) as two:
        answers = []

        def ask() -> None:
            with urllib.request.urlopen(
                f"{two.http}/api/wait?q=subject:hello&timeout=30", timeout=60
            ) as reply:
                answers.append(json.load(reply))

        asking = threading.Thread(target=ask)
        asking.start()
        with smtplib.SMTP(*one.smtp) as client:
            client.sendmail("shop@example.com", ["ada@example.org"], b"Subject: Hello\r\n\r\nHi\r\n")
        asking.join(TIMEOUT)

        assert [message["subject"] for message in answers[0]["messages"]] == ["Hello"]
        with urllib.request.urlopen(f"{two.http}/api/messages", timeout=TIMEOUT) as reply:
            assert json.load(reply)["total"] == 1
