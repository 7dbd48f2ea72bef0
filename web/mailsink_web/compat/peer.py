"""A peer's routes, and how it answers: as JSON, as text, or with a refusal of its own shape.

Knows no peer by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec
from flask import Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from mailsink.errors import MailsinkError, QueryError
from mailsink.inbox import Inbox
from mailsink.message import Message
from mailsink.mime import clean

__all__ = [
    "Emulation",
    "PeerError",
    "Place",
    "Refuse",
    "enter",
    "inbox",
    "json",
    "message_of",
    "place",
    "text",
]

View = TypeVar("View", bound=Callable[..., Any])
# Status and sentence to an answer.
Refuse = Callable[[int, str], Response]


class PeerError(Exception):
    """Raised by a view to refuse: a status, and a sentence that the peer's way of refusing carries."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request came in: the address that the peer lies under, and whose messages it shows."""

    base: str
    inbox: Inbox


def enter(place: Place) -> None:
    """Make *place* that of the request at hand."""
    g.compat_place = place


def place() -> Place:
    """The place of the request at hand."""
    return cast("Place", g.compat_place)


def inbox() -> Inbox:
    """The messages that the request at hand is about."""
    return place().inbox


def message_of(message_id: str, *, missing: str = "") -> Message:
    """The message of that id, for peers to which ``latest`` is no id. Raises PeerError (404): *missing*."""
    found = inbox().get(message_id) if message_id != "latest" else None
    if found is None:
        raise PeerError(404, missing or f"There is no message with the id {message_id[:80]}.")
    return found


def json(value: object, *, status: int = 200, media: str = "application/json") -> Response:
    """*value* as JSON."""
    return Response(msgspec.json.encode(value), status=status, content_type=media)


def text(value: str, *, status: int = 200, media: str = "text/plain; charset=utf-8") -> Response:
    """*value* as it is."""
    return Response(clean(value).encode(), status=status, content_type=media)


class Emulation:
    """The routes of one peer. *refuse* makes its answer to what cannot be done."""

    def __init__(self, name: str, refuse: Refuse) -> None:
        self.name = name
        self.refuse = refuse
        self._views: dict[str, Callable[..., Any]] = {}
        self._map = Map(merge_slashes=False)

    def route(self, method: str, *rules: str) -> Callable[[View], View]:
        """Let the decorated function answer *method* at each of *rules*.

        It returns a response, or a value that becomes JSON.
        """

        def add(view: View) -> View:
            for rule in rules:
                name = f"{method} {rule}"
                self._views[name] = view
                self._map.add(Rule(rule, endpoint=name, methods=[method], strict_slashes=False))
            return view

        return add

    @property
    def operations(self) -> tuple[str, ...]:
        """Each operation as ``METHOD /path/{variable}``, in the order of their declaration."""
        return tuple(name.replace("<path:", "{").replace("<", "{").replace(">", "}") for name in self._views)

    def knows(self, path: str) -> bool:
        """Whether any method is answered at *path*."""
        try:
            self._map.bind("localhost").match(path, method="GET")
        except MethodNotAllowed:
            return True
        except HTTPException:
            return False
        return True

    def answer(self, path: str) -> Response:
        """Answer the request at hand, whose address below the peer's is *path*."""
        try:
            name, words = self._map.bind("localhost").match(path, method=request.method)
            value = self._views[name](**words)
            return value if isinstance(value, Response) else json(value)
        except PeerError as error:
            return self.refuse(error.status, clean(str(error)))
        except QueryError as error:
            return self.refuse(400, clean(f"The search cannot be read: {error}"))
        except MailsinkError as error:
            return self.refuse(500, clean(str(error)))
        except MethodNotAllowed as error:
            methods = ", ".join(sorted(error.valid_methods or ()))
            response = self.refuse(405, f"This address takes {methods}.")
            response.headers["Allow"] = methods
            return response
        except NotFound:
            return self.refuse(404, "404 page not found")
        except HTTPException as error:
            return self.refuse(error.code or 500, error.description or "")
