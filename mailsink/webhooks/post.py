"""One POST to an address: no redirect, no proxy, no cookie, and an end in time whatever comes back."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["Answer", "Post", "PostError"]

# Octets of an answer that are read: enough for a sentence that says what is wrong.
MOST = 1_000


class PostError(Exception):
    """No answer came; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; *location* and *retry_after* are those fields, ``""`` as a rule."""

    status: int
    text: str
    location: str = ""
    retry_after: str = ""


class Post:
    """A POST that can be broken off from another thread."""

    def __init__(self, url: str, *, timeout: float) -> None:
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._timeout = timeout
        # The connection lets go of it once the answer has begun.
        self._sock: socket.socket | None = None
        self._why = ""

    def send(self, body: bytes, fields: Mapping[str, str]) -> Answer:
        """Send *body* with *fields*. Raises PostError."""
        # A socket's timeout is for one read: a server that sends an octet now and then would hold us.
        timer = threading.Timer(
            self._timeout, self.stop, [f"no whole answer came within {self._timeout:g} s"]
        )
        timer.daemon = True
        timer.start()
        try:
            self._connection.connect()
            self._sock = self._connection.sock
            self._connection.request("POST", self._target, body, dict(fields))
            with self._connection.getresponse() as response:
                text = response.read(MOST).decode("utf-8", "backslashreplace")
            if self._why:
                raise PostError(self._why)
            return Answer(
                status=response.status,
                text=text,
                location=response.headers.get("Location", ""),
                retry_after=response.headers.get("Retry-After", ""),
            )
        except TimeoutError:
            raise PostError(self._why or f"no answer came within {self._timeout:g} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PostError(self._why or _sentence(error)) from None
        finally:
            timer.cancel()
            self._connection.close()

    def stop(self, why: str = "mailsink stopped") -> None:
        """Break it off; `send` raises with *why*."""
        self._why = self._why or why
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)


def _sentence(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "the connection was closed without an answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or f"what came is no HTTP ({type(error).__name__})"
