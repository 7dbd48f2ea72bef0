"""Which requests may come in, and the headers that every answer carries.

A web page from elsewhere can make a browser on this machine send requests here. It must not get an
answer it can read (Host, against DNS rebinding) nor change anything (Origin, against forged requests).
Whoever is not a browser is not hindered.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from mailsink.sockets import is_loopback

from . import cors

__all__ = ["CONTENT_SECURITY_POLICY", "UNTRUSTED_POLICY", "host_name", "install", "is_allowed_host"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# For octets that a client sent, when a browser shows them: nothing runs, nothing loads, no origin.
UNTRUSTED_POLICY = "default-src 'none'; frame-ancestors 'self'; sandbox"

# Octets of a request body. The largest real one sets flags on some thousands of ids.
MAX_BODY = 1_000_000

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Nobody else learns our addresses. With no-referrer, a browser says "Origin: null" for our own forms too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    # Mail is private: neither a proxy nor the back button of a shared browser may keep it.
    "Cache-Control": "no-store",
}


def install(app: Flask, *, allowed_hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
    """Guard *app*. ``"*"`` among *allowed_hosts* lets every Host in; *origins* are those of `cors`."""
    hosts = frozenset(name.lower().strip("[]") for name in allowed_hosts)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY

    @app.before_request
    def guard() -> None:
        _check_host(hosts)
        if cors.is_welcome():
            return
        _check_site()
        # A browser lets any page open a WebSocket here, and read it.
        if request.method not in _SAFE or "Upgrade" in request.headers:
            _check_origin()

    cors.install(app, origins)

    @app.after_request
    def harden(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        for name, value in _HEADERS.items():
            if name.lower() not in given:
                response.headers.add(name, value)
        return response


def _check_host(allowed: frozenset[str]) -> None:
    name = host_name(request.host)
    if not is_allowed_host(name, allowed):
        abort(403, f"The host {name!r} is not one of this server's names; to allow it: --allow-host {name}")


def host_name(host: str) -> str:
    """The name in a Host header: lower case, without port, brackets or closing dot; ``""`` if malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_allowed_host(name: str, allowed: Collection[str]) -> bool:
    """Whether a request for the host *name* may come in.

    Loopback may always. An address of the machine may if the server listens on all of them
    (``0.0.0.0`` or ``::`` is in *allowed*): DNS rebinding needs a name, never an address.
    """
    if name in allowed or "*" in allowed or is_loopback(name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return "0.0.0.0" in allowed or "::" in allowed  # noqa: S104 - compared, not bound


def _check_site() -> None:
    """Refuse what a page of another site loads as a part of itself; following a link to here is welcome.

    Its answer could not be read there, but streams and long polls would take our connections.
    """
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    followed = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if foreign and not (followed and request.headers.get("Sec-Fetch-Dest", "document") == "document"):
        abort(403, "A page of another site may not load this: Sec-Fetch-Site says that one asks")


def _check_origin() -> None:
    """Refuse what changes something unless the page that sent it is ours, or no page did."""
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is not None:
        # The scheme is not compared: a proxy that ends TLS keeps the host and changes the scheme.
        if _place(source) != request.host.lower():
            abort(403, f"A page of {_shown(source)} may not change anything here: the request has its Origin")
    elif request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        abort(403, "A page of another site may not change anything here: Sec-Fetch-Site says it sent this")


def _place(address: str) -> str:
    """Host and port of an address, lower case; ``""`` if it is malformed."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _shown(source: str) -> str:
    return source if len(source) <= 80 else source[:77] + "..."
