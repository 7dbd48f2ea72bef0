"""Clients that the tests send with: smtplib for what is right, a raw socket for the rest."""

from __future__ import annotations

import contextlib
import smtplib
import socket
from collections.abc import Iterator, Sequence

TIMEOUT = 10.0


def mail(subject: str = "Hello", text: str = "Hi", *, to: str = "ada@example.org") -> bytes:
    """The content of a small mail, without a line end at its end."""
    return f"From: shop@example.com\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{text}".encode()


def send(
    address: tuple[str, int],
    content: bytes | None = None,
    *,
    sender: str = "shop@example.com",
    rcpt: str | Sequence[str] = ("ada@example.org",),
    options: Sequence[str] = (),
) -> None:
    """Send one mail over a connection of its own."""
    with smtplib.SMTP(*address, timeout=TIMEOUT) as client:
        client.sendmail(sender, rcpt, mail() if content is None else content, mail_options=options)


# A mail to an address of full.example, and the connection ends.
TO_FULL = (
    b"EHLO worker-3.example",
    b"MAIL FROM:<ops@shop.example>",
    b"RCPT TO:<ada@full.example>",
    b"QUIT",
)


class RawClient:
    """Says what it is told, and reads replies."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self._file = self.socket.makefile("rb")

    def say(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> bytes:
        """The next whole reply, with its line ends; ``b""`` at the end of the connection."""
        lines = []
        while line := self._file.readline():
            lines.append(line)
            if line[3:4] != b"-":
                break
        return b"".join(lines)

    def ask(self, octets: bytes) -> bytes:
        """Say *octets* and CRLF, and return the reply."""
        self.say(octets + b"\r\n")
        return self.reply()

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextlib.contextmanager
def raw(address: tuple[str, int]) -> Iterator[RawClient]:
    client = RawClient(address)
    try:
        yield client
    finally:
        client.close()


def converse(address: tuple[str, int], *lines: bytes) -> list[bytes]:
    """Say *lines* over a connection of its own, each after the reply to the last; returns the replies."""
    with raw(address) as client:
        client.reply()
        return [client.ask(line) for line in lines]


@contextlib.contextmanager
def in_data(address: tuple[str, int], content: bytes | None = None) -> Iterator[RawClient]:
    """A client in the middle of sending: all of *content* is said but the final dot.

    ``client.ask(b"\\r\\n.")`` finishes.
    """
    with raw(address) as client:
        client.reply()
        client.ask(b"EHLO client.example.org")
        client.ask(b"MAIL FROM:<shop@example.com>")
        client.ask(b"RCPT TO:<ada@example.org>")
        client.ask(b"DATA")
        client.say(mail() if content is None else content)
        yield client
