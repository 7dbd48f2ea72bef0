"""A client that says what it is told, octet for octet, over plain sockets and TLS."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from types import TracebackType
from typing import NamedTuple

TIMEOUT = 20.0
SENDER = "shop@example.com"
RCPT = "ada@example.org"


class Answer(NamedTuple):
    """A reply: its code, and its lines without the code. The end of the connection is ``(0, [])``."""

    code: int
    lines: list[str]

    @property
    def enhanced(self) -> str:
        """The enhanced code, ``""`` where the first line has none."""
        word = self.lines[0].partition(" ")[0] if self.lines else ""
        return word if word.count(".") == 2 and word.replace(".", "").isdigit() else ""

    @property
    def status(self) -> str:
        """Code and enhanced code: ``"250 2.1.0"``."""
        return f"{self.code} {self.enhanced}".strip()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


END = Answer(0, [])


class Raw:
    """Connects and reads the greeting, unless *greet* is false. *tls* makes it implicit TLS.

    *first* is sent before anything else; *window* is how many octets may be on their way to this client.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        greet: bool = True,
        first: bytes = b"",
        window: int = 0,
    ) -> None:
        family = socket.AF_UNIX if not port else socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(TIMEOUT)
        if port:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        try:
            self.socket.connect((host, port) if port else host)
        except OSError:
            self.socket.close()
            raise
        self._buffer = b""
        if first:
            self.socket.sendall(first)
        if tls is not None:
            self.starttls(tls)
        self.greeting = self.reply() if greet else END

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def say(self, command: str | bytes) -> Answer:
        """Send *command* and CRLF; the reply."""
        octets = command.encode() if isinstance(command, str) else command
        self.send(octets + b"\r\n")
        return self.reply()

    def reply(self) -> Answer:
        """The next reply; `END` when the server has closed the connection."""
        code, lines = 0, []
        while line := self._line():
            code = int(line[:3])
            lines.append(line[4:])
            if line[3:4] != "-":
                return Answer(code, lines)
        return END

    def _line(self) -> str:
        while b"\r\n" not in self._buffer:
            octets = self._receive()
            if not octets:
                return ""
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode()

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError):
            return b""

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        while octets := self._receive():
            self._buffer += octets
        return self._buffer

    def starttls(self, context: ssl.SSLContext, name: str = "localhost") -> None:
        """Do the handshake; what was said before to get there is the caller's."""
        self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def ehlo(self, verb: str = "EHLO") -> list[str]:
        """Greet; the extensions' lines."""
        return self.say(f"{verb} client.example.org").lines[1:]

    def begin(self, *rcpt: str, parameters: str = "") -> Answer:
        """Greet, MAIL, RCPT; the last reply."""
        self.ehlo()
        return self.mail(*rcpt, parameters=parameters)

    def mail(self, *rcpt: str, parameters: str = "") -> Answer:
        answer = self.say(f"MAIL FROM:<{SENDER}> {parameters}".rstrip())
        for path in rcpt or (RCPT,):
            answer = self.say(f"RCPT TO:<{path}>")
        return answer

    def data(self, content: bytes) -> Answer:
        """DATA with *content*, dots doubled; the reply to the final dot."""
        answer = self.say("DATA")
        if answer.code != 354:
            return answer
        wire = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.send(wire + (b"" if wire.endswith(b"\r\n") or not wire else b"\r\n") + b".\r\n")
        return self.reply()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Raw:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def base64(*fields: str) -> str:
    """*fields* joined by NUL, as PLAIN wants them."""
    return b64encode("\0".join(fields).encode()).decode()
