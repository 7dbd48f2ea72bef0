"""How soon long polls are answered when their mail is there.

    python tests/bench/waiters.py [WAITERS] [--store FILE] [--requests NUMBER]

Starts a server, lets many requests wait, 100 by default, each for a mail of its own, sends the mails one
after the other, and measures from each mail's 250 to its answer's first octet. Then one mail that all of
them wait for. Prints milliseconds. Wants a quiet machine. The target: the 99th percentile under 10 ms.
Then it asks very often, 10,000 times by default, for what comes, has come and never comes, and prints how
many threads the server had before and after: as many. At last each waits for its own again, while others
send, too. Needs Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import multiprocessing
import selectors
import smtplib
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load import KIB, Load, content_of, send_load
from serving import Server

# So long nobody must be answered before the first mail is sent: they all wait then.
QUIET = 1.0
PATIENCE = 30.0
CLIENTS = 20
# So many sessions send, of which one sends what is waited for.
SESSIONS = 10
# Seconds of load for each thousand of waiters, and at least.
LOAD = 60.0
SHORTEST = 1.0


class Waiters:
    """Requests that wait, each on a connection of its own, and when each was answered."""

    def __init__(self, host: str, port: int, searches: list[str]) -> None:
        self.answered: dict[int, float] = {}
        self._selector = selectors.DefaultSelector()
        for number, search in enumerate(searches):
            client = socket.create_connection((host, port))
            request = f"GET /api/wait?timeout=120&q={search} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            client.sendall(request.encode())
            self._selector.register(client, selectors.EVENT_READ, number)
        early = self._selector.select(QUIET)
        if early:
            raise SystemExit(f"answered too early: {early[0][0].fileobj.recv(2_000)!r}")
        self._thread = threading.Thread(target=self._collect)
        self._thread.start()

    def _collect(self) -> None:
        while self._selector.get_map():
            for key, _ in self._selector.select(PATIENCE):
                self.answered[key.data] = time.perf_counter()
                self._selector.unregister(key.fileobj)
                head = key.fileobj.recv(100)
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise SystemExit(f"not what was waited for: {head!r}")
                key.fileobj.close()

    def join(self) -> dict[int, float]:
        self._thread.join(PATIENCE)
        return self.answered


@contextlib.contextmanager
def running(store: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory), "--store", store) as server:
        yield server


def send(client: smtplib.SMTP, rcpt: str) -> float:
    """Send a mail; returns when its 250 was there."""
    client.sendmail("shop@example.com", [rcpt], b"Subject: Welcome\r\n\r\nYour code is 493 027.\r\n")
    return time.perf_counter()


def each_its_own(server: Server, count: int, *, others: bool = False) -> tuple[list[float], Load | None]:
    """Milliseconds from each mail's 250 to its answer; and what the *others* sent meanwhile, if they did."""
    where = urlsplit(server.ready["http"])
    name = "busy" if others else "user"
    waiters = Waiters(where.hostname, where.port, [f"rcpt:{name}{n}@example.org" for n in range(count)])
    seconds = max(SHORTEST, LOAD * count / 1000)
    kept = []
    with loaded(server, seconds + QUIET) if others else contextlib.nullcontext() as result:
        pause = threading.Event()
        with smtplib.SMTP(*server.smtp) as client:
            for number in range(count):
                pause.wait(seconds / count if others else 0)
                kept.append(send(client, f"{name}{number}@example.org"))
        answered = waiters.join()
        load = result.recv() if result is not None else None
    return [(answered[number] - kept[number]) * 1000 for number in range(count)], load


@contextlib.contextmanager
def loaded(server: Server, seconds: float) -> Iterator[Connection]:
    """Let the other sessions send for so long; what comes of it is received over the connection."""
    # A process of its own, which has no threads, because it makes others.
    context = multiprocessing.get_context("spawn")
    result, end = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(end, server.smtp[1], seconds))
    process.start()
    result.recv()
    yield result
    process.join()


def _send(result: Connection, port: int, seconds: float) -> None:
    result.send("begins")
    result.send(send_load(port, content_of(KIB), sessions=SESSIONS - 1, many=True, seconds=seconds))


def all_the_same(server: Server, count: int) -> list[float]:
    where = urlsplit(server.ready["http"])
    waiters = Waiters(where.hostname, where.port, ["rcpt:all@example.org"] * count)
    with smtplib.SMTP(*server.smtp) as client:
        kept = send(client, "all@example.org")
    return [(at - kept) * 1000 for at in waiters.join().values()]


def ask_often(server: Server, requests: int) -> tuple[int, int]:
    """The number of the server's threads before and after so many requests that wait for a moment."""
    where = urlsplit(server.ready["http"])
    before = threads_of(server)

    def ask(number: int) -> None:
        with contextlib.closing(http.client.HTTPConnection(where.hostname, where.port)) as client:
            for turn in range(number):
                search = ("rcpt:all@example.org", "rcpt:nobody@example.org", "has:attachment")[turn % 3]
                client.request("GET", f"/api/wait?timeout=0.005&q={search}")
                client.getresponse().read()

    clients = [threading.Thread(target=ask, args=(requests // CLIENTS,)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    deadline = time.monotonic() + PATIENCE
    # A thread ends a moment after its connection, and no other process is told.
    while threads_of(server) > before and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    return before, threads_of(server)


def threads_of(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


def row(name: str, taken: list[float]) -> None:
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    print(f"{name:40} p50 {cuts[49]:7.2f}  p90 {cuts[89]:7.2f}  p99 {cuts[98]:7.2f}  max {max(taken):7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("waiters", nargs="?", type=int, default=100)
    parser.add_argument("--store", default="memory")
    parser.add_argument("--requests", type=int, default=10_000)
    words = parser.parse_args()
    with running(words.store) as server:
        print(f"{words.waiters} waiters, {words.store}: milliseconds from the 250 to the answer")
        row("each its own mail, one by one", each_its_own(server, words.waiters)[0])
        # Before there are many mails, which a search would look through first.
        row("one mail for all", all_the_same(server, words.waiters))
        before, after = ask_often(server, words.requests)
        print(f"{words.requests} requests that wait: {before} threads before, {after} after")
        taken, load = each_its_own(server, words.waiters, others=True)
        row(f"each its own, {load.rate:.0f} mails/s beside it", taken)


if __name__ == "__main__":
    main()
