"""Addresses of this server's own, as a browser must ask for them: mailsink may lie below a path.

Templates write ``href="/sessions"`` as if it lay at the root: `install` sees to the rest.
What Python makes goes through `at`; scripts have their own (``base.js``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Flask, has_request_context, request
from jinja2 import Environment
from jinja2.ext import Extension

__all__ = ["at", "install"]

_ROOTED = re.compile(r'(?<=[\s{}])(href|action|formaction|src|content|data-[a-z-]+)="/(?!/)')


def at(path: str, words: Mapping[str, str] | None = None) -> str:
    """*path*, which begins with ``/``, below the path at which the request at hand found mailsink.

    Those of *words* that are not empty become its query.
    """
    given = {name: value for name, value in (words or {}).items() if value}
    address = f"{request.script_root}{path}" if has_request_context() else path
    return f"{address}?{urlencode(given)}" if given else address


class _Rooted(Extension):
    """Puts `at` into the attributes of a template that hold an address of this server."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["at"] = at

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return _ROOTED.sub(r'\1="{{ at("") }}/', source)


def install(app: Flask) -> None:
    """Let the templates of *app* find their way."""
    app.jinja_env.add_extension(_Rooted)
