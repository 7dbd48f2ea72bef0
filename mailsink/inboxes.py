"""The inboxes of a sink by name, and those that were made for somebody: their logins, listeners and ends.

Knows who can listen as a callable alone; nothing of SMTP.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
import socket
import threading
import time
from collections import ChainMap, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, MailsinkError, StartError
from .sockets import hold

if TYPE_CHECKING:
    from .inbox import Inbox
    from .policy import Policy
    from .smtp.listener import Listener
    from .store import Store

__all__ = ["MOST_LEASES", "NAME", "NAME_WORDS", "Inboxes", "Lease"]

log = logging.getLogger("mailsink")

# Each may hold a socket. Beyond this, somebody makes inboxes and never gives them back.
MOST_LEASES = 1_000
# Ports of deleted inboxes that are kept from being given out again: their late mail must reach nobody.
HELD = 64
# It is a login and a part of addresses too, and some applications write addresses in lower case.
NAME = r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"
NAME_WORDS = (
    "1 to 64 lower-case letters, digits, dots, hyphens and underscores, a letter or digit at each end"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An inbox that was made for somebody, and the ways to it.

    Its mail is what comes by *listener*; what comes elsewhere from a client that logged in with *name* and
    *password*; and without a login, what is addressed to ``anybody+name@…``. *password* is ``""`` where no
    login was asked for, *listener* is ``None`` where no listener was. *expires_at* is aware, in UTC;
    ``None`` is never.
    """

    name: str
    password: str
    listener: Listener | None
    created_at: dt.datetime
    expires_at: dt.datetime | None


class _Users(ChainMap[str, str]):
    """Logins that come and go, before those that stay."""

    def get(self, key: str, default: Any = None) -> Any:
        # ChainMap looks twice, and a login may go in between.
        found = (users.get(key) for users in self.maps)
        return next((password for password in found if password is not None), default)


