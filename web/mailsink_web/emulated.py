"""Where the emulated APIs lie: which address belongs to which peer. They are loaded with the first request.

A peer lies under its own name, and under ``/inboxes/NAME/`` before it for the messages of one inbox alone.
What clients expect at the root lies there too.
"""

from __future__ import annotations

import time

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

__all__ = ["METHODS", "PEERS", "ROOTS", "install", "refusal"]

PEERS = ("mailpit", "mailhog", "maildev", "mailcatcher")
# Addresses that belong to the peers of Mailpit's and MailHog's clients, which cannot be told a path.
ROOTS = (
    "/api/v1/<path:path>",
    "/api/v2/<path:path>",
    "/api/events",
    "/view/<path:path>",
    "/search",
    "/livez",
    "/readyz",
)
_ENDPOINT = "emulated "
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def install(app: Flask) -> None:
    """Route the addresses."""
    app.extensions["mailsink_started"] = time.monotonic()
    for peer in PEERS:
        for place in (f"/{peer}", f"/inboxes/<inbox>/{peer}"):
            _add(app, f"{place}/", peer, place)
            _add(app, f"{place}/<path:path>", peer, place)
    for rule in ROOTS:
        _add(app, rule, "root", "")


def refusal(error: HTTPException) -> Response | None:
    """*error* as the peer says it whose client is answered; ``None`` where none is."""
    endpoint = request.endpoint or ""
    if not endpoint.startswith(_ENDPOINT):
        return None
    from . import compat

    return compat.refuse(endpoint.split()[1], error)


def _add(app: Flask, rule: str, peer: str, place: str) -> None:
    def view(inbox: str | None = None, path: str = "") -> Response:
        # The peer matches the path by its own rules, and reads it from the request.
        del path
        from . import compat

        base = place if inbox is None else place.replace("<inbox>", inbox)
        return compat.answer(peer, base, inbox)

    endpoint = f"{_ENDPOINT}{peer} {rule}"
    app.add_url_rule(rule, endpoint, view, methods=METHODS)
    # Routing tells requests for a WebSocket from others.
    app.add_url_rule(rule, endpoint, view, methods=("GET",), websocket=True)
