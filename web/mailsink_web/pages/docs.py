"""The reference of the HTTP API as a page, made of its OpenAPI document."""

from __future__ import annotations

from functools import lru_cache

from flask import request

from ..addresses import at
from .reference import Reference, marked, reference
from .routes import Answer, Routes
from .shell import page

__all__ = ["routes"]

routes = Routes()


@routes.get("/docs")
def docs() -> Answer:
    """Every operation of the API with its parameters, a line to try it by, its answers."""
    return page(
        "reference.html",
        section="docs",
        reference=_reference(at("/")),
        marked=marked,
        server=request.root_url.rstrip("/"),
    )


@lru_cache(maxsize=8)
def _reference(server: str) -> Reference:
    from ..api import ALL
    from ..api.document import document

    return reference(document(ALL, server=server))
