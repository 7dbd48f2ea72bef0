"""As test: a page, and a dialog of the script's, with the test that finds a message."""

from __future__ import annotations

from typing import Any

from flask import request

from mailsink import query_text
from mailsink.query import query_of

from .. import present
from ..as_test import LANGUAGES, Wanted, code_of
from ..context import sink
from ..values import MessageJSON
from .errors import missing_message
from .routes import Answer, Routes
from .scope import Scope
from .shell import page
from .snippet import pieces

__all__ = ["routes"]

routes = Routes()

_COMMENTS = {"javascript": "//"}
_FILES = {"pytest": "test_mail.py", "python": "check.py", "javascript": "check.mjs", "curl": "Terminal"}


@routes.get("/messages/<message_id>/as-test")
def as_test(message_id: str) -> Answer:
    """The message as a test in the language *lang*, and whether that test would find it alone."""
    scope = Scope.of_request()
    found = scope.box.get(message_id)
    if found is None:
        return missing_message(message_id)
    asked = request.args.get("lang", "pytest")
    language = asked if asked in LANGUAGES else "pytest"
    shown = present.message(found)
    wanted, number = _best(shown, language)
    # Without the path at its end: a server behind a proxy has one of its own.
    code = code_of(shown, language, wanted, request.url_root.rstrip("/"))
    return page(
        "as_test.html",
        scope,
        section="inbox",
        m=shown,
        languages=LANGUAGES,
        language=language,
        file=_FILES[language],
        code=pieces(code, _COMMENTS.get(language, "#")),
        number=number,
        asks="Authorization" in request.headers,
        others=sink().inboxes[found.inbox].counts().total - 1,
    )


def _best(shown: MessageJSON, language: str) -> tuple[Wanted, int]:
    """The conditions that find the message and the fewest others, and how many messages they find."""
    plain = Wanted.of(shown)
    number = _count(shown, plain, language)
    if number == 1:
        return plain, number
    narrow = plain.narrowed(shown)
    narrowed = _count(shown, narrow, language)
    return (narrow, narrowed) if narrowed < number or not plain.words else (plain, number)


def _count(shown: MessageJSON, wanted: Wanted, language: str) -> int:
    # curl asks by the search language, which is not as exact as the words of the fixture and the clients.
    words: Any = wanted.words
    query = query_text.parse(wanted.q) if language == "curl" else query_of(**words)
    return sink().inboxes[shown.inbox].counts(query).total
