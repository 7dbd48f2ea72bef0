"""Pages that say that something is not there, or cannot be done, and what to do."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from ..context import sink
from ..present import count_words
from .shell import page

__all__ = ["install", "missing_message", "missing_session", "refuse"]


def install(blueprint: Blueprint) -> None:
    """Show people a page where something is not there or went wrong; programs get the short one.

    Not where a request was refused: what a page shows is not for those who may not come in.
    """
    for kind in (NotFound, MethodNotAllowed, InternalServerError):
        blueprint.app_errorhandler(kind)(_shown)


def _shown(error: HTTPException) -> ResponseReturnValue:
    if "text/html" not in request.headers.get("Accept", "") or error.code is None:
        return error
    sentences = {
        404: ("There is no page at this address.", "It may have been mistyped."),
        405: ("This address does something when a form is sent to it.", "There is nothing to look at."),
    }
    broken = ("mailsink could not make this page.", "What went wrong is in the output of mailsink.")
    sentence, hint = sentences.get(error.code, broken)
    try:
        return refuse(error.code, sentence, hint=hint)
    except Exception:  # noqa: BLE001 - what broke the page may break this one too, and has been logged
        return error


def refuse(status: int, sentence: str, *, hint: str = "") -> tuple[str, int]:
    """A page with *status* that says *sentence*."""
    return page("error.html", section="", sentence=sentence, hint=hint, status=status), status


def missing_message(message_id: str) -> tuple[str, int]:
    """The page for a message that is not there."""
    total = sink().everything.counts().total
    others = f" {count_words(total, 'message')} {'is' if total == 1 else 'are'} here." if total else ""
    sentence = f"There is no message with the id {message_id[:40]}."
    return refuse(404, sentence, hint=f"It may have been deleted.{others}")


def missing_session(session_id: str) -> tuple[str, int]:
    """The page for a session that is not there."""
    sentence = f"There is no session with the id {session_id[:40]}."
    return refuse(404, sentence, hint="Only the newest sessions are kept.")
