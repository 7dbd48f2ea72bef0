"""Mailers that try again, driven through what makes them: the attempts tell the whole story."""

from __future__ import annotations

import json
import queue
import smtplib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.postfix import Postfix, postfix
from interop.clients.nodemailer import MODULES, need_node
from programs import run
from sending import TIMEOUT

from mailsink import Sink
from mailsink.attempts import Mailing

PROGRAM = Path(__file__).with_name("nodemailer_pool.cjs")
# How long a mailer waits before it tries again; that long lasts the greylisting.
PAUSE = 0.1


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def told(sink: Sink, count: int) -> list[Mailing]:
    """What the attempts say when *count* sessions are over, in the order of the mails' subjects."""
    with sink.events.subscribe(after=0, kinds=("session",)) as subscription:
        for _ in range(count):
            assert subscription.get(TIMEOUT) is not None, "the session did not end"
    return sorted(sink.inbox.attempts(), key=lambda mailing: mailing.key)


class Worker:
    """A task queue's worker in small: one thread, and a task that failed for now comes again after a pause.

    Each task has a connection of its own, as tasks have that share nothing.
    """

    def __init__(self, address: tuple[str, int], *, tries: int = 5) -> None:
        self._address = address
        self._tries = tries
        self._tasks: queue.Queue[tuple[float, str, str, int] | None] = queue.Queue()
        self._stopped = threading.Event()
        self.outcomes: dict[str, int] = {}
        self._thread = threading.Thread(target=self._work)

    def send(self, name: str, rcpt: str) -> None:
        self._tasks.put((0.0, name, rcpt, 1))

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.join()
        self._tasks.put(None)
        self._thread.join(TIMEOUT)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            due, name, rcpt, number = task
            self._stopped.wait(max(0.0, due - time.monotonic()))
            try:
                self._deliver(name, rcpt)
                self.outcomes[name] = number
            except (smtplib.SMTPException, OSError) as error:
                if number == self._tries or not passes(error):
                    self.outcomes[name] = -number
                else:
                    # Each time twice as long, as such workers do.
                    pause = PAUSE * 2 ** (number - 1)
                    self._tasks.put((time.monotonic() + pause, name, rcpt, number + 1))
            self._tasks.task_done()

    def _deliver(self, name: str, rcpt: str) -> None:
        with smtplib.SMTP(*self._address, timeout=TIMEOUT) as client:
            client.sendmail(f"{name}@example.com", [rcpt], content(name, rcpt))


def passes(error: Exception) -> bool:
    """Whether trying again may help: a reply that begins with 4, or none at all."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code < 500 for code, _ in error.recipients.values())
    return not isinstance(error, smtplib.SMTPResponseException) or error.smtp_code < 500


def content(name: str, rcpt: str) -> str:
    fields = [f"From: {name}@example.com", f"To: {rcpt}", f"Message-ID: <{name}@example.com>"]
    return "\r\n".join([*fields, f"Subject: {name}", "", "Hi", ""])


def pool(sink: Sink, home: Path, *names: str, tries: int = 5) -> list[int]:
    """Send a mail for each of *names* by Nodemailer's pool; how often it tried each, negative in vain."""
    mails = [
        {
            "from": f"{name}@example.com",
            "to": "ada@example.org",
            "messageId": f"<{name}@example.com>",
            "subject": name,
            "text": "Hi",
        }
        for name in names
    ]
    want = {"host": sink.host, "port": sink.port, "pause": PAUSE, "tries": tries, "mails": mails}
    finished = run(["node", str(PROGRAM)], home=home, stdin=json.dumps(want).encode(), NODE_PATH=str(MODULES))
    assert finished.code == 0, finished.said
    outcome: list[int] = json.loads(finished.said)
    return outcome


# ------------------------------------------------------------------- our worker


def test_a_worker_comes_through_greylisting(sink):
    sink.inbox.faults.preset("greylisting", seconds=PAUSE / 2)
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
    (one,) = told(sink, 2)

    assert worker.outcomes == {"one": 2}
    assert one.key == "<one@example.com>"
    assert one.codes == (451, 250)
    assert one.captured == 1
    (interval,) = one.intervals
    assert interval >= PAUSE


def test_a_worker_that_comes_too_soon_is_greylisted_again(sink):
    (rule,) = sink.inbox.faults.preset("greylisting", seconds=5 * PAUSE)
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
    (one,) = told(sink, worker.outcomes["one"])

    # After one pause it is too soon; they grow.
    assert one.codes[:2] == (451, 451)
    assert one.codes[-1] == 250
    assert one.intervals[0] >= PAUSE
    assert one.intervals[1] >= 2 * PAUSE
    assert rule.hits == len(one.attempts) - 1


def test_each_triplet_is_greylisted_on_its_own(sink):
    (rule,) = sink.inbox.faults.preset("greylisting", seconds=0)
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
        worker.send("two", "bob@example.org")
    one, two = told(sink, 4)

    assert (one.codes, two.codes) == ((451, 250), (451, 250))
    assert rule.hits == 2


