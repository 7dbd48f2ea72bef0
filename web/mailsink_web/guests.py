"""Who is connected: so many at once, of one address fewer, and who only keeps a place makes room.

Knows sockets and no HTTP.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

__all__ = ["MAX_CONNECTIONS", "MAX_OF_ONE", "Guest", "Guests", "client_of"]

# Each costs a thread: about 30 kB resident. A thousand idle ones were measured without harm to the rest.
MAX_CONNECTIONS = 512
# Of one address: the rest is for everybody else.
MAX_OF_ONE = 384
# Seconds before a connection counts as idle: what it sent may not have been read yet.
PATIENCE = 1.0


class Guest:
    """One connection. *idle_since* is when it began to wait for its next request, ``None`` within one."""

    __slots__ = ("connection", "host", "idle_since")

    def __init__(self, connection: socket.socket, host: str) -> None:
        self.connection = connection
        self.host = host
        self.idle_since: float | None = time.monotonic()

    def begins(self) -> None:
        """A request is here: its answer is not to be cut off."""
        self.idle_since = None

    def waits(self) -> None:
        """There is no request under way."""
        self.idle_since = time.monotonic()


class Guests:
    """The connections that are open. Safe from any thread.

    *most* may be open at once, *most_of_one* from one address; see `client_of`.
    *is_shared* tells the addresses behind which there are many, such as a proxy's. Who has been idle for
    *patience* seconds makes room.
    """

    def __init__(
        self,
        *,
        most: int = MAX_CONNECTIONS,
        most_of_one: int = MAX_OF_ONE,
        is_shared: Callable[[str], bool] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self._is_shared = is_shared or (lambda _: False)
        self._patience = patience
        self._guests: dict[socket.socket, Guest] = {}
        self._counts: Counter[str] = Counter()
        self.changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._guests)

    def __getitem__(self, connection: socket.socket) -> Guest:
        """The guest of a connection; one who had to make room is told of nothing any more."""
        return self._guests.get(connection) or Guest(connection, "")

    def admit(self, connection: socket.socket, address: str) -> bool:
        """Whether there is room for one more; where there is none, who has been idle longest must go."""
        host = client_of(address)
        with self.changed:
            if self._counts[host] >= self.most_of_one and not self._is_shared(address):
                admitted = self._make_room(host)
            else:
                admitted = len(self._guests) < self.most or self._make_room(None)
            if admitted:
                self._guests[connection] = Guest(connection, host)
                self._counts[host] += 1
        return admitted

    def leave(self, connection: socket.socket) -> None:
        """Let a connection go; a second call does nothing."""
        with self.changed:
            self._forget(connection)

    def shut(self, how: int) -> None:
        """Shut every connection for reading, writing or both."""
        with self.changed:
            for connection in self._guests:
                _shut(connection, how)

    def wait_gone(self, timeout: float) -> bool:
        """Wait up to *timeout* seconds until nobody is connected; false if somebody still is."""
        with self.changed:
            return self.changed.wait_for(lambda: not self._guests, timeout)

    def _make_room(self, host: str | None) -> bool:
        latest = time.monotonic() - self._patience
        idle = [
            (guest.idle_since, connection)
            for connection, guest in self._guests.items()
            if guest.idle_since is not None and guest.idle_since <= latest and host in (None, guest.host)
        ]
        if not idle:
            return False
        _, connection = min(idle, key=lambda pair: pair[0])
        _shut(connection, socket.SHUT_RDWR)
        self._forget(connection)
        return True

    def _forget(self, connection: socket.socket) -> None:
        guest = self._guests.pop(connection, None)
        if guest is not None:
            self._counts[guest.host] -= 1
            if not self._counts[guest.host]:
                del self._counts[guest.host]
            self.changed.notify_all()


def _shut(connection: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        # Not the method of a socket under TLS, which another thread may be reading from.
        socket.socket.shutdown(connection, how)


def client_of(address: str) -> str:
    """The client that an address belongs to: for IPv6, its network of 64 bits."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        mapped = ip.ipv4_mapped
        return str(mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
