"""`Client`: where the server is, and what may be asked of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .http import Http
from .inbox import RemoteInbox
from .inboxes import RemoteInboxes
from .store import RemoteStore

if TYPE_CHECKING:
    from ..events import Event

__all__ = ["DEFAULT_URL", "Client"]

DEFAULT_URL = "http://127.0.0.1:8025"


class Client(RemoteInbox):
    """A running server, with the verbs of an `Inbox` for its messages.

    ::

        with Client("http://127.0.0.1:8025") as client:
            message = client.expect(rcpt="ada@example.org", subject="Welcome")

    *url* is the address of the inbox page, a path included; without it that of ``MAILSINK_URL``, else
    http://127.0.0.1:8025. *token* is what the server asks for, without it ``MAILSINK_TOKEN``; a user and a
    password may stand in *url*. *inbox* narrows to one inbox. *ca_file* is a PEM file to trust for https.

    A message's content is fetched when it is first looked at. Raises ConfigError where *url* is wrong; what
    asks the server raises RequestError when it cannot or is refused. Safe from any thread. Close it, or use
    it with ``with``.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        inbox: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        http = Http(
            url or os.environ.get("MAILSINK_URL") or DEFAULT_URL,
            token=os.environ.get("MAILSINK_TOKEN", "") if token is None else token,
            ca_file=ca_file,
        )
        super().__init__(http, RemoteStore(http), inbox)

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._http.url

    @property
    def inboxes(self) -> RemoteInboxes:
        """The server's inboxes by name, ``client.inboxes["checkout"].expect(...)``, and new ones.

        ``with client.inboxes.create(listen=True) as inbox:`` makes one with a port and a login of its own.
        """
        return RemoteInboxes(self._http, self._remote)

    @property
    def everything(self) -> RemoteInbox:
        """All inboxes as one."""
        return RemoteInbox(self._http, self._remote, None)

    def health(self) -> dict[str, Any]:
        """What runs: ``version``, ``smtp`` (where it listens), ``store``, ``messages``, ``unread``."""
        found: dict[str, Any] = self._http.json("GET", "/health")
        return found

    def ca_pem(self) -> str:
        """The certificate to trust for TLS, PEM. Raises RequestError (404) where no listener speaks it."""
        return self._http.ask("GET", "/ca.pem").decode("ascii")

    def stream(self, *kinds: str) -> Iterator[Event]:
        """What happens in this inbox from the first step on, for ever.

        *kinds* narrow to ``"captured"``, ``"changed"``, ``"deleted"``, ``"session"``.
        """
        with self._remote.events.subscribe(inbox=self.name, kinds=kinds) as events:
            while not events.ended:
                event = events.get()
                if event is not None:
                    yield event

    def close(self) -> None:
        """Close the connections. A second call does nothing."""
        self._remote.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.url}{f' inbox {self.name}' if self.name else ''}>"
