"""Mail that is sent until the server dies, and a look at what its file holds afterwards."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from sending import RawClient, mail
from serving import Server

from mailsink.query_text import parse
from mailsink.store import open_store

SESSIONS = 6
START = 60.0
# A subject is a piece of so many others at most.
MANY = 10_000


class Sender(threading.Thread):
    """Sends mail after mail over one connection until it breaks; *acknowledged* got their 250.

    A mail is known by its subject and its reverse-path, which nobody else uses: *name* and a count.
    """

    def __init__(self, name: str, address: tuple[str, int], crash: Crash) -> None:
        super().__init__(name=name)
        self.acknowledged: dict[str, tuple[str, bytes]] = {}
        self.attempted: set[str] = set()
        self._client = RawClient(address)
        self._crash = crash

    def run(self) -> None:
        try:
            self._client.reply()
            self._client.ask(f"EHLO {self.name}.example.org".encode())
            count = 0
            while self._send(f"{self.name}-{count}"):
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
    """Is due when *enough* mails got their 250."""

    def __init__(self, enough: int) -> None:
        self.due = threading.Event()
        self._enough = enough
        self._lock = threading.Lock()
        self._counted = 0

    def count(self) -> None:
        with self._lock:
            self._counted += 1
            if self._counted >= self._enough:
                self.due.set()


class Searcher(threading.Thread):
    """Searches over and over, so that the index is filled while mail comes, until the server is gone."""

    def __init__(self, http: str) -> None:
        super().__init__(name="searcher")
        self._http = http

    def run(self) -> None:
        # What a server says while it dies may be no HTTP.
        with suppress(OSError, HTTPException):
            while True:
                with urlopen(f"{self._http}/api/messages?q=example", timeout=START) as reply:
                    reply.read()


def crash(
    directory: Path,
    file: Path,
    *,
    enough: int,
    delay: float = 0.0,
    run: str = "run",
    searched: bool = False,
) -> list[Sender]:
    """Start a server on *file*, and kill it *delay* seconds after *enough* mails got their 250."""
    due = Crash(enough)
    with Server(directory, "--store", str(file)) as server:
        senders = [Sender(f"{run}-{number}", server.smtp, due) for number in range(SESSIONS)]
        threads = [*senders, *([Searcher(server.http)] if searched else [])]
        for thread in threads:
            thread.start()
        assert due.due.wait(START)
        # Nothing sets it: a moment of a given length, while the senders go on.
        threading.Event().wait(delay)
        server.process.kill()
        for thread in threads:
            thread.join(START)
    return senders


def damage(file: Path, senders: Iterable[Sender]) -> list[str]:
    """What is wrong with *file*, which holds what *senders* sent and nothing else; in sentences."""
    found: list[str] = []
    with closing(sqlite3.connect(file)) as connection:
        if (said := connection.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            found.append(f"the file is not sound: {said}")
    acknowledged: dict[str, tuple[str, bytes]] = {}
    attempted: set[str] = set()
    for sender in senders:
        acknowledged |= sender.acknowledged
        attempted |= sender.attempted
    with closing(open_store(str(file))) as store:
        kept = Counter[str]()
        for message in store.scan():
            name = message.subject
            kept[name] += 1
            sent = acknowledged.get(name)
            if sent not in (None, (message.envelope.reverse_path, message.content)):
                found.append(f"{name} is not what was sent")
        searched = Counter(message.subject for message in store.scan(query=parse("from:shop rcpt:ada")))
        found += [f"{name} is missing" for name in acknowledged.keys() - kept.keys()]
        found += [f"{name} was never sent" for name in kept.keys() - attempted]
        found += [f"{name} is there {times} times" for name, times in kept.items() if times > 1]
        found += [f"a search does not find {name}" for name in (kept - searched)]
        found += [f"a search finds {name} too often" for name in (searched - kept)]
        if (counted := store.counts().total) != kept.total():
            found.append(f"{counted} are counted, and {kept.total()} are there")
    return found


def lost_words(file: Path, names: Iterable[str]) -> list[str]:
    """Those of *names* that a search for a word of the body, or for the subject, does not find once."""
    with closing(open_store(str(file))) as store:
        return [
            name
            for name in names
            for query in (f'body:"{name}"', f'subject:"{name}"')
            if name
            not in [summary.subject for summary in store.page(query=parse(query), limit=MANY).summaries]
        ]