def test_a_worker_slows_down_to_the_rate_that_is_allowed(sink):
    (rule,) = sink.inbox.faults.preset("rate_limit", count=2, seconds=10 * PAUSE)
    with Worker((sink.host, sink.port)) as worker:
        for name in ("a", "b", "c", "d"):
            worker.send(name, "ada@example.org")
    mailings = told(sink, 4 + rule.hits)

    assert {code for mailing in mailings for code in mailing.codes} == {250, 450}
    assert [mailing.codes[-1] for mailing in mailings] == [250] * 4
    assert [mailing.captured for mailing in mailings] == [1] * 4
    assert [len(mailing.attempts) for mailing in mailings] == [worker.outcomes[name] for name in "abcd"]
    assert rule.hits >= 1


def test_a_worker_falls_into_the_duplicate_trap(sink):
    sink.inbox.faults.preset("duplicate_trap")
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
    (one,) = told(sink, 2)

    assert worker.outcomes == {"one": 2}
    assert one.codes == (0, 250)
    assert one.captured == len(sink.inbox) == 2
    assert [message.faults for message in sink.inbox] == [("F1",), ()]


def test_a_worker_gives_up_at_once_when_it_is_told_for_good(sink):
    sink.inbox.faults.preset("unknown_user")
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
    (one,) = told(sink, 1)

    assert worker.outcomes == {"one": -1}
    assert one.codes == (550,)
    assert one.captured == 0


def test_a_worker_tries_again_through_a_connection_that_breaks_anywhere(sink):
    for stage in ("mail", "rcpt", "body", "dot"):
        sink.inbox.faults.add(stage=stage, reset=True, times=1)
    with Worker((sink.host, sink.port)) as worker:
        worker.send("one", "ada@example.org")
    (one,) = told(sink, 5)

    assert one.codes == (0, 0, 0, 0, 250)
    faults = [attempt.transaction.faults for attempt in one.attempts]
    assert faults == [("F1",), ("F2",), ("F3",), ("F4",), ()]


# ------------------------------------------------------------- Nodemailer's pool


@pytest.fixture
def node() -> None:
    need_node()


@pytest.mark.usefixtures("node")
def test_nodemailer_s_pool_comes_through_greylisting(sink, tmp_path):
    (rule,) = sink.inbox.faults.preset("greylisting", seconds=PAUSE / 2)

    assert pool(sink, tmp_path, "one") == [2]
    (one,) = told(sink, 1)
    assert one.codes == (451, 250)
    assert one.intervals[0] >= PAUSE / 2
    assert one.captured == 1
    assert rule.hits == 1


@pytest.mark.usefixtures("node")
def test_nodemailer_s_pool_slows_down_to_the_rate_that_is_allowed(sink, tmp_path):
    (rule,) = sink.inbox.faults.preset("rate_limit", count=3, seconds=10 * PAUSE)

    tries = pool(sink, tmp_path, "a", "b", "c", "d", "e", tries=50)
    mailings = told(sink, 1)
    assert [len(mailing.attempts) for mailing in mailings] == tries
    assert [mailing.codes[-1] for mailing in mailings] == [250] * 5
    assert sum(code == 450 for mailing in mailings for code in mailing.codes) == rule.hits >= 1
    assert [mailing.captured for mailing in mailings] == [1] * 5


@pytest.mark.usefixtures("node")
def test_nodemailer_s_pool_falls_into_the_duplicate_trap(sink, tmp_path):
    sink.inbox.faults.preset("duplicate_trap")

    assert pool(sink, tmp_path, "one") == [2]
    (one,) = told(sink, 2)
    assert one.codes == (0, 250)
    assert one.captured == len(sink.inbox) == 2


@pytest.mark.usefixtures("node")
def test_nodemailer_s_pool_gives_up_after_its_last_try(sink, tmp_path):
    sink.inbox.faults.add(stage="dot", reply="451 4.3.0 Later")

    assert pool(sink, tmp_path, "one", tries=3) == [-3]
    (one,) = told(sink, 1)
    assert one.codes == (451, 451, 451)
    assert one.captured == 0


# ---------------------------------------------------------------------- Postfix


@pytest.fixture
def relay(sink: Sink) -> Iterator[Postfix]:
    with postfix(sink.host, sink.port) as running:
        yield running


def submit(relay: Postfix, name: str) -> None:
    relay.submit(f"{name}@example.com", "ada@example.org", content(name, "ada@example.org").encode())


def test_postfix_comes_through_greylisting(sink, relay):
    sink.inbox.faults.preset("greylisting", seconds=0.5)
    submit(relay, "one")
    (one,) = told(sink, 2)

    assert one.key == "<one@example.com>"
    assert one.codes == (451, 250)
    assert one.captured == 1
    # Its queue is looked through each second.
    assert one.intervals[0] >= 0.5


def test_postfix_slows_down_to_the_rate_that_is_allowed(sink, relay):
    (rule,) = sink.inbox.faults.preset("rate_limit", count=1, seconds=0.9)
    submit(relay, "a")
    submit(relay, "b")
    mailings = told(sink, 3)

    assert sorted(mailing.codes for mailing in mailings) == [(250,), (450, 250)]
    assert [mailing.captured for mailing in mailings] == [1, 1]
    assert rule.hits == 1


def test_postfix_falls_into_the_duplicate_trap(sink, relay):
    sink.inbox.faults.preset("duplicate_trap")
    submit(relay, "one")
    (one,) = told(sink, 2)

    assert one.codes == (0, 250)
    assert one.captured == len(sink.inbox) == 2
    assert "lost connection" in relay.log()
    assert "message may be sent more than once" in relay.log()
