"""A WSGI server over a socket that listens already: HTTP/1.1 with kept connections, a thread for each.

A thread per connection, and no pool, because a stream holds its thread for as long as a tab is open.
Knows no app and no Flask.
"""

from __future__ import annotations

import contextlib
import io
import logging
import selectors
import socket
import ssl
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from . import tls as tls_of
from .guests import Guests
from .refusing import refusal, refuse
from .wire import TooLongError, Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["Server"]

log = logging.getLogger("mailsink.web")

# Seconds without an octet read or written before a connection is given up.
IDLE = 30.0
# Octets of a request body that nobody read, taken off the wire so that the connection can go on.
MAX_DRAIN = 65_536
# Seconds that this may take.
LINGER = 2.0
# Connections beyond the limits that are told so at once; further ones are closed without a word.
MAX_REFUSALS = 16
# Octets that are sent at a time, and that a client must take within IDLE seconds.
PIECE = 65_536

# Statuses whose answers are not parted into chunks: they end with their header section, but for 101, after
# which another protocol goes on.
_BODILESS = ("101", "204", "304")

_BUSY = "Every connection is taken: close some pages of mailsink, or try again in a moment."
_LATE = "The request did not come whole in time; send it anew."
_LONG = "The header section of the request is too long."


class Body(io.RawIOBase):
    """The request body: never gives more than the client announced. Knows how many octets are *left*."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self.left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self.left))
        self.left = self.left - len(data) if data else 0
        buffer[: len(data)] = data
        return len(data)


class Handler(WSGIRequestHandler):
    """One connection: its requests, one after another."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            tls_of.shake_hands(self.request)
        super().setup()
        self.rfile.close()  # a second file of the socket, which stays open
        self._wire = Wire(self.connection, self.timeout)
        self.rfile = self._reader = io.BufferedReader(self._wire)
        self._guest = self.server.guests[self.request]

    def handle_one_request(self) -> None:
        self._wire.expect_head(self._reader)
        # What an error says before there is a request.
        self.command, self.requestline, self.request_version = "", "", ""
        try:
            self.raw_requestline = self._reader.readline()
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not self.parse_request():
                return
        except TooLongError:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _LONG)
            return
        except TimeoutError:
            # Who has said nothing has not asked for anything.
            if self._wire.has_begun:
                self.send_error(HTTPStatus.REQUEST_TIMEOUT, _LATE)
            self.close_connection = True
            return
        self._wire.expect_body()
        self._guest.begins()
        self.run_wsgi()
        self._guest.waits()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with *code* and a sentence, and close the connection."""
        status = HTTPStatus(code)
        sentence = explain or message or status.description or status.phrase
        self.close_connection = True
        self.wfile.write(refusal(status, sentence.rstrip(".") + "."))

    def version_string(self) -> str:
        return "mailsink"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: what matters is in the answers."""

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        body = self._body(environ)
        if body is None:
            return self.send_error(HTTPStatus.BAD_REQUEST)
        answer = _Answer(self, body)
        result: Iterable[bytes] = ()
        try:
            result = self.server.app(environ, answer.start)
            for data in result:
                answer.write(data)
            answer.finish()
        except OSError as error:
            # The client went away, or closing the server shut its socket.
            self.close_connection = True
            log.debug("%s %s: %s", self.command, self.path, error)
        except Exception:
            self.close_connection = True
            log.exception("%s %s failed", self.command, self.path)
            if not answer.is_sent:
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        finally:
            if close := getattr(result, "close", None):
                close()
        return self._drain(body)

    def _body(self, environ: dict[str, Any]) -> Body | None:
        """The request's body, put into *environ*; ``None`` if its length cannot be told for certain."""
        # RFC 9112 §3.2 and §6.3: no guess is made about where a request ends.
        lengths = self.headers.get_all("Content-Length") or ["0"]
        chunked = "Transfer-Encoding" in self.headers
        hosts = self.headers.get_all("Host") or []
        sane = len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit() and len(lengths[0]) < 16
        host = len(hosts) == 1 or (not hosts and self.request_version == "HTTP/1.0")
        if not sane or not host or (chunked and "Content-Length" in self.headers):
            self.close_connection = True
            return None
        body = Body(cast("BinaryIO", self.rfile), int(lengths[0]))
        if chunked:
            self.close_connection = True
        else:
            environ["wsgi.input"] = body
        return body

    def _drain(self, body: Body) -> None:
        """Take what is left of the request off the wire, or stop using the connection."""
        if not body.left:
            return
        with contextlib.suppress(OSError):
            # A close with octets unread is a reset, and a reset can overtake the answer.
            if self.close_connection:
                socket.socket.shutdown(self.connection, socket.SHUT_WR)
            self._wire.expect_body(LINGER)
            while body.left > 0:
                octets = self._reader.read1(min(body.left, MAX_DRAIN))
                if not octets:
                    break
                body.left -= len(octets)
        self.close_connection |= body.left > 0


