"""Other catchers' HTTP APIs over the same inboxes: translation, and nothing of its own.

Each peer's shapes are kept, with its defects left out; docs/compatibility.md lists every difference.
Nothing that GET does changes anything, in any of them.
"""

from __future__ import annotations

from importlib import import_module

from flask import Response, request
from werkzeug.exceptions import HTTPException

from ..addresses import at
from ..context import sink
from .peer import Emulation, Place, enter

__all__ = ["answer", "refuse"]


def refuse(name: str, error: HTTPException) -> Response:
    """*error*, by which a guard refused the request at hand, in the words of the peer *name*."""
    peer: Emulation = import_module(f".{name}", __name__).peer
    response = peer.refuse(error.code or 500, f"{error.description or error.name}".rstrip(".") + ".")
    for header, value in error.get_headers():
        if header.lower() not in ("content-type", "content-length"):
            response.headers.add(header, value)
    return response


def answer(name: str, base: str, inbox: str | None) -> Response:
    """Answer the request at hand as the peer *name* does, which lies under *base*.

    It shows the messages of *inbox*, or all of them. Where the peer has its page, the way leads to ours.
    """
    path = request.path.removeprefix(base) or "/"
    if path == "/" and request.method in ("GET", "HEAD"):
        return Response(status=302, headers={"Location": at("/", {"inbox": inbox or ""})})
    peer: Emulation = import_module(f".{name}", __name__).peer
    messages = sink().everything if inbox is None else sink().inboxes[inbox]
    enter(Place(base=request.script_root + base, inbox=messages))
    return peer.answer(path)