class Inboxes:
    """The inboxes of a sink. Any name may be asked for; iterating gives those that hold messages.

    Safe from any thread.
    """

    def __init__(
        self,
        store: Store,
        policy: Policy,
        *,
        inbox: Callable[[str], Inbox],
        listen: Callable[..., Listener],
        listeners: Callable[[], tuple[Listener, ...]],
    ) -> None:
        """*inbox* gives the one of a name, *listen* is `Sink.listen`, *policy* what a new listener has."""
        self._store = store
        self._policy = policy
        self._inbox = inbox
        self._listen = listen
        self._listeners = listeners
        self._lock = threading.Lock()
        # None while the lease is being made.
        self._leases: dict[str, Lease | None] = {}
        self._passwords: dict[str, str] = {}
        self._deadlines: dict[str, float] = {}
        self._held: deque[socket.socket] = deque()
        self._timer: threading.Timer | None = None
        self._rings_at: float | None = None
        self._closed = False

    def __getitem__(self, name: str) -> Inbox:
        return self._inbox(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.inboxes())

    def __len__(self) -> int:
        return len(self._store.inboxes())

    def __contains__(self, name: object) -> bool:
        return name in self._store.inboxes()

    @property
    def leases(self) -> dict[str, Lease]:
        """The inboxes that were made, by name."""
        with self._lock:
            return {name: lease for name, lease in self._leases.items() if lease is not None}

    def create(
        self,
        name: str | None = None,
        *,
        login: bool = True,
        listen: bool = False,
        host: str = "127.0.0.1",
        tls: str = "none",
        policy: Policy | None = None,
        expires_in: float | None = None,
    ) -> Lease:
        """Make an inbox for somebody, until `delete` or for *expires_in* seconds.

        Without a *name* it gets one that nothing had before, so that not even mail of an earlier run can come
        into it. With *login* it has a password. With *listen* it has a listener of its own, at a port of the
        system's choice on *host*; *tls* and *policy* are that listener's, the policy the sink's as a rule.
        Raises ConfigError for a name that is wrong or taken, and where nothing would lead to the inbox;
        StartError when there are 1,000 already, and as `Sink.listen` does.
        """
        name = secrets.token_hex(6) if name is None else name
        if not re.fullmatch(NAME, name):
            raise ConfigError(f"the inbox name {name[:80]!r} cannot be: a name is {NAME_WORDS}")
        if not listen and all(listener.inbox is not None for listener in self._listeners()):
            raise ConfigError(
                "no listener lets a login or a recipient's tag choose the inbox; ask for one of its own"
            )
        self._take(name)
        password = secrets.token_urlsafe(12) if login else ""
        try:
            listener = None
            if listen:
                offered = policy or self._policy
                listener = self._listen(
                    host,
                    0,
                    inbox=name,
                    tls=tls,
                    policy=self.admit(offered) if login else offered,
                    what="the inbox's listener at",
                )
        except BaseException:
            with self._lock:
                self._leases.pop(name, None)
            raise
        return self._put(name, password, listener, expires_in)

    def delete(self, name: str) -> int:
        """Forget an inbox: its listener, login, fault rules and messages; returns how many messages.

        One that was not made loses its rules and messages alone. Mail that comes after this gets into no
        other inbox: the listener's port is not given out again soon, and what still has the name as its
        login or tag is put under that name.
        """
        with self._lock:
            lease = self._leases.pop(name, None)
            self._passwords.pop(name, None)
            self._deadlines.pop(name, None)
            self._set_timer()
        if lease is not None and lease.listener is not None:
            lease.listener.close()
            self._hold(lease.listener)
        inbox = self._inbox(name)
        inbox.faults.clear()
        return inbox.clear()

    def admit(self, policy: Policy) -> Policy:
        """*policy*, with the logins of the inboxes that were made and will be."""
        users = _Users(self._passwords, dict(policy.credentials.users))
        return replace(policy, credentials=replace(policy.credentials, users=users))

    def close(self) -> None:
        """Let go of ports and of the timer. Messages and listeners stay."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()
        while self._held:
            self._held.popleft().close()

    def _take(self, name: str) -> None:
        """Take a name. Raises ConfigError, StartError."""
        listeners = self._listeners()
        is_used = name == "default" or any(
            name == x.inbox or (x.inbox is None and name in x.policy.credentials.users) for x in listeners
        )
        holds = self._inbox(name).counts().total
        with self._lock:
            if is_used or name in self._leases:
                raise ConfigError(f"the inbox {name} is there already; choose another name, or leave it out")
            if holds:
                raise ConfigError(
                    f"the inbox {name} holds mail already ({holds}); delete it first, or choose another name"
                )
            if len(self._leases) >= MOST_LEASES:
                raise StartError(
                    f"{MOST_LEASES} inboxes were made and not given back; delete some, or let them expire"
                )
            self._leases[name] = None

    def _put(self, name: str, password: str, listener: Listener | None, expires_in: float | None) -> Lease:
        now = dt.datetime.now(dt.UTC)
        lease = Lease(
            name=name,
            password=password,
            listener=listener,
            created_at=now,
            expires_at=None if expires_in is None else now + dt.timedelta(seconds=expires_in),
        )
        with self._lock:
            self._leases[name] = lease
            if password:
                self._passwords[name] = password
            if expires_in is not None:
                self._deadlines[name] = time.monotonic() + expires_in
                self._set_timer()
        return lease

    def _hold(self, listener: Listener) -> None:
        held = hold(listener.host, listener.port)
        if held is not None:
            self._held.append(held)
            while len(self._held) > HELD:
                self._held.popleft().close()

    def _set_timer(self) -> None:
        """Ring when the next lease ends; the lock is held."""
        rings_at = min(self._deadlines.values(), default=None)
        if self._closed or (rings_at == self._rings_at and self._timer is not None):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._rings_at = None, rings_at
        if rings_at is not None:
            self._timer = threading.Timer(max(0.0, rings_at - time.monotonic()), self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        with self._lock:
            self._timer = None
            now = time.monotonic()
            ended = [name for name, deadline in self._deadlines.items() if deadline <= now]
        for name in ended:
            try:
                self.delete(name)
            except MailsinkError as error:
                log.warning("The inbox %s has expired, and its messages cannot be deleted: %s", name, error)
        with self._lock:
            self._set_timer()
