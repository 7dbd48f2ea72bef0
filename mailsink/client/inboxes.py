"""The inboxes of a server by name, and those that are made for somebody: the ways to them, and their end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from ..errors import RequestError
from .http import Http, segment
from .inbox import RemoteInbox
from .store import RemoteStore

if TYPE_CHECKING:
    from typing import Self, Unpack

__all__ = ["DOMAIN", "MadeInbox", "NewInbox", "RemoteInboxes"]

# RFC 2606: nobody has it.
DOMAIN = "mailsink.test"


class MadeInbox(RemoteInbox):
    """An inbox of a server, with the verbs of `Inbox`. Use it with ``with``, or call `remove` at its end.

    Its mail is what comes to *host* and *port*, which are ``None`` without a listener of its own; what comes
    elsewhere from a client that logged in as *user* with *password*, ``None`` where it has no login; and
    without a login, what has its *tag*: see `address`. *expires_at* is aware; ``None`` is never.
    """

    def __init__(self, http: Http, store: RemoteStore, made: Mapping[str, Any]) -> None:
        super().__init__(http, store, made["name"])
        listener = made["listener"] or {}
        expires_at = made["expires_at"]
        self.user: str | None = made["user"]
        self.password: str | None = made["password"]
        self.tag: str = made["tag"]
        self.host: str | None = listener.get("host")
        self.port: int | None = listener.get("port")
        self.tls: str | None = listener.get("tls")
        self.expires_at = None if expires_at is None else dt.datetime.fromisoformat(expires_at)

    def address(self, name: str = "test", domain: str = DOMAIN) -> str:
        """A mail address whose mail comes here, from a client that does not log in."""
        return f"{name}+{self.tag}@{domain}"

    def remove(self) -> int:
        """Delete the inbox: its messages, fault rules, login and listener; returns how many messages.

        A second call does nothing.
        """
        return _delete(self._http, str(self.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


class NewInbox(TypedDict, total=False):
    """How an inbox is made. As a rule it has a user and a password, unless *login* is false.

    With *listen* it has a port of its own, and of that is: *tls*, where ``"required"`` is STARTTLS that must
    be used; *auth*, a user and a password that must log in; *auth_required*, if anybody must; *max_size* in
    octets; *hide*, extensions that are not offered. After *expires_in* seconds the inbox goes.
    """

    login: bool
    listen: bool
    tls: Literal["none", "starttls", "required", "implicit"]
    auth: tuple[str, str]
    auth_required: bool
    max_size: int
    hide: Collection[str]
    expires_in: float


class RemoteInboxes:
    """The inboxes of a server by name. Any name may be asked for; iterating gives those that it knows."""

    def __init__(self, http: Http, store: RemoteStore) -> None:
        self._http = http
        self._store = store

    def create(self, name: str | None = None, **options: Unpack[NewInbox]) -> MadeInbox:
        """Make an inbox for somebody; without a *name* it gets one that was never there. See `NewInbox`.

        Raises ValueError where a listener is described and not asked for, RequestError where the name is
        taken or no port can be had.
        """
        made = self._http.json("POST", "/inboxes", body={"name": name, **_wish(options)})
        return MadeInbox(self._http, self._store, made)

    def delete(self, name: str) -> int:
        """Delete an inbox; returns how many messages were in it, 0 where there is none of that name."""
        return _delete(self._http, name)

    def __getitem__(self, name: str) -> RemoteInbox:
        return RemoteInbox(self._http, self._store, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.inboxes())

    def __len__(self) -> int:
        return len(self._store.inboxes())

    def __contains__(self, name: object) -> bool:
        return name in self._store.inboxes()


def _delete(http: Http, name: str) -> int:
    try:
        return int(http.json("DELETE", f"/inboxes/{segment(name)}")["deleted"])
    except RequestError as error:
        if error.status == 404:
            return 0
        raise


def _wish(options: NewInbox) -> dict[str, Any]:
    """What ``POST /api/inboxes`` takes, but for the name."""
    own = {name: value for name, value in options.items() if name in ("tls", "auth_required", "max_size")}
    if "auth" in options:
        own["user"], own["password"] = options["auth"]
        own["auth_required"] = True
    if "hide" in options:
        own["hide"] = sorted({word.upper() for word in options["hide"]})
    listen = options.get("listen", False)
    if own and not listen:
        raise ValueError(f"{next(iter(own))}: is of a port of its own; say listen=True")
    wish = {name: value for name, value in options.items() if name in ("login", "expires_in")}
    return {**wish, "listener": own or listen}
