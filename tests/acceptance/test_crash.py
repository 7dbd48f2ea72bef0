"""A 250 after the final dot outlives the process, however it dies."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from sending import RawClient, mail
from serving import Server

from mailsink import Sink

SESSIONS = 6
ENOUGH = 500


class Sender(threading.Thread):
    """Sends mail after mail over one connection until it breaks; *acknowledged* got their 250."""

    def __init__(self, number: int, address: tuple[str, int], crash: Crash) -> None:
        super().__init__()
        self.acknowledged: dict[str, tuple[str, bytes]] = {}
        self.attempted: set[str] = set()
        self._number = number
        self._client = RawClient(address)
        self._crash = crash

    def run(self) -> None:
        try:
            self._client.reply()
            self._client.ask(f"EHLO client{self._number}.example.org".encode())
            count = 0
            while self._send(f"{self._number}-{count}"):
                count += 1
        except OSError:
            return
        finally:
            self._client.close()

    def _send(self, name: str) -> bool:
        sender, content = f"{name}@example.com", mail(name, f"..{name}\r\n" * (len(name) * 50))
        self.attempted.add(name)
        # Pipelined, so that the process always has several mails in hand.
        self._client.say(f"MAIL FROM:<{sender}>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n".encode())
        for _ in range(3):
            self._client.reply()
        self._client.say(content.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        if not self._client.reply().startswith(b"250 "):
            return False
        self.acknowledged[name] = (sender, content + b"\r\n")
        self._crash.count()
        return True


class Crash:
    """Comes when so many mails got their 250."""

    def __init__(self) -> None:
        self.due = threading.Event()
        self._lock = threading.Lock()
        self._counted = 0

    def count(self) -> None:
        with self._lock:
            self._counted += 1
            if self._counted >= ENOUGH:
                self.due.set()


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """The store of a process that was killed while it took mail, and who had sent what."""
    directory = tmp_path_factory.mktemp("crash")
    file, crash = directory / "mail.db", Crash()
    with Server(directory, "--store", str(file)) as server:
        senders = [Sender(number, server.smtp, crash) for number in range(SESSIONS)]
        for sender in senders:
            sender.start()
        assert crash.due.wait(60)
        server.process.kill()
        for sender in senders:
            sender.join(30)
    return file, senders


def test_every_mail_that_got_its_250_is_there_once_and_the_same(crashed):
    file, senders = crashed
    expected = {name: sent for sender in senders for name, sent in sender.acknowledged.items()}

    with Sink(store=str(file)) as sink:
        found = [(m.subject, (m.envelope.reverse_path, m.content)) for m in sink.everything]

    assert len(expected) >= ENOUGH
    names = [name for name, _ in found]
    assert [name for name in expected if names.count(name) != 1] == []
    assert {name: sent for name, sent in found if name in expected} == expected


def test_no_mail_is_there_twice_or_out_of_nowhere(crashed):
    file, senders = crashed
    attempted = set().union(*(sender.attempted for sender in senders))

    with Sink(store=str(file)) as sink:
        names = [m.subject for m in sink.everything]

    assert len(names) == len(set(names))
    assert set(names) <= attempted


def test_each_session_s_mails_are_in_the_order_they_were_sent(crashed):
    file, _ = crashed

    with Sink(store=str(file)) as sink:
        names = [m.subject.split("-") for m in sink.everything]

    for number in range(SESSIONS):
        counts = [int(count) for session, count in names if session == str(number)]
        assert counts == list(range(len(counts)))


def test_the_file_is_sound(crashed):
    file, _ = crashed

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_server_that_starts_on_the_file_goes_on(crashed, tmp_path):
    file, _ = crashed
    with Server(tmp_path, "--store", str(file)) as server:
        client = RawClient(server.smtp)
        client.reply()
        client.ask(b"EHLO client.example.org")
        client.ask(b"MAIL FROM:<shop@example.com>")
        client.ask(b"RCPT TO:<ada@example.org>")
        client.ask(b"DATA")
        reply = client.ask(mail("9-0") + b"\r\n.")
        client.close()
        assert server.stop() == (0, "")

    assert reply.startswith(b"250 ")
    with Sink(store=str(file)) as sink:
        assert sink.everything.get("latest").subject == "9-0"
        sink.everything.delete([sink.everything.get("latest").id])
