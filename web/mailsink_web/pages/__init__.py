"""The pages: HTML for people, readable without JavaScript.

Nothing that GET does changes anything. What changes something is a form that posts and comes back.
"""

from __future__ import annotations

from flask import Blueprint, Response, g

from ..api.stream import position
from ..context import sink
from . import (
    actions,
    as_test,
    attempts,
    connect,
    docs,
    errors,
    faults,
    inbox,
    message,
    sessions,
    settings,
    suggestions,
    words,
)

__all__ = ["pages"]

pages = Blueprint("pages", "mailsink_web")

for part in (
    actions,
    as_test,
    attempts,
    connect,
    docs,
    faults,
    inbox,
    message,
    sessions,
    settings,
    suggestions,
):
    part.routes.install(pages)
words.install(pages)
errors.install(pages)


@pages.before_request
def _note_position() -> None:
    # Before anything is read: what happens in between is then told twice rather than never.
    g.since = position(sink().events)


@pages.after_request
def _send_origin(response: Response) -> Response:
    # With no-referrer a browser sends "Origin: null" along with our own forms, and they would be refused.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
