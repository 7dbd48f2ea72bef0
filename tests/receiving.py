"""A web server on loopback that takes webhooks, and answers them as a test says."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    path: str
    headers: Message
    body: bytes


class Receiver:
    """*answers* are statuses with header fields, one for each request in turn; then all are 200.

    ``None`` is never answered, ``"drip"`` gets an octet now and then, ``"cut"`` a closed connection.
    """

    def __init__(self, answers: list[object]) -> None:
        self.received: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._answers = list(answers)
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                receiver.received.put(Received(path=f"GET {self.path}", headers=self.headers, body=b""))
                self.send_error(405)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver._answers.pop(0) if receiver._answers else (200, {})
                receiver.received.put(Received(path=self.path, headers=self.headers, body=body))
                if answer is None:
                    receiver.released.wait(TIMEOUT)
                elif answer == "drip":
                    receiver._drip(self)
                elif answer == "cut":
                    self.connection.shutdown(socket.SHUT_RDWR)
                else:
                    status, fields = answer
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(b"noted")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.released.wait(0.02):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    def next(self) -> Received:
        """The next request, waiting for it."""
        return self.received.get(timeout=TIMEOUT)

    @property
    def is_quiet(self) -> bool:
        """Whether no request came that was not looked at."""
        return self.received.empty()


@contextmanager
def receiving(*answers: object) -> Iterator[Receiver]:
    receiver = Receiver([*answers])
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join(TIMEOUT)
