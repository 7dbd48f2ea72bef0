"""The Flask app over a sink: its blueprints, its guards, its static files.

Knows no sockets.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import RoutingException

from mailsink.lookout import Lookout

from . import access as access_of
from . import addresses, assets, compression, emulated, security
from .api import api, problem
from .encodings import Encodings
from .hooks import Hooks
from .judgements import Judgements
from .metrics import metrics
from .pages import pages
from .proxied import Proxied
from .seats import Seats
from .undo import Undo

if TYPE_CHECKING:
    from mailsink.sink import Sink
    from mailsink.webhooks import Webhook

    from .access import Access
    from .proxied import Network

__all__ = ["create_app"]


class App(Flask):
    """Flask, but the errors of an API are the API's whatever handlers the pages install."""

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        # A redirect is no problem, and is nothing without its Location.
        if e.code is not None and not isinstance(e, RoutingException) and (refused := _refusal(e)):
            return refused
        return super().handle_http_exception(e)

    def handle_exception(self, e: Exception) -> Response:
        response = super().handle_exception(e)  # logs it
        refused = _refusal(InternalServerError())
        return response if refused is None else self.process_response(refused)


def _refusal(error: HTTPException) -> Response | None:
    """*error* as programs are told of it: by the API, or in the words of an emulated one."""
    if f"{request.path}/".startswith("/api/"):
        return problem.of_http(error)
    return emulated.refusal(error)


def create_app(
    sink: Sink,
    *,
    allowed_hosts: Collection[str] = (),
    access: Access | None = None,
    origins: Collection[str] = (),
    shares_certificates: bool = False,
    base_path: str = "",
    proxies: Collection[Network] = (),
    webhooks: Collection[Webhook] = (),
    webhook_hosts: Collection[str] = (),
) -> Flask:
    """The app that shows *sink*; hand it to a WSGI server with a thread per connection.

    *allowed_hosts* are the host names, besides the loopback ones, that a request's Host may carry. *access*
    says what is asked of whom, nothing as a rule. Pages of *origins* may use the API from a browser.
    *shares_certificates* tells that the server speaks TLS with the certificates of the sink.
    It lies below *base_path*, and believes what *proxies* say of a request.
    *webhooks* are told of what is captured; those of the API may go to this machine and to *webhook_hosts*.
    """
    app = App("mailsink_web", static_folder=None)
    app.extensions["mailsink"] = sink
    app.extensions["mailsink_seats"] = Seats()
    app.extensions["mailsink_undo"] = Undo()
    app.extensions["mailsink_judgements"] = Judgements(sink.store, sink.sessions)
    app.extensions["mailsink_lookout"] = Lookout(sink.store)
    app.extensions["mailsink_encodings"] = Encodings()
    app.config["SHARES_CERTIFICATES"] = shares_certificates
    app.extensions["mailsink_hooks"] = Hooks(sink.store, given=webhooks, hosts=webhook_hosts)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = Proxied(app.wsgi_app, base_path, proxies)  # type: ignore[method-assign]
    addresses.install(app)
    assets.install(app)
    security.install(app, allowed_hosts=allowed_hosts, origins=origins)
    compression.install(app)
    app.extensions["mailsink_access"] = access = access or access_of.Access()
    access_of.install(app, access)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.register_blueprint(metrics)
    emulated.install(app)
    return app
