"""What else there is: the certificate, and whether all is well."""

from __future__ import annotations

from typing import Literal

import msgspec
from flask import Response

import mailsink

from .. import present
from ..context import has_tls, sink, why_not_ready
from .operation import Operations
from .problem import RefusedError

__all__ = ["Alive", "Health", "ListenerJSON", "operations"]

operations = Operations()


class ListenerJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail can be sent to; tls is none, starttls or implicit, inbox where it goes."""

    host: str
    port: int
    tls: str
    inbox: str | None


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """That it is."""

    status: Literal["ok"] = "ok"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That all is well, and what runs; store is memory or a file, loop asyncio or uvloop with its version."""

    status: Literal["ok"] = "ok"
    version: str
    smtp: tuple[ListenerJSON, ...]
    store: str
    loop: str
    messages: int
    unread: int


@operations.add(
    "GET",
    "/ca.pem",
    media="application/x-pem-file",
    errors={404: "No listener speaks TLS."},
)
def get_ca() -> Response:
    """Download the certificate that a client under TLS must trust.

    It is the test CA's, or the certificate file's that mailsink was given.
    """
    if not has_tls():
        raise RefusedError(
            404, "Nothing here speaks TLS; start mailsink with --starttls, --smtps or --http-tls."
        )
    response = Response(sink().certificates.ca_pem(), content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = 'attachment; filename="mailsink-ca.pem"'
    return response


@operations.add("GET", "/health", answer=Health)
def health() -> Health:
    """Ask whether it runs, and where."""
    counts = sink().everything.counts()
    return Health(
        version=mailsink.__version__,
        smtp=tuple(
            ListenerJSON(host=x.host, port=x.port, tls=x.tls, inbox=x.inbox) for x in sink().listeners
        ),
        store=present.text(sink().store.description),
        loop=sink().loop,
        messages=counts.total,
        unread=counts.unread,
    )


@operations.add("GET", "/livez", answer=Alive)
def live() -> Alive:
    """Ask whether the process answers; needs no token."""
    return Alive()


@operations.add("GET", "/readyz", answer=Alive, errors={503: "It cannot take mail now."})
def ready() -> Alive:
    """Ask whether it takes mail: it listens, and the store can be read; needs no token."""
    if obstacle := why_not_ready():
        raise RefusedError(503, obstacle)
    return Alive()
