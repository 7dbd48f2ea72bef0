"""Connect: where to send mail, and the lines that make a framework do so. Also what an empty inbox shows."""

from __future__ import annotations

from flask import request

from .routes import Answer, Routes
from .shell import page, rail
from .snippets import DEFAULT, SNIPPETS, pieces

__all__ = ["connect_page", "routes"]

routes = Routes()

BY_ID = {snippet.id: snippet for snippet in SNIPPETS}
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@routes.get("/connect")
def connect() -> Answer:
    """Where to send mail."""
    return connect_page(waiting=False)


def connect_page(*, waiting: bool) -> str:
    """The page; with *waiting* it opens the list once the first mail is here."""
    listening = rail().listening
    first = listening[0] if listening else None
    host, port = (_WILDCARDS.get(first.host, first.host), first.port) if first else ("127.0.0.1", 1025)
    snippet = BY_ID.get(request.args.get("for", DEFAULT), BY_ID[DEFAULT])
    code = snippet.filled(host, port)
    return page(
        "connect.html",
        section="connect",
        waiting=waiting,
        host=f"[{host}]" if ":" in host else host,
        port=port,
        is_listening=first is not None,
        snippets=SNIPPETS,
        snippet=snippet,
        code=pieces(code, snippet.comment),
        web=request.host,
    )
