"""What the API says when it refuses: problem details (RFC 9457), one sentence in each."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from flask import Response
from werkzeug.exceptions import HTTPException

from mailsink.errors import QueryError
from mailsink.mime import clean

from ..values import SummaryJSON

__all__ = ["Miss", "Problem", "Reason", "RefusedError", "answer", "of_http", "of_query"]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """What one condition of a search says about one message; expected and actual are for people to read."""

    condition: str
    expected: str
    actual: tuple[str, ...]
    matches: bool
    hint: str


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """A message that did not match, and why: every condition, those that it meets included."""

    message: SummaryJSON
    reasons: tuple[Reason, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused.

    *field* names the parameter or the member of the body at fault, *allowed* what would be right there.
    *start* and *end* are where in the search text the error is, in characters, *hint* the nearest right
    spelling. *explanation*, *matched* and *misses* say what came instead of what was waited for.
    """

    type: str = "about:blank"
    title: str = ""
    status: int
    detail: str
    field: str | None = None
    allowed: tuple[str, ...] | None = None
    start: int | None = None
    end: int | None = None
    hint: str | None = None
    explanation: str | None = None
    matched: tuple[SummaryJSON, ...] | None = None
    misses: tuple[Miss, ...] | None = None


class RefusedError(Exception):
    """Raised by a view to answer with a problem; *details* are members of `Problem`."""

    def __init__(self, status: int, detail: str, **details: Any) -> None:
        super().__init__(detail)
        self.problem = Problem(
            title=HTTPStatus(status).phrase, status=status, detail=clean(detail), **details
        )


def of_query(error: QueryError) -> RefusedError:
    """The answer to a search text that cannot be read."""
    return RefusedError(
        400,
        f"q cannot be read: {error}",
        field="q",
        start=error.start,
        end=error.end,
        hint=clean(error.hint) or None,
    )


_SENTENCES = {
    404: "There is nothing at this address; /api/openapi.json lists what there is.",
    405: "This address does not take that method.",
    413: "The request body is too large.",
    500: "mailsink failed to answer this; its log says why.",
}


def of_http(error: HTTPException) -> Response:
    """The answer to what Flask or a guard refused."""
    status = error.code or 500
    detail = _SENTENCES.get(status) or error.description or HTTPStatus(status).phrase
    allowed = tuple(sorted(getattr(error, "valid_methods", None) or ())) or None
    response = answer(RefusedError(status, detail, allowed=allowed).problem)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response


def answer(problem: Problem) -> Response:
    """The response that carries *problem*."""
    body = msgspec.json.encode(problem)
    response = Response(body, status=problem.status, content_type="application/problem+json")
    if problem.status == 408:
        response.headers["Connection"] = "close"  # RFC 9110 §15.5.9
    return response
