"""An operation of the API as a value: what it takes and answers, declared beside the function that does it.

Routes and the OpenAPI document are both made of these, so they cannot disagree.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import msgspec
from flask import Blueprint, Response, request

from mailsink.errors import QueryError

from ..addresses import at
from ..context import sink
from . import problem
from .reading import read_body, read_parameters
from .scope import refuse_empty_choice

__all__ = ["Created", "Nothing", "Operation", "Operations"]

# What these do to what a request chooses cannot be taken back.
_CHANGING = frozenset({"PATCH", "DELETE"})
# A mail whose size nothing else limits.
MOST_OCTETS = 2**30

F = TypeVar("F", bound=Callable[..., Any])


class Nothing(msgspec.Struct, frozen=True):
    """No parameters."""


class Created(NamedTuple):
    """What a view returns that made something: its value, and where it can be read, an address of the API."""

    value: msgspec.Struct
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one address.

    *path* is below ``/api``, its variables in braces. *group* is what it is listed under. *answer* is the
    JSON value that comes with *status*; ``None`` where the answer is octets of the type *media*. *octets* is
    a type whose body may come in place of the JSON of *body*, and as large as a mail may be. *tagged* answers
    have an ETag. *errors* says when each other status comes.
    """

    method: str
    path: str
    view: Callable[..., Any]
    group: str = "Server"
    query: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    octets: str = ""
    answer: type[msgspec.Struct] | None = None
    status: int = 200
    media: str = "application/json"
    tagged: bool = False
    errors: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operation's id in the document."""
        return self.view.__name__

    @property
    def summary(self) -> str:
        """The first line of the view's docstring."""
        return (inspect.getdoc(self.view) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of it, unwrapped: one line for each paragraph."""
        rest = (inspect.getdoc(self.view) or "").partition("\n")[2].strip()
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in rest.split("\n\n"))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in braces in *path*."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def medias(self) -> tuple[str, ...]:
        """The types that the body may have."""
        return tuple(filter(None, ("application/json" if self.body else "", self.octets)))

    def __call__(self, **variables: str) -> Response:
        """Answer the request at hand."""
        words: dict[str, Any] = dict(variables)
        if "query" in inspect.signature(self.view).parameters:
            words["query"] = read_parameters(self.query, request.args)
        else:
            read_parameters(self.query, request.args)
        if self.octets:
            # Base64 is a third larger than what it holds, and JSON may write a letter in six.
            request.max_content_length = 2 * (sink().policy.max_size or MOST_OCTETS)
        if self.octets and request.mimetype == self.octets:
            words["body"] = request.get_data()
        elif self.body is not None:
            words["body"] = read_body(self.body, request.mimetype, request.get_data(), self.medias)
        if self.method in _CHANGING:
            refuse_empty_choice(request.args)
        try:
            result = self.view(**words)
        except QueryError as error:
            raise problem.of_query(error) from None
        if isinstance(result, Response):
            return result
        value = result.value if isinstance(result, Created) else result
        response = Response(msgspec.json.encode(value), self.status, content_type="application/json")
        if isinstance(result, Created):
            response.headers["Location"] = at(result.location)
        return response


class Operations:
    """The operations of one module, in the order of the document; *group* is what they are listed under."""

    def __init__(self, group: str = "Server") -> None:
        self.group = group
        self.all: list[Operation] = []

    def add(self, method: str, path: str, **declared: Any) -> Callable[[F], F]:
        """Declare the decorated function an operation; *declared* are members of `Operation`."""

        def declare(view: F) -> F:
            self.all.append(
                Operation(method=method, path=path, view=view, **{"group": self.group} | declared)
            )
            return view

        return declare

    def route(self, blueprint: Blueprint) -> None:
        """Give each its route."""
        for operation in self.all:
            blueprint.add_url_rule(
                # An inbox's name may be any login, which may hold a slash.
                re.sub(r"{(\w+)}", r"<\1>", operation.path).replace("<name>", "<path:name>"),
                operation.name,
                operation.__call__,
                methods=[operation.method],
            )
