"""The files under ``static/``, served under an address that changes whenever one of them does.

The version is one path segment before all of them, so that modules and styles find each other by
relative addresses. Browsers get them packed.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache, lru_cache
from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.security import safe_join

from . import compression
from .addresses import at

__all__ = ["install", "modules", "static_url", "version"]

FOLDER = Path(__file__).parent / "static"
# It is no module of a page.
WORKER = "js/live-worker.js"
_YEAR = 31_536_000


@cache
def version() -> str:
    """Twelve hexadecimal digits of a hash over the names and octets of every static file."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            octets = file.read_bytes()
            digest.update(f"{file.relative_to(FOLDER).as_posix()}\0{len(octets)}\0".encode() + octets)
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of the static file *name* (``"app.css"``, ``"js/inbox.js"``); may be kept for ever."""
    return at(f"/static/{version()}/{name}")


@cache
def modules() -> tuple[str, ...]:
    """The names of the modules that every page loads, for it to ask for them all at once."""
    found = {f"js/{file.name}" for file in (FOLDER / "js").glob("*.js")}
    return tuple(sorted(found - {WORKER}))


def install(app: Flask) -> None:
    """Serve the files, and give templates `static_url` and `modules`."""
    app.add_url_rule("/static/<version_>/<path:name>", "static", _serve)
    app.jinja_env.globals.update(static_url=static_url, modules=modules)


@lru_cache(maxsize=256)
def _packed(name: str) -> bytes | None:
    """The file in gzip, ``None`` where there is none; what it is for a version never changes."""
    path = safe_join(str(FOLDER), name)
    file = Path(path) if path else FOLDER
    return gzip.compress(file.read_bytes(), mtime=0) if file.is_file() else None


def _serve(version_: str, name: str) -> Response:
    current = version_ == version()
    packed = _packed(name) if current and compression.is_taken() else None
    if packed is None:
        response = send_from_directory(FOLDER, name, max_age=_YEAR if current else 0)
    else:
        response = Response(packed, mimetype=mimetypes.guess_type(name)[0])
        response.content_encoding = "gzip"
        response.cache_control.max_age = _YEAR
    response.vary.add("Accept-Encoding")
    if current:
        response.cache_control.public = True
        response.cache_control.immutable = True
    return response
