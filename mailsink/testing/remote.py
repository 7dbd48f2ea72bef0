"""The server of a test run that is another process: an inbox of a running mailsink for each test.

Each inbox has a listener, a login and a tag of its own. When its test is over it stays for a while, as a
tombstone: mail that comes then is that test's late mail. Knows the API by `Client` alone.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..clock import now
from ..errors import ConfigError, RequestError
from ..inbox import SETTLE, TIMEOUT
from ..sockets import is_loopback
from .late import Late
from .leased import Door, Leased
from .mailsink import Mailsink

if TYPE_CHECKING:
    from ..faults import Plan
    from ..sessions import Sessions
    from ..smtp.listener import Listener
    from .opening import Auth, TlsMode
    from .scope import Scope

__all__ = ["RemoteServer"]

# Each holds a port of a server that others use too.
TOMBSTONES = 16
# Seconds after which the server forgets an inbox whose run has died.
EXPIRES = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grave:
    name: str
    inbox: str
    ended_at: dt.datetime


class RemoteServer:
    """A running mailsink at *url* that opens a `Mailsink` for each test, with the methods of `Server`.

    *token* is what it asks for; ``MAILSINK_TOKEN`` otherwise. `start` raises RequestError where it cannot be
    asked. Use it with ``with``.
    """

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self.client = Client(url, token=token)
        self.on_pause: Callable[[Mailsink], None] = _cannot_pause
        self._http = self.client._http
        self._graves: deque[_Grave] = deque()
        self._late: list[Late] = []
        self._ports: set[int] = set()
        self._shared: Door | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> RemoteServer:
        """See that the server can be asked."""
        self._ports |= {listener["port"] for listener in self.client.health()["smtp"]}
        return self

    def close(self) -> None:
        """Give the inboxes of tests back that are over, and let the server go."""
        try:
            while self._graves:
                self._dig_up(self._graves.popleft())
        finally:
            self.client.close()
            if self._files is not None:
                self._files.cleanup()

    def __enter__(self) -> RemoteServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where its pages and its API are."""
        return self.client.url

    @property
    def sessions(self) -> Sessions:
        """Every connection that the server took, of others too."""
        return self.client.sessions

    @property
    def faults(self) -> Plan:
        """The server's plan, with the rules of others."""
        return self.client.faults._plan

    def open(
        self,
        name: str,
        *,
        timeout: float = TIMEOUT,
        settle: float = SETTLE,
        auth: Auth = "any",
        tls: TlsMode = "none",
        tls_cert: str | os.PathLike[str] | None = None,
        tls_key: str | os.PathLike[str] | None = None,
        max_size: int | None = None,
        hide: Collection[str] = (),
    ) -> Mailsink:
        """An inbox with a port and a login of its own, called *name* in reports.

        As `Server.open`; but with ``"any"`` it takes the login that it chose, and no other, and it shows the
        certificate that the server was started with.
        """
        from .opening import check

        check(
            timeout=timeout,
            settle=settle,
            auth=auth,
            tls=tls,
            tls_cert=tls_cert,
            tls_key=tls_key,
            max_size=max_size,
            hide=hide,
        )
        if tls_cert is not None:
            raise ConfigError(
                f"tls_cert={str(tls_cert)!r}: the running server at {self.url} shows its own certificate; "
                "start it with --tls-cert and --tls-key"
            )
        login = auth if isinstance(auth, tuple) else None
        hidden = [*hide, *(["AUTH"] if auth is None else [])]
        listener: dict[str, Any] = {"tls": tls, "auth_required": auth == "required" or login is not None}
        if login is not None:
            listener["user"], listener["password"] = login
        listener["hide"] = sorted({word.upper() for word in hidden})
        if max_size is not None:
            listener["max_size"] = max_size
        return self._make(name, timeout, settle, {"listener": listener}, login=login)

    @property
    def shared(self) -> Door:
        """The server's own port, at which the login or an address tells the tests apart."""
        if self._shared is None:
            found = [x for x in self.client.health()["smtp"] if x["inbox"] is None and x["port"]]
            if not found:
                raise ConfigError(f"{self.url} has no listener that lets a login choose the inbox")
            self._shared = Door(host=self._host(), port=found[0]["port"], tls=found[0]["tls"], inbox=None)
        return self._shared

    def share(self, name: str, *, timeout: float = TIMEOUT, settle: float = SETTLE) -> Mailsink:
        """An inbox whose mail comes to `shared`: what logs in as its user, and what has its address."""
        return self._make(name, timeout, settle, {}, door=self.shared)

    def _make(
        self,
        name: str,
        timeout: float,
        settle: float,
        body: dict[str, Any],
        *,
        door: Door | None = None,
        login: tuple[str, str] | None = None,
    ) -> Mailsink:
        asked = now()
        made = self._http.json("POST", "/inboxes", body={**body, "expires_in": EXPIRES})
        answered = now()
        inbox = self.client.inboxes[made["name"]]
        inbox.settle = settle
        own = made["listener"]
        if door is None:
            door = Door(
                host=self._reachable(own["host"]), port=own["port"], tls=own["tls"], inbox=made["name"]
            )
            self._ports.add(door.port)
        return Leased(
            self,
            door,
            inbox,
            name=name,
            timeout=timeout,
            login=login or (made["user"], made["password"]),
            is_shared=own is None,
            must_log_in=own is None or body["listener"]["auth_required"],
            skew=_skew(asked, dt.datetime.fromisoformat(made["created_at"]), answered),
        )

    def _host(self) -> str:
        """Where the server is, as this process finds it."""
        from urllib.parse import urlsplit

        return urlsplit(self.url).hostname or "127.0.0.1"

    def _reachable(self, host: str) -> str:
        """A loopback address that the server tells is where its own is, seen from here."""
        return host if not is_loopback(host) or is_loopback(self._host()) else self._host()

    def end(self, mailsink: Mailsink, listeners: Sequence[Listener], scope: Scope | None) -> None:  # noqa: ARG002
        """A test is over: forget its mail, and leave its inbox as a tombstone."""
        if mailsink.keep:
            return
        mailsink.inbox.clear()
        inbox = mailsink.kept_in
        self._graves.append(_Grave(name=mailsink.name, inbox=inbox, ended_at=mailsink._now()))
        while len(self._graves) > TOMBSTONES:
            self._dig_up(self._graves.popleft())

    def late_since(self, moment: dt.datetime) -> list[Late]:
        """What came since *moment* to tests that were over."""
        return [
            Late.of(grave.name, message, grave.ended_at)
            for grave in self._graves
            for message in self.client.inboxes[grave.inbox]
            if message.received_at >= moment
        ]

    def late(self) -> list[Late]:
        """What came too late since the last call, by test."""
        for grave in self._graves:
            self._collect(grave)
        late, self._late = self._late, []
        return late

    def takes(self, host: str, port: int) -> bool:
        """Whether mail to *host* and *port* comes to the server."""
        own = self._host()
        here = host.lower() == own.lower() or (is_loopback(host) and is_loopback(own))
        return here and port in self._ports

    def ca_file(self) -> Path:
        """The PEM file of whom the server's certificates are signed by."""
        file = self._folder() / "ca.pem"
        if not file.exists():
            file.write_bytes(self._http.ask("GET", "/ca.pem"))
        return file

    def bundle_file(self) -> Path:
        """A PEM file of the system's CAs and the server's, gone when this closes."""
        from ..smtp.tls import bundle

        file = self._folder() / "bundle.pem"
        if not file.exists():
            file.write_bytes(bundle(self.ca_file().read_bytes()))
        return file

    def _folder(self) -> Path:
        if self._files is None:
            self._files = tempfile.TemporaryDirectory(prefix="mailsink-")
        return Path(self._files.name)

    def _dig_up(self, grave: _Grave) -> None:
        self._collect(grave)
        try:
            self._http.json("DELETE", f"/inboxes/{grave.inbox}")
        except RequestError as error:
            # It has expired, or somebody was faster.
            if error.status != 404:
                raise

    def _collect(self, grave: _Grave) -> None:
        inbox = self.client.inboxes[grave.inbox]
        for message in list(inbox):
            self._late.append(Late.of(grave.name, message, grave.ended_at))
            inbox.delete([message.id])


def _skew(asked: dt.datetime, there: dt.datetime, answered: dt.datetime) -> dt.timedelta:
    """How much a clock is ahead that said *there* between the two; zero where it may be right."""
    if there < asked:
        return there - asked
    return max(there - answered, dt.timedelta())


def _cannot_pause(mailsink: Mailsink) -> None:
    raise RuntimeError(f"pause() needs pytest with mailsink's plugin; look at the inbox {mailsink.kept_in}")
