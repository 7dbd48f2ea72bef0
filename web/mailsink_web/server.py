"""The embedded web server: binds first, then loads the app, then serves it from daemon threads.

Importing this module imports neither Flask nor werkzeug, so that a caller knows the port early.
"""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING

from mailsink.sockets import bind, format_address

if TYPE_CHECKING:
    from flask import Flask

    from mailsink.passwords import Login
    from mailsink.sink import Sink
    from mailsink.smtp.tls import Certificates
    from mailsink.webhooks import Webhook

    from .hooks import Hooks
    from .proxied import Network
    from .seats import Seats
    from .warming import Warming
    from .wsgi import Server

__all__ = ["WebServer", "serve"]

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


class WebServer:
    """A running web server; `close` it, or use it with ``with``.

    *host* and *port* are what it is bound to; *url* is an address that a browser on this machine can open,
    without a slash at its end. *seats* are those of its streams and long polls. *shares_certificates* tells
    that it speaks TLS, with the sink's own certificates.
    """

    def __init__(
        self,
        server: Server,
        app: Flask,
        *,
        shares_certificates: bool = False,
        base_path: str = "",
    ) -> None:
        self._server = server
        self._app = app
        self._hooks: Hooks = app.extensions["mailsink_hooks"]
        self._warming: Warming | None = None
        self.shares_certificates = shares_certificates
        self.seats: Seats = app.extensions["mailsink_seats"]
        self.host: str = server.host
        self.port: int = server.port
        scheme = "http" if server.ssl_context is None else "https"
        self.url = f"{scheme}://{format_address(_WILDCARDS.get(self.host, self.host), self.port)}{base_path}"

    def warm(self) -> Warming:
        """Prepare the pages in a thread, so that the first one opens as fast as the next."""
        from .warming import Warming

        if self._warming is None:
            self._warming = Warming(self._app)
        return self._warming

    def close(self) -> None:
        """Stop: streams and long polls end now, other answers within a second. Safe to call twice."""
        self.seats.close()
        self._hooks.close()
        self._server.close()
        if self._warming is not None:
            self._warming.close()

    def __enter__(self) -> WebServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    sink: Sink,
    host: str = "127.0.0.1",
    port: int = 8025,
    *,
    allowed_hosts: Collection[str] = (),
    tokens: Collection[str] = (),
    read_tokens: Collection[str] = (),
    users: Collection[Login] = (),
    origins: Collection[str] = (),
    tls: Certificates | None = None,
    base_path: str = "",
    proxies: Collection[Network] = (),
    webhooks: Collection[Webhook] = (),
    webhook_hosts: Collection[str] = (),
) -> WebServer:
    """Show *sink* over HTTP; the server accepts when this returns. Port 0 lets the system choose.

    *allowed_hosts* are further host names that a request may be for; ``"*"`` stands for all. Where there are
    *tokens*, *read_tokens* or *users*, one must be sent. Pages of *origins* may use the API from a browser.
    *webhooks* are told of what is captured; those of the API may go to this machine and to *webhook_hosts*.
    With *tls* it speaks HTTPS and nothing else. Addresses begin with *base_path*, such as ``"/mail"``. What
    *proxies* say of a request in X-Forwarded-For and the like, or in Forwarded, is believed.
    Raises StartError, which names the address and what to do, and ConfigError for a certificate that cannot
    be read.
    """
    listener = bind(host, port, what="--http")
    try:
        # The imports take a moment; whoever connects in it is in the backlog.
        from mailsink.passwords import Logins

        from .access import Access
        from .app import create_app
        from .guests import Guests
        from .proxied import is_among
        from .wsgi import Server

        access = Access(tokens=tuple(tokens), read_tokens=tuple(read_tokens), users=Logins(users))
        shares = tls is not None and tls is sink.certificates
        app = create_app(
            sink,
            allowed_hosts=(host, *allowed_hosts),
            access=access,
            origins=origins,
            shares_certificates=shares,
            base_path=base_path,
            proxies=proxies,
            webhooks=webhooks,
            webhook_hosts=webhook_hosts,
        )
        # Behind a proxy there are many, though it has one address.
        guests = Guests(is_shared=lambda address: is_among(address, proxies))
        server = Server(listener, app, tls=None if tls is None else tls.for_http(), guests=guests)
    finally:
        listener.close()  # the server has its own descriptor of the same socket
    server.start()
    return WebServer(server, app, shares_certificates=shares, base_path=base_path)
