"""The sink: listeners, a store, and the inboxes over it.

Loads aiosmtpd when it starts and not before. Knows nothing of Flask and pytest.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from .activity import Activity
from .events import Events
from .faults import Plan
from .inbox import Inbox
from .inboxes import Inboxes
from .policy import Policy
from .retention import Retention
from .sessions import Sessions
from .sockets import bind, bind_both, bind_file
from .store import Store, open_store

if TYPE_CHECKING:
    import socket

    from .meters import SmtpMeter
    from .providers import Provider, ProviderName
    from .smtp.listener import Listener
    from .smtp.tls import Certificates

__all__ = ["Sink"]

DEFAULT_INBOX = "default"
LOOPBACK = "127.0.0.1"


class Sink:
    """A running SMTP sink. Use it with ``with``, or call `start` and `close`.

    ::

        with Sink() as sink:
            app.send_welcome(smtp=(sink.host, sink.port))
            message = sink.inbox.expect(rcpt="ada@example.org", subject="Welcome")

    *smtp* lists the addresses to listen at, as ``(host, port)``; port 0 lets the system choose. *store* is
    ``"memory"``, the path of a SQLite file, or a store that the caller opened and will close. *policy* is
    what each listener offers, asks for and limits. *certificates* are for listeners that speak TLS; without
    any a test CA is made on demand. *handler* may have the hooks of an aiosmtpd handler, and
    *authenticator* is called as aiosmtpd's is. *faults* is the plan of what goes wrong; it can be changed
    at any time. *retention* limits what a store that the sink opens keeps; without it memory keeps 10,000
    messages or 1 GiB, and a file keeps everything.

    `start` raises StartError when a port or the store cannot be had. Safe from any thread.
    """

    def __init__(
        self,
        *,
        smtp: Sequence[tuple[str, int]] = ((LOOPBACK, 0),),
        store: str | os.PathLike[str] | Store = "memory",
        policy: Policy | None = None,
        certificates: Certificates | None = None,
        handler: object | None = None,
        authenticator: Callable[..., object] | None = None,
        faults: Plan | None = None,
        retention: Retention | None = None,
    ) -> None:
        self._addresses = tuple(smtp)
        self._where = store if isinstance(store, Store) else os.fspath(store)
        self._owns_store = not isinstance(store, Store)
        if retention is not None and not self._owns_store:
            raise ValueError("retention= is for a store that the sink opens; give it to open_store instead")
        self._retention = retention
        self._certificates = certificates
        self._handler = handler
        self._authenticator = authenticator
        self.policy = policy or Policy()
        self.faults = Plan() if faults is None else faults
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def start(self) -> Sink:
        """Open the store, listen, and return the sink. Everything is released again if anything fails."""
        with self._lock:
            if self._running is not None:
                return self
            store = (
                open_store(self._where, retention=self._retention)
                if isinstance(self._where, str)
                else self._where
            )
            try:
                self._running = running = _Running(store, self)
            except BaseException:
                if self._owns_store:
                    store.close()
                raise
        try:
            for host, port in self._addresses:
                self.listen(host, port)
        except BaseException:
            self.close()
            raise
        assert running is not None
        return self

    def close(self) -> None:
        """End every session with a 421, stop listening, close the store that this sink opened.

        What got its 250 is kept. Takes 2 seconds at most; a second call does nothing.
        """
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.close(close_store=self._owns_store)
        if self._certificates is not None:
            self._certificates.close()

    def __enter__(self) -> Sink:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def listen(
        self,
        host: str = LOOPBACK,
        port: int = 0,
        *,
        inbox: str | None = DEFAULT_INBOX,
        tls: str = "none",
        policy: Policy | None = None,
        certificates: Certificates | None = None,
        what: str = "--smtp",
        known_as: str = "",
    ) -> Listener:
        """Listen at one more address; about 0.3 ms. Close what is returned, or the sink.

        *host* is a name, an address, ``"localhost"`` for 127.0.0.1 and ::1 with one port, or ``unix:`` and
        the path of a socket file. The mail goes to *inbox*; ``None`` lets the AUTH user or a recipient's
        ``+tag`` decide. *tls* is ``"none"``, ``"starttls"`` or ``"implicit"``. *policy* and
        *certificates* replace the sink's own. *what* begins the text of an error. *known_as* is the address
        of the listener that sessions and fault rules are to take this one for. Raises StartError when the
        address or a certificate cannot be had.
        """
        from .smtp.stock import Hooks

        if tls == "none":
            certificates = None
        else:
            certificates = certificates or self.certificates
            # Made here, not at the first handshake: that would stop the event loop.
            certificates.context()
        hooks = None
        if self._handler is not None or self._authenticator is not None:
            hooks = Hooks.of(self._handler or object(), self._authenticator)
        policy = policy or self.policy
        run = self._run
        return run.thread.open(
            _bind(host, port, what),
            policy=run.inboxes.admit(policy) if inbox is None else policy,
            inbox=inbox,
            tls=tls,
            certificates=certificates,
            hooks=hooks,
            plan=self.faults,
            known_as=known_as,
        )

    def listen_as(
        self,
        provider: ProviderName | Provider,
        host: str = LOOPBACK,
        port: int = 0,
        *,
        inbox: str | None = DEFAULT_INBOX,
    ) -> Listener:
        """Listen as a provider does: its extensions, limits, demands, and its refusals switched off.

        *provider* is ``"gmail"``, ``"microsoft365"``, ``"ses"``, ``"gateway"``, or a profile of your own. It
        asks for TLS, so clients must trust the test CA. Switch a refusal on by
        ``sink.faults.enable("gmail-over-quota")``. Raises ConfigError for an unknown name, else as `listen`
        does.
        """
        from .providers import provider as named

        profile = named(provider) if isinstance(provider, str) else provider
        listener = self.listen(
            host, port, inbox=inbox, tls=profile.tls, policy=profile.policy, what=f"provider {profile.name}"
        )
        self.add_refusals(profile, listener)
        return listener

    def add_refusals(self, provider: ProviderName | Provider, listener: Listener) -> None:
        """Add the fault rules of a provider for *listener*, switched off."""
        from .providers import provider as named

        profile = named(provider) if isinstance(provider, str) else provider
        taken = {rule.id for rule in self.faults}
        self.faults.add(*profile.rules_at(listener.address, taken))

    @property
    def certificates(self) -> Certificates:
        """The certificates of the listeners that speak TLS; `ca_pem` is what a client must trust."""
        if self._certificates is None:
            from .smtp.tls import Certificates

            self._certificates = Certificates()
        return self._certificates

    @certificates.setter
    def certificates(self, certificates: Certificates) -> None:
        self._certificates = certificates

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Where it listens, in the order of opening."""
        return self._run.thread.listeners

    @property
    def host(self) -> str:
        """The first listener's address."""
        return self.listeners[0].host

    @property
    def port(self) -> int:
        """The first listener's port, as the system chose it."""
        return self.listeners[0].port

    @property
    def url(self) -> str:
        """``smtp://host:port`` of the first listener."""
        return self.listeners[0].url

    @property
    def loop(self) -> str:
        """The event loop that it runs on: ``"asyncio"``, or ``"uvloop"`` with its version."""
        return self._run.thread.loop_name

    @property
    def store(self) -> Store:
        return self._run.store

    @property
    def events(self) -> Events:
        return self._run.store.events

    @property
    def sessions(self) -> Sessions:
        """Every connection, open and ended."""
        return self._run.sessions

    def measure(self) -> tuple[SmtpMeter, int]:
        """What all SMTP sessions did so far, and how many of them are open."""
        return self._run.thread.measure()

    @property
    def inbox(self) -> Inbox:
        """The inbox ``"default"``."""
        return self.inboxes[DEFAULT_INBOX]

    @property
    def everything(self) -> Inbox:
        """All inboxes as one."""
        return self._run.inbox(None)

    @property
    def inboxes(self) -> Inboxes:
        """The inboxes by name: ``sink.inboxes["checkout"]``; its `create` makes one for somebody."""
        return self._run.inboxes

    @property
    def _run(self) -> _Running:
        if self._running is None:
            raise RuntimeError(
                "the sink is not running: use it with `with Sink() as sink:`, or call start() first"
            )
        return self._running


