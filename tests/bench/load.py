"""A load of mail from several processes: as many sessions at once, each as fast as its server answers.

Refuses every target but this machine. A session is a process with one blocking socket, which costs the least;
what it measures is then the server and not the client.
"""

from __future__ import annotations

import base64
import multiprocessing
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection

PATIENCE = 20.0
KIB = 1024
LOOPBACK = "127.0.0.1"


class RefusedError(Exception):
    """A server said no, or went away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of a load: *latencies* are in seconds, sorted, one for each mail that got its 250.

    *seconds* is from the first mail's begin to the last one's end; *trouble* is the first refusal, or ``""``.
    """

    seconds: float
    latencies: tuple[float, ...]
    trouble: str = ""

    @property
    def messages(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.messages / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """The latency that the *part* (0 to 1) of the mails do not exceed; 0 where there are none."""
        last = len(self.latencies) - 1
        return self.latencies[min(round(part * last), last)] if last >= 0 else 0.0


def content_of(size: int) -> bytes:
    """A mail of about *size* octets: text, and from 4 KiB on a file in base64."""
    header = (
        "From: Shop <shop@example.com>\r\nTo: Ada <ada@example.org>\r\nSubject: Your order was received\r\n"
        "Date: Tue, 24 Nov 2026 14:30:00 +0000\r\nMessage-ID: <order-1@example.com>\r\nMIME-Version: 1.0\r\n"
    )
    text = "Thank you for your order. It is on its way to the address that you gave us.\r\n"
    if size < 4 * KIB:
        body = f"{header}Content-Type: text/plain\r\n\r\n"
        return (body + text * max(1, (size - len(body)) // len(text))).encode()
    body = (
        f'{header}Content-Type: multipart/mixed; boundary="part"\r\n\r\n'
        f"--part\r\nContent-Type: text/plain\r\n\r\n{text * 10}\r\n"
        "--part\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="order.pdf"\r\n\r\n'
    )
    octets = random.Random(size).randbytes((size - len(body)) * 57 // 78)
    attached = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return body.encode() + attached + b"\r\n--part--\r\n"


def send_load(
    port: int, content: bytes, *, sessions: int, many: bool, seconds: float, most: int = 1_000_000
) -> Load:
    """Send *content* over and over in *sessions* sessions for *seconds*, at most *most* times.

    With *many*, a session sends all its mails over one connection, else each over one of its own.
    """
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(sessions)
    payload = content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    workers, ends = [], []
    for _ in range(sessions):
        end, other = context.Pipe(duplex=False)
        arguments = (other, barrier, port, payload, many, seconds, max(1, most // sessions))
        worker = context.Process(target=_work, args=arguments, daemon=True)
        worker.start()
        other.close()
        workers.append(worker)
        ends.append(end)
    results = [end.recv() for end in ends]
    for worker in workers:
        worker.join()
    return Load(
        seconds=max(r[1] for r in results) - min(r[0] for r in results),
        latencies=tuple(sorted(latency for r in results for latency in r[2])),
        trouble=next((r[3] for r in results if r[3]), ""),
    )


def _work(
    result: Connection, barrier: object, port: int, payload: bytes, many: bool, seconds: float, most: int
) -> None:
    latencies: list[float] = []
    trouble = ""
    barrier.wait(PATIENCE)  # type: ignore[attr-defined]
    began = time.perf_counter()
    mails = _many(port, payload) if many else _one_each(port, payload)
    try:
        for latency in islice(mails, most):
            latencies.append(latency)
            if time.perf_counter() - began > seconds:
                break
    except (OSError, RefusedError) as error:
        trouble = str(error) or type(error).__name__
    result.send((began, time.perf_counter(), latencies, trouble))


def _one_each(port: int, payload: bytes) -> Iterator[float]:
    while True:
        began = time.perf_counter()
        client = _greeted(port)
        _mail(client, payload)
        yield time.perf_counter() - began
        _ask(client, b"QUIT\r\n", b"221")
        client.close()


def _many(port: int, payload: bytes) -> Iterator[float]:
    client = _greeted(port)
    while True:
        began = time.perf_counter()
        _mail(client, payload)
        yield time.perf_counter() - began


def _greeted(port: int) -> socket.socket:
    client = socket.create_connection((LOOPBACK, port), timeout=PATIENCE)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _ask(client, b"", b"220")
    _ask(client, b"EHLO client.example.org\r\n", b"250")
    return client


def _mail(client: socket.socket, payload: bytes) -> None:
    _ask(client, b"MAIL FROM:<shop@example.com>\r\n", b"250")
    _ask(client, b"RCPT TO:<ada@example.org>\r\n", b"250")
    _ask(client, b"DATA\r\n", b"354")
    _ask(client, payload, b"250")


def _ask(client: socket.socket, octets: bytes, code: bytes) -> None:
    if octets:
        client.sendall(octets)
    reply = client.recv(4096)
    # The last line of a reply has a space after its code (RFC 5321 §4.2.1).
    while not (reply.endswith(b"\n") and reply[reply.rfind(b"\n", 0, -1) + 4 :][:1] in (b" ", b"\r")):
        more = client.recv(4096)
        if not more:
            raise RefusedError(f"the connection ended after {reply[:60]!r}")
        reply += more
    if not reply.startswith(code):
        raise RefusedError(reply.decode("ascii", "replace").strip()[:80])


def first_mail(port: int) -> None:
    """Send one mail. Raises OSError or RefusedError."""
    with _greeted(port) as client:
        _mail(client, b"Subject: First\r\n\r\nHi\r\n.\r\n")
