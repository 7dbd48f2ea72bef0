"""The HTTP API under ``/api``: its operations, and the blueprint that routes them.

Everything here is presentation: what it says comes from an inbox, a store or the events of a sink.
"""

from __future__ import annotations

from flask import Blueprint, Response

from . import (
    asserting,
    attempts,
    content,
    document,
    faults,
    inboxes,
    ingesting,
    messages,
    pieces,
    places,
    problem,
    sessions,
    settings,
    stream,
    waiting,
    webhooks,
)

__all__ = ["ALL", "api"]

api = Blueprint("api", __name__, url_prefix="/api")

_MODULES = (
    messages,
    ingesting,
    pieces,
    content,
    waiting,
    asserting,
    stream,
    inboxes,
    faults,
    webhooks,
    sessions,
    attempts,
    places,
    settings,
    document,
)
ALL = tuple(operation for module in _MODULES for operation in module.operations.all)

for _module in _MODULES:
    _module.operations.route(api)


@api.errorhandler(problem.RefusedError)
def _refused(error: problem.RefusedError) -> Response:
    return problem.answer(error.problem)
