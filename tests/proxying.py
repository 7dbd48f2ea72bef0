"""A small reverse proxy with one server of its own below a path, and what it was asked for beside that."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator


class Proxy(socketserver.ThreadingTCPServer):
    """Hands what lies below *path* to *upstream*, without the path if *strips*, and adds *fields*.

    *strays* are the addresses outside of *path* that were asked for.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, upstream: tuple[str, int], path: str, *, strips: bool, fields: dict[str, str]) -> None:
        self.upstream = upstream
        self.path = path
        self.strips = strips
        self.fields = fields
        self.strays: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}{path}"


class _Handler(socketserver.StreamRequestHandler):
    server: Proxy
    rbufsize = 0  # what follows the header section stays in the socket

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1")
        if not line.strip():
            return
        method, target, version = line.split()
        fields = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
        path = self.server.path
        if target != path and not target.startswith((f"{path}/", f"{path}?")):
            self.server.strays.append(target)
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if self.server.strips:
            target = target.removeprefix(path) or "/"
        if not any(field.lower().startswith("upgrade:") for field in fields):
            fields = [field for field in fields if not field.lower().startswith("connection:")]
            fields.append("Connection: close")
        fields += [
            f"{name}: {value.format(peer=self.client_address[0])}"
            for name, value in self.server.fields.items()
        ]
        head = "\r\n".join([f"{method} {target} {version}", *fields, "", ""]).encode("latin-1")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(self.server.upstream, timeout=20) as upstream,
        ):
            upstream.sendall(head)
            self._pipe(upstream)

    def _pipe(self, upstream: socket.socket) -> None:
        ends = {self.connection: upstream, upstream: self.connection}
        while True:
            for source in select.select(list(ends), [], [], 30)[0]:
                octets = source.recv(65_536)
                if not octets:
                    return
                ends[source].sendall(octets)


@contextlib.contextmanager
def proxying(
    upstream: tuple[str, int],
    path: str = "/mail",
    *,
    strips: bool = False,
    fields: dict[str, str] | None = None,
) -> Iterator[Proxy]:
    """A `Proxy` that serves until the block ends."""
    with Proxy(upstream, path, strips=strips, fields=fields or {}) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
