"""What else there is: sessions, the certificate, and whether all is well."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from flask import Response

import mailsink
from mailsink.errors import StoreError

from .. import present
from ..context import has_tls, sink
from ..values import SessionJSON, SessionSummaryJSON
from .operation import Operations
from .problem import RefusedError

__all__ = ["Alive", "Health", "ListenerJSON", "SessionPage", "operations"]

operations = Operations()


class SessionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of the sessions."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="How many sessions at most.")] = 50
    cursor: Annotated[str, msgspec.Meta(description="The `next` of the page before.")] = ""


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, newest first; next is the cursor of the page after, or null."""

    sessions: tuple[SessionSummaryJSON, ...]
    next: str | None


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


@operations.add("GET", "/sessions", group="Sessions", query=SessionsQuery, answer=SessionPage)
def list_sessions(query: SessionsQuery) -> SessionPage:
    """List the connections that clients made, newest first, those that failed and the open ones included."""
    found = sink().sessions.list(limit=query.limit + 1, before=query.cursor)
    shown = found[: query.limit]
    return SessionPage(
        sessions=tuple(present.session_summary(session) for session in shown),
        next=shown[-1].id if len(found) > len(shown) else None,
    )


@operations.add(
    "GET", "/sessions/{id}", group="Sessions", answer=SessionJSON, errors={404: "No session has that id."}
)
def get_session(id: str) -> SessionJSON:  # noqa: A002 - the address names it so
    """Read a session with its transcript; of an open one, as far as it has come."""
    session = sink().sessions.get(id)
    if session is None:
        raise RefusedError(
            404, f"There is no session with the id {id[:80]!r}; only the newest are kept.", field="id"
        )
    return present.session(session)


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
    try:
        sink().store.latest()
    except StoreError as error:
        raise RefusedError(503, f"The store cannot be read: {error}.") from None
    if not sink().listeners:
        raise RefusedError(503, "There is no listener; mail can be sent nowhere.")
    return Alive()
