"""How much a sink bears: many idle connections, one big mail, many small ones.

The server is a process of its own, so that its memory is nobody else's. Medians of some runs are printed, and
after each the number that it must not exceed or fall below: ``python tests/bench/smtp_load.py``.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

MB = 1_000_000
KIB = 1024
CONNECTIONS = 2_000
BIG = 100 * MB
RUNS = 5
TIMEOUT = 60.0


class Server:
    """A sink in a process of its own, which is asked for its memory."""

    def __init__(self, *, tls: str = "none") -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve", tls],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
            text=True,
        )
        self.address = ("127.0.0.1", int(self._read()))

    def _read(self) -> Any:
        return json.loads(self._process.stdout.readline())

    def memory(self) -> tuple[int, int]:
        """Octets in memory now, and at most since the start."""
        self._process.stdin.write("memory\n")
        self._process.stdin.flush()
        now, most = self._read()
        return now, most

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.wait(TIMEOUT)
        self._process.stdout.close()


class Client:
    """Says lines and waits for the last line of each reply."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reply()

    def reply(self) -> bytes:
        buffer = b""
        while not (buffer.endswith(b"\r\n") and buffer.split(b"\r\n")[-2][3:4] == b" "):
            octets = self.socket.recv(65536)
            if not octets:
                raise ConnectionError(buffer)
            buffer += octets
        return buffer

    def say(self, line: bytes) -> bytes:
        self.socket.sendall(line + b"\r\n")
        return self.reply()

    def close(self) -> None:
        self.socket.close()


def idle_connections(server: Server, count: int = CONNECTIONS) -> tuple[float, list[float]]:
    """Octets of the server's memory per idle connection, and seconds until another's EHLO was answered."""
    with ExitStack() as stack:
        # The first connections load what is needed once.
        for _ in range(20):
            stack.enter_context(closing(server)).say(b"EHLO client.example.org")
        before, _ = server.memory()
        for _ in range(count):
            stack.enter_context(closing(server)).say(b"EHLO client.example.org")
        after, _ = server.memory()
        seconds = [greet(server) for _ in range(20)]
    return (after - before) / count, seconds


def greet(server: Server) -> float:
    started = time.perf_counter()
    client = Client(server.address)
    client.say(b"EHLO client.example.org")
    seconds = time.perf_counter() - started
    client.close()
    return seconds


def big_mail(server: Server, content: bytes) -> tuple[float, int]:
    """Seconds from DATA to the reply after the dot, and the octets that the server took at most meanwhile."""
    before, _ = server.memory()
    client = Client(server.address)
    client.say(b"EHLO client.example.org")
    client.say(b"MAIL FROM:<shop@example.com>")
    client.say(b"RCPT TO:<ada@example.org>")
    started = time.perf_counter()
    client.say(b"DATA")
    client.socket.sendall(content)
    reply = client.say(b".")
    seconds = time.perf_counter() - started
    client.close()
    assert reply.startswith(b"250"), reply
    _, most = server.memory()
    return seconds, most - before


def many_mails(server: Server, count: int = 2_000) -> float:
    """Seconds for *count* small mails over one connection."""
    client = Client(server.address)
    client.say(b"EHLO client.example.org")
    started = time.perf_counter()
    for _ in range(count):
        client.socket.sendall(b"MAIL FROM:<shop@example.com>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n")
        while b"354" not in client.reply():
            pass
        client.say(b"Subject: Hello\r\n\r\nHi\r\n.")
    seconds = time.perf_counter() - started
    client.close()
    return seconds


class closing:  # noqa: N801 - used like contextlib.closing
    def __init__(self, server: Server) -> None:
        self.client = Client(server.address)

    def __enter__(self) -> Client:
        return self.client

    def __exit__(self, *error: object) -> None:
        self.client.close()


def lines_of(size: int) -> bytes:
    """A mail of about *size* octets in lines of 76, as base64 makes them."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
    return b"Subject: Big\r\n\r\n" + line * (size // len(line))


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def measure() -> None:
    memories, latencies = [], []
    for _ in range(RUNS):
        with Server() as server:
            memory, seconds = idle_connections(server)
            memories.append(memory / KIB)
            latencies += seconds
    print(f"{CONNECTIONS} idle connections: {statistics.median(memories):.1f} KiB each (under 15)")
    print(
        f"EHLO of another: {statistics.median(latencies) * 1000:.1f} ms median,"
        f" {max(latencies) * 1000:.1f} ms at most (under 50)"
    )
    content = lines_of(BIG)
    speeds, most = [], []
    for _ in range(RUNS):
        with Server() as server:
            seconds, peak = big_mail(server, content)
        speeds.append(len(content) / seconds / MB)
        most.append(peak / len(content))
    print(f"100 MB mail: {statistics.median(speeds):.0f} MB/s (over 50)")
    print(f"its memory at most: {statistics.median(most):.2f} times its size (under 3)")
    with Server() as server:
        print(f"small mails: {2_000 / median(lambda: many_mails(server)):.0f} a second")


def serve(tls: str) -> None:
    from mailsink.policy import Policy
    from mailsink.sink import Sink

    with Sink(smtp=(), policy=Policy(max_size=0)) as sink:
        print(json.dumps(sink.listen(tls=tls).port), flush=True)
        for _ in sys.stdin:
            print(json.dumps(memory()), flush=True)


def memory() -> tuple[int, int]:
    """Resident octets of this process now, and at most."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) * KIB, int(fields["VmHWM"].split()[0]) * KIB


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        measure()
