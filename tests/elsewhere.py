"""Another origin on this machine, that notes everything it is asked for: what hostile mail must not reach."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator

from mails import PIXEL


class Elsewhere(socketserver.ThreadingTCPServer):
    """Answers every request with a picture, unless *pages* has a document for its path.

    *asked* are the request lines, *connected* counts connections.
    """

    daemon_threads = True
    allow_reuse_address = True  # a test lets another server take its port

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._heard = threading.Condition()
        self.connected = 0
        self.page = ""
        self.pages: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def hear(self, line: str) -> None:
        """Note what is asked for."""
        with self._heard:
            self.asked.append(line)
            self._heard.notify_all()

    def wait(self, is_enough: Callable[[list[str]], bool]) -> None:
        """Wait until what was asked for is enough, or for ten seconds."""
        with self._heard:
            self._heard.wait_for(lambda: is_enough(self.asked), 10)

    @property
    def leaks(self) -> list[str]:
        """What was asked for; a browser asks for the icon of a page that a test sends it to by itself."""
        return [line for line in self.asked if "favicon" not in line]


class Handler(socketserver.StreamRequestHandler):
    server: Elsewhere

    def handle(self) -> None:
        self.server.connected += 1
        line = self.rfile.readline().decode("latin-1").strip()
        self.server.hear(line)
        path = line.split()[1] if line.count(" ") == 2 else ""
        page = self.server.pages.get(path) or (self.server.page if path.startswith("/page") else "")
        if page:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode())
        else:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n" + PIXEL)


@contextlib.contextmanager
def running() -> Iterator[Elsewhere]:
    """An `Elsewhere` that serves until the block ends."""
    with Elsewhere() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
