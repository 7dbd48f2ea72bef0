"""The server of a test run: one event loop, a port for each test, and what comes too late.

A test's listener stays open when the test is over, as a tombstone: mail that comes then is taken, so that
its application sees no error, and is reported as that test's late mail. It never reaches another test.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..activity import Activity
from ..clock import now
from ..inbox import SETTLE, TIMEOUT, Inbox
from ..message import Message
from ..sink import Sink
from .late import Late
from .mailsink import Mailsink
from .opening import certificates_of, check, policy_of
from .scope import Scope
from .window import PartialSessions, PartialStore

if TYPE_CHECKING:
    from typing import Unpack

    from ..smtp.listener import Listener
    from .opening import Auth, ServerSettings, TlsMode

__all__ = ["DRAIN", "TOMBSTONES", "Server", "serve"]

# Each holds one socket; a late mail comes within the next few tests or not at all.
TOMBSTONES = 64
# How long a closing test waits for a session in which its application is still sending.
DRAIN = 0.5
# An inbox that no message is ever put into.
_NOBODY = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grave:
    name: str
    inbox: str
    listeners: Sequence[Listener]
    ended_at: dt.datetime


class Server(Sink):
    """A `Sink` that opens a `Mailsink` for each test. Use it with ``with``."""

    def __init__(self) -> None:
        super().__init__(smtp=())
        self._numbers = itertools.count(1)
        self._graves: deque[_Grave] = deque()
        self._late: list[Late] = []
        self._scopes: list[tuple[str, Scope]] = []
        self._identities: set[str] = set()
        self._shared: list[Listener] = []
        self._ports: set[int] = set()
        # Messages that stay though their test is over.
        self._kept: set[str] = set()
        # What `Mailsink.pause` does; who can show pages knows.
        self.on_pause: Callable[[Mailsink], None] = _cannot_pause

    def __enter__(self) -> Server:
        self.start()
        return self

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
        """A server at a port of its own, called *name* in reports. Close what is returned, or this.

        *timeout* is the default of `Mailsink.expect`; *settle* is how long it looks again while somebody is
        in the middle of sending; both in seconds. *auth* is a user and password that must log in,
        ``"required"`` for a login of the server's choice, ``"any"`` to take every login and ask for none,
        ``None`` to offer none. *tls* ``"required"`` is STARTTLS that must be used. *tls_cert* and
        *tls_key* are PEM files of a certificate of one's own, in place of one of the test CA; alone they
        offer STARTTLS. *max_size* is in octets. *hide* are extensions that are not offered. Raises
        ConfigError for what is none of these, and for files that are no certificate and its key.
        """
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
        certificates = self.certificates if tls_cert is None else certificates_of(tls_cert, tls_key)
        if tls_cert is not None and tls == "none":
            tls = "starttls"
        identity = self._identity()
        login = (identity, secrets.token_hex(8)) if auth == "required" else None
        login = auth if isinstance(auth, tuple) else login
        inbox = f"{name} #{next(self._numbers)}"
        listener = self.listen(
            inbox=inbox,
            tls="starttls" if tls == "required" else tls,
            policy=policy_of(
                login, anyone=auth == "any", require_tls=tls == "required", max_size=max_size, hide=hide
            ),
            certificates=certificates,
        )
        run = self._run
        # Nothing comes by the listener that tests share, and what goes wrong there is another test's.
        own = Inbox(
            self.store,
            inbox,
            activity=run.activity,
            sessions=self.sessions,
            listeners=(listener.address,),
            plan=self.faults,
        )
        mailsink = Mailsink(
            self,
            [listener],
            own,
            certificates,
            name=name,
            identity=identity,
            timeout=timeout,
            login=login,
        )
        mailsink.inbox.settle = settle
        if certificates is not self.certificates:
            mailsink.on_close(certificates.close)
        return mailsink

    def listen(self, *arguments: Any, **settings: Any) -> Listener:
        """As `Sink.listen`; the port counts as the sink's own from then on."""
        listener = super().listen(*arguments, **settings)
        self._ports.add(listener.port)
        return listener

    def takes(self, host: str, port: int) -> bool:
        """Whether mail to *host* and *port* comes here, or would, were the listener not closed."""
        from ..sockets import is_loopback

        return port in self._ports and is_loopback(host)

    @property
    def shared(self) -> Listener:
        """A listener that stays the same, for applications that cannot be pointed to another for each test.

        It takes every login. See `share` for a test's part of it.
        """
        if not self._shared:
            self._shared.append(self.listen(inbox=None, policy=policy_of(None, anyone=True)))
        return self._shared[0]

    def share(self, name: str, *, timeout: float = TIMEOUT, settle: float = SETTLE) -> Mailsink:
        """A test's part of `shared`, from now until it is closed.

        Its mail is what logs in as `Mailsink.username`, what is addressed to `Mailsink.address`, and of the
        rest what begins in its time. For one test at a time.
        """
        listener = self.shared
        identity = self._identity()
        self._identities.add(identity)
        scope = Scope(identity=identity, others=self._identities, start=now())
        self._scopes.append((name, scope))
        inbox = Inbox(
            PartialStore(self.store, lambda m: self._is_of(m, scope, listener)),
            None,
            activity=_Shared(self._run.activity),
            sessions=PartialSessions(
                self.sessions, lambda s: s.listener == listener.address and scope.covers(s.started_at)
            ),
            listeners=(listener.address,),
            plan=self.faults,
        )
        inbox.settle = settle
        login = (identity, secrets.token_hex(8))
        return Mailsink(
            self,
            self._shared,
            inbox,
            self.certificates,
            name=name,
            identity=identity,
            timeout=timeout,
            login=login,
            scope=scope,
        )

    def end(self, mailsink: Mailsink, listeners: Sequence[Listener], scope: Scope | None) -> None:
        """A test is over: forget its mail, and keep its listeners as a tombstone."""
        if scope is not None:
            scope.end = now()
            self._let_go(mailsink)
            return
        ended_at = now()
        self._let_go(mailsink)
        inbox = listeners[0].inbox
        assert inbox is not None
        self._graves.append(_Grave(name=mailsink.name, inbox=inbox, listeners=listeners, ended_at=ended_at))
        while len(self._graves) > TOMBSTONES:
            self._dig_up(self._graves.popleft())

    def _let_go(self, mailsink: Mailsink) -> None:
        """Forget a test's mail, or put it where it is looked at."""
        # Not all that is in the inbox: what comes from here on is late.
        messages = list(mailsink.inbox)
        mailsink.inbox.delete([message.id for message in messages])
        for message in messages if mailsink.keep else ():
            self._kept.add(message.id)
            self.store.add(replace(message, inbox=mailsink.name), lambda _: None)

    def late_since(self, moment: dt.datetime) -> list[Late]:
        """What came since *moment* to tests that were over."""
        return [
            Late.of(grave.name, message, grave.ended_at)
            for grave in self._graves
            for message in self.inboxes[grave.inbox]
            if message.received_at >= moment
        ]

    def late(self) -> list[Late]:
        """What came too late since the last call, by test."""
        for grave in self._graves:
            self._collect(grave)
        self._collect_shared()
        late, self._late = self._late, []
        return late

    def _identity(self) -> str:
        return secrets.token_hex(4)

    def _is_of(self, message: Message, scope: Scope, listener: Listener) -> bool:
        session = self.sessions.get(message.session_id)
        if session is not None and session.listener != listener.address:
            return False
        return scope.owns(message.inbox, self.sessions.began_at(message))

    def _dig_up(self, grave: _Grave) -> None:
        for listener in grave.listeners:
            listener.close()
        self._collect(grave)

    def _collect(self, grave: _Grave) -> None:
        inbox = self.inboxes[grave.inbox]
        for message in list(inbox):
            self._late.append(Late.of(grave.name, message, grave.ended_at))
            inbox.delete([message.id])

    def _collect_shared(self) -> None:
        """What came to the shared port in nobody's time, or for somebody whose time was over."""
        if not self._shared:
            return
        ended = [(name, scope) for name, scope in self._scopes if scope.end is not None]
        running = [scope for _, scope in self._scopes if scope.end is None]
        for message in list(self.everything):
            session = self.sessions.get(message.session_id)
            if session is None or session.listener != self.shared.address or message.id in self._kept:
                continue
            began = self.sessions.began_at(message)
            if any(scope.owns(message.inbox, began) for scope in running):
                continue
            owner = [pair for pair in ended if pair[1].identity == message.inbox]
            before = [pair for pair in ended if pair[1].end is not None and pair[1].end <= began]
            for name, scope in (owner or before)[-1:]:
                assert scope.end is not None
                self._late.append(Late.of(name, message, scope.end))
                self.everything.delete([message.id])


def _cannot_pause(mailsink: Mailsink) -> None:  # noqa: ARG001 - of one that can
    raise RuntimeError(
        "pause() shows the inbox in a run of pytest with mailsink's plugin; in a script, serve the pages: "
        "mailsink_web.server.serve(server)"
    )


class _Shared(Activity):
    """Who is in the middle of sending at the shared port, whose sessions have no inbox of their own."""

    def __init__(self, activity: Activity) -> None:
        super().__init__()
        self._activity = activity

    def wait_idle(self, inbox: str | None, *, timeout: float) -> bool:  # noqa: ARG002 - it has but one
        return self._activity.wait_idle(_NOBODY, timeout=timeout)


@contextmanager
def serve(name: str = "mailsink", **settings: Unpack[ServerSettings]) -> Iterator[Mailsink]:
    """A running server and its inbox, without pytest: ``with mailsink.serve() as inbox:``.

    *settings* are those of `Server.open`.
    """
    with Server() as server, server.open(name, **settings) as mailsink:
        yield mailsink
