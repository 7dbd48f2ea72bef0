"""Requests to a running server: kept connections, a token, and the server's own sentence when it refuses.

Knows HTTP and the shape of a problem (RFC 9457); nothing of messages.
"""

from __future__ import annotations

import base64
import http.client
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from ..errors import ConfigError, MailsinkError, QueryError, RequestError

if TYPE_CHECKING:
    import ssl

__all__ = ["Http", "segment"]

# Seconds for an answer that does not wait for anything.
TIMEOUT = 30.0
# Connections kept for the next request; each thread at work needs one.
KEPT = 8
# What may not be done twice is never sent over a connection that the server may be closing.
_ONCE = frozenset({"POST", "PATCH"})


def segment(text: str) -> str:
    """*text* as one segment of a path."""
    return quote(text, safe="")


class Http:
    """Asks the server at *url*, which may have a path. Safe from any thread, and in a forked child.

    *token* is sent as a bearer's; a user and a password in *url* by Basic. *ca_file* is a PEM file to trust
    for ``https``, besides the system's. Raises ConfigError where *url* cannot be one.
    """

    def __init__(self, url: str, *, token: str = "", ca_file: str | os.PathLike[str] | None = None) -> None:
        self._parts = _parts(url)
        host = self._parts.hostname or ""
        self._path = self._parts.path.rstrip("/")
        place = f"[{host}]" if ":" in host else host
        port = f":{self._parts.port}" if self._parts.port else ""
        self.url = f"{self._parts.scheme}://{place}{port}{self._path}"
        self._headers = {"Accept": "application/json", **_authorization(self._parts, token)}
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._process = os.getpid()
        self._keeps = KEPT

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        body: object = None,
        content: bytes | None = None,
        content_type: str = "application/json",
    ) -> bytes:
        """The body of the answer to *path* below ``/api``. *body* goes as JSON, *content* as it is.

        What is ``None`` in *query* is left out. Raises QueryError for a search that cannot be read, else
        RequestError.
        """
        if body is not None:
            import msgspec

            content = msgspec.json.encode(body)
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = content_type
        response, octets = self._exchange(method, self._target(path, query), content, headers)
        if response.status >= 400:
            raise self._refusal(response, octets, query or {})
        return octets

    def json(
        self, method: str, path: str, query: Mapping[str, object] | None = None, *, body: object = None
    ) -> Any:
        """The answer's JSON as built-in values."""
        import msgspec

        octets = self.ask(method, path, query, body=body)
        try:
            return msgspec.json.decode(octets)
        except msgspec.DecodeError:
            raise RequestError(f"{self.url} did not answer in JSON; is it mailsink's address?") from None

    def open(
        self, path: str, query: Mapping[str, object] | None = None, *, timeout: float
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """An answer that goes on, on a connection of its own, which the caller closes.

        *timeout* is how many seconds it may be silent. Raises RequestError.
        """
        connection = self._new(timeout)
        try:
            connection.request("GET", self._target(path, query), headers=self._headers)
            response = connection.getresponse()
            if response.status >= 400:
                raise self._refusal(response, response.read(), query or {})
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unreachable(error) from None
        except BaseException:
            connection.close()
            raise
        return connection, response

    def close(self) -> None:
        """Close the kept connections; later requests open new ones, and keep none."""
        with self._lock:
            self._keeps = 0
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _target(self, path: str, query: Mapping[str, object] | None) -> str:
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        return f"{self._path}/api{path}{'?' if given else ''}{urlencode(given)}"

    def _exchange(
        self, method: str, target: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        kept = None if method in _ONCE else self._take()
        if kept is not None:
            try:
                return self._send(kept, method, target, content, headers)
            except TimeoutError as error:
                raise self._unreachable(error) from None
            except (OSError, http.client.HTTPException):
                # The server had closed it: it closes what is silent for some time.
                pass
        try:
            return self._send(self._new(TIMEOUT), method, target, content, headers)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        content: bytes | None,
        headers: dict[str, str],
    ) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            connection.request(method, target, content, headers)
            response = connection.getresponse()
            octets = response.read()
        except BaseException:
            connection.close()
            raise
        self._put_back(connection, stays=not response.will_close)
        return response, octets

    def _take(self) -> http.client.HTTPConnection | None:
        with self._lock:
            if self._process != os.getpid():
                # A forked child has the parent's sockets, and two may not speak on one.
                self._idle, self._process = [], os.getpid()
            return self._idle.pop() if self._idle else None

    def _put_back(self, connection: http.client.HTTPConnection, *, stays: bool) -> None:
        with self._lock:
            stays = stays and len(self._idle) < self._keeps
            if stays:
                self._idle.append(connection)
        if not stays:
            connection.close()

    def _new(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context()
            if self._ca_file is not None:
                self._context.load_verify_locations(self._ca_file)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._context)

    def _unreachable(self, error: Exception) -> RequestError:
        if isinstance(error, http.client.BadStatusLine) and not isinstance(error, OSError):
            return RequestError(f"{self.url} does not speak HTTP; is it mailsink's address for HTTP?")
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return RequestError(f"{self.url} cannot be asked: {why}; is mailsink running there?")

    def _refusal(
        self, response: http.client.HTTPResponse, octets: bytes, query: Mapping[str, object]
    ) -> MailsinkError:
        """The server's sentence as an exception."""
        import msgspec

        try:
            problem = msgspec.json.decode(octets)
            detail = str(problem["detail"])
        except (msgspec.DecodeError, TypeError, KeyError):
            return RequestError(
                f"{self.url} answered {response.status} {response.reason}; is it mailsink's address?",
                status=response.status,
            )
        if "start" in problem:
            return QueryError(
                detail.removeprefix("q cannot be read: "),
                text=str(query.get("q", "")),
                start=problem["start"],
                end=problem["end"],
                hint=problem.get("hint") or "",
            )
        return RequestError(
            problem.get("explanation") or detail, status=response.status, field=problem.get("field") or ""
        )


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"{url} is not the address of a server; write http://HOST:PORT")
    return parts


def _authorization(parts: Any, token: str) -> dict[str, str]:
    if token:
        return {"Authorization": f"Bearer {token}"}
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