class _Answer:
    """One answer on its way out: status and header fields with the first octets, chunks if need be."""

    def __init__(self, handler: Handler, body: Body) -> None:
        self._handler = handler
        self._body = body
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self.is_sent = False
        self._chunked = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Any:  # the WSGI write callable
        del exc_info  # Flask makes its own answer of an exception before it starts one
        self._head = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        if not self.is_sent:
            self.is_sent = True
            self._send(self._header_section() + self._wrap(data))
        elif data:
            self._send(self._wrap(data))

    def finish(self) -> None:
        if not self.is_sent:
            self.write(b"")
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")

    def _send(self, data: bytes) -> None:
        # A socket's timeout is for a whole sendall: in pieces, it is for a client that has stopped reading.
        octets = memoryview(data)
        for start in range(0, len(octets), PIECE):
            self._handler.wfile.write(octets[start : start + PIECE])

    def _wrap(self, data: bytes) -> bytes:
        if not data or self._handler.command == "HEAD":
            return b""
        return b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data

    def _header_section(self) -> bytes:
        assert self._head is not None, "the app answered before it named a status"
        status, headers = self._head
        handler = self._handler
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and handler.command != "HEAD" and status[:3] not in _BODILESS:
            self._chunked = handler.request_version == "HTTP/1.1"
        handler.close_connection |= (
            # An HTTP/1.0 client that asked for a kept connection would have to be told that it got one.
            handler.request_version != "HTTP/1.1"
            or self._body.left > MAX_DRAIN
            or handler.server.closing
            or status[:3] == "101"
            or ("connection", "close") in {(name.lower(), value) for name, value in headers}
        )
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        lines.append(f"Server: {handler.version_string()}")
        if "date" not in names:
            lines.append(f"Date: {handler.date_time_string()}")
        if self._chunked:
            lines.append("Transfer-Encoding: chunked")
        if handler.close_connection and "connection" not in names:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Server(ThreadedWSGIServer):
    """Serves one app over a socket that listens; `close` ends it and every connection.

    With *tls* it speaks HTTPS. *guests* say how many may connect.
    """

    def __init__(
        self,
        listener: socket.socket,
        app: WSGIApplication,
        *,
        tls: ssl.SSLContext | None = None,
        guests: Guests | None = None,
    ) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, Handler, fd=listener.fileno())
        self.ssl_context = tls
        self.block_on_close = False
        self.guests = Guests() if guests is None else guests
        self._turns = threading.BoundedSemaphore(MAX_REFUSALS)
        self._closing = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.socket, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name=f"mailsink-http-{port}", daemon=True)

    @property
    def closing(self) -> bool:
        """True once no more connections are taken."""
        return self._closing.is_set()

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def close(self, *, grace: float = 1.0) -> None:
        """Take no more connections; let answers under way finish for *grace* seconds, then cut them."""
        if self.closing:
            return
        self._closing.set()
        self._wake.send(b"x")
        if self._thread.is_alive():
            self._thread.join()
        self.server_close()
        self._selector.close()
        self._wake.close()
        self._woken.close()
        self.guests.shut(socket.SHUT_RD)  # a kept connection that waits for a request reads its end
        self.guests.wait_gone(grace)
        self.guests.shut(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while not self.closing:
            self._selector.select()
            if not self.closing:
                self._accept()

    def _accept(self) -> None:
        try:
            connection, address = self.get_request()
        except BlockingIOError:
            return  # the client was gone before it was taken
        except OSError as error:
            # Out of descriptors, most likely: the listener stays readable, so do not spin on it.
            log.warning("A connection could not be taken: %s", error)
            with self.guests.changed:
                self.guests.changed.wait(0.1)
            return
        try:
            if self.ssl_context is not None:
                connection = tls_of.wrap(connection, self.ssl_context)
            self.process_request(connection, address)
        except Exception:
            log.exception("A connection of %s could not be served", address)
            self.shutdown_request(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.guests.admit(request, client_address[0]):
            super().process_request(request, client_address)
        elif self._turns.acquire(blocking=False):
            threading.Thread(target=self._turn_away, args=(request,), daemon=True).start()
        else:
            self.shutdown_request(request)

    def _turn_away(self, connection: socket.socket) -> None:
        """Tell somebody for whom there is no room, which takes a moment."""
        try:
            if isinstance(connection, ssl.SSLSocket):
                tls_of.shake_hands(connection)
            refuse(connection, refusal(503, _BUSY, retry_after=1))
        except OSError as error:
            log.debug("A connection could not be told that there is no room: %s", error)
        finally:
            self._turns.release()
            self.shutdown_request(connection)

    def shutdown_request(self, request: Any) -> None:
        tls_of.end(request)
        super().shutdown_request(request)
        self.guests.leave(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base names both
        log.debug("A connection of %s failed", client_address, exc_info=True)
