"""Where mailsink lies for who asks: below a path, and behind proxies that say who asks, by what and for whom.

Only fields of proxies that are trusted by their address are read; others could write what they like.
Knows WSGI and no Flask.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailsink.options import BASE_PATH

from .refusing import sentence

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Network", "Proxied", "is_among"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What a proxy says of a request: RFC 7239's name, and the older field of its own.
_FIELDS = {
    "for": "HTTP_X_FORWARDED_FOR",
    "proto": "HTTP_X_FORWARDED_PROTO",
    "host": "HTTP_X_FORWARDED_HOST",
}
_PREFIX, _PORT = "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_PORT"
# RFC 7239 §4: name=value or name="value", between semicolons; a comma begins what another proxy says.
_PAIR = re.compile(r'\s*([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))\s*(;|,|$)', re.IGNORECASE)
_PORTS = {"http": "80", "https": "443"}


class _WrongError(Exception):
    """The fields cannot be understood; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Proxied:
    """*app*, below *base_path* (``""`` or ``/mail``), behind proxies whose addresses are in *trusted*.

    A proxy may take the path off or leave it. What trusted proxies say becomes the request's address, scheme,
    host and path, and those who are said to have asked one after another are believed from the last one back.
    """

    app: WSGIApplication
    base_path: str = ""
    trusted: Collection[Network] = ()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            prefix = self._believe(environ)
        except _WrongError as error:
            return sentence(start_response, 400, str(error))
        _put_below(environ, prefix, self.base_path)
        return self.app(environ, start_response)

    def _believe(self, environ: WSGIEnvironment) -> str:
        """Take over what trusted proxies say; the path that they say lies before ours."""
        peer = environ.get("REMOTE_ADDR", "")
        if not self.trusted or not is_among(peer, self.trusted):
            return ""
        said = _said(environ)
        hops = 1
        for address in reversed(said.get("for", [])):
            if (bare := _address(address)) is None:
                break
            environ["REMOTE_ADDR"] = bare
            if not is_among(bare, self.trusted):
                break
            hops += 1
        scheme = _of_hop(said.get("proto"), hops).lower()
        if scheme in _PORTS:
            environ["wsgi.url_scheme"] = scheme
        if host := _of_hop(said.get("host"), hops):
            environ["HTTP_HOST"] = host + _port(environ, host, hops)
        prefix = _of_hop(_listed(environ, _PREFIX), hops).rstrip("/")
        if not re.fullmatch(BASE_PATH, prefix):
            raise _WrongError("X-Forwarded-Prefix is no path such as /mail; see what the proxy sets")
        return prefix


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Whether *address* is in one of *networks*; what is no address is in none."""
    try:
        ip: Any = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


def _put_below(environ: WSGIEnvironment, prefix: str, base: str) -> None:
    path = environ.get("PATH_INFO", "")
    if base and (path == base or path.startswith(f"{base}/")):
        environ["PATH_INFO"] = path.removeprefix(base) or "/"
        # A proxy may name the path, and leave it in its place nevertheless.
        prefix = prefix if prefix.endswith(base) else prefix + base
    elif prefix and (path == prefix or path.startswith(f"{prefix}/")):
        environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
    environ["SCRIPT_NAME"] = prefix or base


def _said(environ: WSGIEnvironment) -> dict[str, list[str]]:
    """What the proxies said of the request, each with those of the nearest one last."""
    older = {name: values for name, field in _FIELDS.items() if (values := _listed(environ, field))}
    newer = _forwarded(environ.get("HTTP_FORWARDED", ""))
    for name in older.keys() & newer.keys():
        # A proxy that sets one of them lets what the client wrote in the other one through.
        if [*map(_plain, older[name])] != [*map(_plain, newer[name])]:
            raise _WrongError(
                f"Forwarded and X-Forwarded-{name.capitalize()} contradict each other; "
                "let the proxy set one and remove the other"
            )
    return newer | older


def _listed(environ: WSGIEnvironment, field: str) -> list[str]:
    return [word.strip() for word in environ.get(field, "").split(",") if word.strip()]


def _forwarded(field: str) -> dict[str, list[str]]:
    """The values of a Forwarded field (RFC 7239) by their names."""
    found: dict[str, list[str]] = {}
    position = 0
    while position < len(field):
        pair = _PAIR.match(field, position)
        if pair is None:
            raise _WrongError("Forwarded cannot be read; see RFC 7239, or let the proxy set X-Forwarded-For")
        quoted, bare = pair[2], pair[3]
        value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        found.setdefault(pair[1].lower(), []).append(value)
        position = pair.end()
    return {name: values for name, values in found.items() if name in _FIELDS}


def _plain(value: str) -> str:
    return (_address(value) or value).lower()


def _address(node: str) -> str | None:
    """The address in ``192.0.2.1``, ``192.0.2.1:4711``, ``[2001:db8::1]`` and so on; ``None`` for a name."""
    bare = node.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _of_hop(values: list[str] | None, hops: int) -> str:
    """What the outermost trusted proxy said; where fewer spoke, the outermost of them."""
    return values[-min(hops, len(values))] if values else ""


def _port(environ: WSGIEnvironment, host: str, hops: int) -> str:
    """The port of X-Forwarded-Port, where the host that a proxy names has none and the scheme another."""
    port = _of_hop(_listed(environ, _PORT), hops)
    has_one = ":" in host.rpartition("]")[2]
    usual = _PORTS.get(environ["wsgi.url_scheme"])
    return "" if has_one or not port.isascii() or not port.isdigit() or port == usual else f":{port[:5]}"
