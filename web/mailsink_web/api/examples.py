"""Examples of what is asked and answered, for the document: of parameters, contents and refusals.

Values of a kind are in `samples`. What is refused here is refused by the code that refuses requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from mailsink import explain
from mailsink.query import query_of
from mailsink.waiting import Outcome

from .. import present
from .operation import Operation
from .patience import misses
from .problem import RefusedError
from .reading import names_of, unknown, unknown_type
from .samples import MESSAGE, SESSION, samples
from .stream import BUSY

__all__ = ["GONE", "content", "parameter", "refusal"]

# An id and a name that nothing has.
GONE = "0V8hJk3Lq00000000000zz"

_PARAMETERS: dict[str, Any] = {
    "id": MESSAGE.id,
    "name": "checkout",
    "number": "2",
    "inbox": "checkout",
    "outcome": "refused",
    "client": "app.example.org",
    "since": "2026-03-02T09:30:00Z",
    "q": "subject:welcome rcpt:ada@example.org",
    "limit": 20,
    "cursor": MESSAGE.id,
    "full": True,
    "after": MESSAGE.id,
    "ids": MESSAGE.id,
    "count": 1,
    "timeout": 10,
    "attached": "2",
    "inline": True,
    "remote": False,
    "reverse_path": "shop@example.org",
    "delivery": f"5f0c11a2b3d4-{MESSAGE.id}",
    "state": "failed",
    "forward_paths": "ada@example.org,grace@example.org",
}
# Where a name means something else.
_OF_OPERATION: dict[tuple[str, str], Any] = {
    ("add_preset", "name"): "greylisting",
    ("stream", "after"): "5f0c11a2-7",
    ("get_session", "id"): SESSION.id,
    ("list_deliveries", "cursor"): "17",
    ("list_attempts", "cursor"): "1772443815000000",
    **{(view, "id"): "F1" for view in ("get_fault", "replace_fault", "switch_fault", "delete_fault")},
}
_CONTENTS = {
    "message/rfc822": MESSAGE.content.decode(),
    "text/plain": MESSAGE.text,
    "text/html": "<p>Your code is <b>493 027</b>.</p>",
    "*/*": "%PDF-1.7",
    "application/x-pem-file": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
}


def parameter(of: Operation, name: str) -> dict[str, Any]:
    """``example`` with a value of the parameter *name*; nothing where none is known."""
    return _example((of.name, name), _OF_OPERATION) or _example(name, _PARAMETERS)


def content(media: str) -> dict[str, Any]:
    """``example`` with an answer, or a body, of the type *media*; nothing where none is known."""
    if media == "text/event-stream":
        told = msgspec.json.encode(samples()["SummaryJSON"]).decode()
        return {
            "example": f"retry: 1000\nid: 5f0c11a2-7\n\nevent: captured\ndata: {told}\nid: 5f0c11a2-8\n\n"
        }
    return _example(media, _CONTENTS)


def _example(key: Any, known: Mapping[Any, Any]) -> dict[str, Any]:
    return {"example": known[key]} if key in known else {}


def refusal(of: Operation, status: int, words: str) -> dict[str, Any]:
    """A problem that *of* answers with *status*; *words* say of it when that is."""
    problem = _refusal(of, status, words).problem
    shown: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(problem))
    return shown


def _refusal(of: Operation, status: int, words: str) -> RefusedError:
    if status == HTTPStatus.BAD_REQUEST:
        return _wrong(of)
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return unknown_type("text/plain", of.medias)
    if of.name == "wait" and status == HTTPStatus.REQUEST_TIMEOUT:
        return _not_come(status, "0 of 1 message came within 10.000 s.", 10.0)
    if of.name == "assert_messages" and status == HTTPStatus.CONFLICT:
        return _not_come(status, "No message matches; 1 must.", 0.0)
    if status == HTTPStatus.NOT_FOUND and (missing := _missing(of)):
        return RefusedError(status, **missing)
    return RefusedError(status, _SENTENCES.get((of.name, status)) or _SENTENCES.get(("", status), words))


def _wrong(of: Operation) -> RefusedError:
    """A misspelt parameter, or member of the body, or one where none is taken."""
    for what, kind in (("parameter", of.query), ("member", of.body)):
        if kind is not None and (names := names_of(kind)):
            return unknown(what, f"{names[0]}s", names)
    return unknown("parameter", "x", ())


def _not_come(status: int, detail: str, waited: float) -> RefusedError:
    """What came instead of a mail with another subject."""
    wanted = query_of(rcpt="ada@example.org", subject="Your order")
    outcome = Outcome(matched=(), complete=False, others=(MESSAGE,), waited=waited)
    told = explain.expectation(
        wanted, expected=1, matched=(), others=(MESSAGE,), waited=waited, where="127.0.0.1:1025", trouble=()
    )
    return RefusedError(status, detail, explanation=present.text(told), misses=misses(wanted, outcome))


def _missing(of: Operation) -> dict[str, Any]:
    if of.name == "get_ca":
        return {"detail": "Nothing here speaks TLS; start mailsink with --starttls, --smtps or --http-tls."}
    what = of.name if of.name in _GONE else of.path.split("/")[1]
    return {"detail": _GONE[what], "field": of.variables[0]} if what in _GONE else {}


_GONE = {
    "messages": f"There is no message with the id '{GONE}'; it may have been deleted.",
    "sessions": f"There is no session with the id '{GONE}'; only the newest are kept.",
    "inboxes": f"There is no inbox '{GONE}': it was not made, and holds no message.",
    "webhooks": f"There is no webhook with the id '{GONE}'.",
    "faults": f"There is no fault rule '{GONE}'.",
    "add_preset": f"There is no preset '{GONE}'.",
}
_SENTENCES = {
    ("", 401): "This server asks for a token, and none was sent",
    ("", 403): "This token may read and change nothing; send one that may, of --token",
    ("", 429): "Too many wrong passwords or tokens came from your address; try again in 60 seconds",
    ("", 413): "The request body is too large.",
    ("", 503): BUSY,
    ("create_inbox", 409): "The inbox checkout is there already; choose another name, or leave it out.",
    ("create_inbox", 503): "1000 inboxes were made and not given back; delete some, or let them expire.",
    **{
        (view, 409): "Webhooks may not go to hooks.example.org; to allow it, start mailsink with "
        "--webhook-host hooks.example.org."
        for view in ("create_webhook", "change_webhook")
    },
    ("ready", 503): "There is no listener; mail can be sent nowhere.",
    ("add_message", 503): "It was not kept: the store is closing.",
    ("add_message", 507): "It was not kept: the disk is full.",
}
