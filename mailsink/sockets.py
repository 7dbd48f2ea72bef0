"""Listening sockets, and why one could not be had.

Knows addresses; nothing of what is spoken over them.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from pathlib import Path

from .errors import StartError

__all__ = ["BACKLOG", "Address", "bind", "bind_both", "bind_file", "format_address", "hold", "is_loopback"]

# A host name or address, and a port.
Address = tuple[str, int]

# Connections that wait to be accepted: test suites open thousands at once.
BACKLOG = 2_048
# How often another port is tried when the one that the system chose is taken on IPv6.
_ATTEMPTS = 20

_REASONS = {
    errno.EADDRINUSE: "the port is in use; choose another, or 0 to let the system choose",
    errno.EACCES: "not permitted; ports under 1024 are the administrator's, choose a higher one",
    errno.EADDRNOTAVAIL: "this machine does not have that address; use 127.0.0.1, or 0.0.0.0 for all it has",
}
_FILE_REASONS = {
    errno.EADDRINUSE: "the file is there and in use; choose another",
    errno.EACCES: "not permitted; choose a file in a directory that can be written",
    errno.ENOENT: "there is no such directory; make it, or choose another file",
}


def bind(host: str, port: int, *, what: str) -> socket.socket:
    """A listening socket at *host*:*port*; 0 lets the system choose.

    Raises StartError that begins with *what*, the option's name.
    """
    name = f"{what} {format_address(host, port)}"
    if not 0 <= port <= 65535:
        # getaddrinfo would take it modulo 65536.
        raise StartError(f"{name}: a port is a number from 0 to 65535")
    try:
        # One address: of several that a name has, the first is what clients try first.
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise StartError(f"{name}: {error.strerror}; name an address of this machine") from None
    except UnicodeError:
        # Such as a label of 64 octets, which cannot be asked for.
        raise StartError(f"{name}: not a host name; name an address of this machine") from None
    # asyncio sets TCP_NODELAY only where the protocol was named; without that a mail takes 42 ms.
    sock = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise StartError(f"{name}: {_why(error)}") from None
    sock.setblocking(False)
    return sock


def bind_both(port: int, *, what: str) -> list[socket.socket]:
    """Listening sockets at 127.0.0.1 and ::1 with one port; IPv4 alone where there is no IPv6.

    Raises StartError that begins with *what*.
    """
    for _ in range(_ATTEMPTS):
        first = bind("127.0.0.1", port, what=what)
        try:
            return [first, bind("::1", first.getsockname()[1], what=what)]
        except StartError:
            if not _has_ipv6():
                return [first]
            first.close()
            if port:
                raise
    raise StartError(f"{what} localhost:0: no port is free for both 127.0.0.1 and ::1; name one")


def bind_file(path: str, *, what: str) -> socket.socket:
    """A listening UNIX socket at *path*; a file left by a process that is gone is replaced.

    Raises StartError that begins with *what*.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_stale(path):
            Path(path).unlink()
        sock.bind(path)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        why = _FILE_REASONS.get(error.errno or 0, f"{error.strerror or error}; choose another file")
        raise StartError(f"{what} {path}: {why}") from None
    sock.setblocking(False)
    return sock


def hold(host: str, port: int) -> socket.socket | None:
    """A socket that keeps a port from being given to somebody else, and at which nobody listens.

    ``None`` where it cannot be had. *host* is an address.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections that have ended linger at the port, and would keep us from it too.
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        return None
    return sock


def _is_stale(path: str) -> bool:
    """Whether *path* is a socket file at which nobody listens."""
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return False
    except OSError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == errno.ECONNREFUSED


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _why(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, f"{error.strerror or error}; choose another address")


def format_address(host: str, port: int) -> str:
    """``host:port``, an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether *host*, a name or an address, is reached from this machine alone (RFC 6761 §6.3)."""
    name = host.lower().strip("[]").removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