class _Running:
    """What a sink is made of while it runs."""

    def __init__(self, store: Store, sink: Sink) -> None:
        from .smtp.listener import ListenerThread

        self.store = store
        self.plan = sink.faults
        self.activity = Activity()
        self.thread = ListenerThread(store, self.activity)
        self.sessions = Sessions(store, self.thread)
        self.inboxes = Inboxes(
            store, sink.policy, inbox=self.inbox, listen=sink.listen, listeners=lambda: self.thread.listeners
        )
        self.thread.start()

    def inbox(self, name: str | None) -> Inbox:
        listeners = tuple(x.address for x in self.thread.listeners if name is None or x.inbox in (None, name))
        return Inbox(
            self.store,
            name,
            activity=self.activity,
            sessions=self.sessions,
            listeners=listeners,
            plan=self.plan,
        )

    def close(self, *, close_store: bool) -> None:
        try:
            self.inboxes.close()
            self.thread.stop()
        finally:
            if close_store:
                self.store.close()
                self.store.events.close()


def _bind(host: str, port: int, what: str) -> list[socket.socket]:
    if host.startswith("unix:"):
        return [bind_file(host.removeprefix("unix:"), what=what)]
    if host == "localhost":
        return bind_both(port, what=what)
    return [bind(host, port, what=what)]
