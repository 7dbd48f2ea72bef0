"""The OpenAPI 3.1 document, made of the operations."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Response

import mailsink

from ..access import OPEN
from ..addresses import at
from . import examples
from .operation import Operation, Operations
from .problem import Problem
from .reading import parameters_of
from .samples import MESSAGE, samples

__all__ = ["document", "operations"]

operations = Operations()

_REF = "#/components/schemas/{name}"
_EXAMPLE = "#/components/examples/{name}"
_VARIABLES = {
    "delivery": "The id of the delivery.",
    "id": "The id; of a message, `latest` is the newest.",
    "name": "The name.",
    "number": "The part's number, such as `2` or `1.2`.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that is here already: a 304 says that it still holds.",
    "schema": {"type": "string"},
    "example": f'"{MESSAGE.id}"',
}
_ETAG = {"ETag": {"description": "Send it as If-None-Match.", "schema": {"type": "string"}}}
# Before a request is read whole there is no API yet, and what is answered is a sentence.
_TOO_LONG = {
    "description": "The address and the header fields together are too long.",
    "content": {"text/plain": {"example": "The header section of the request is too long.\n"}},
}
_INTRODUCTION = (
    "Read, wait for and delete the mail that mailsink caught. Nothing that GET does changes anything; "
    "reading a message does not mark it as read. An error is a problem detail (RFC 9457) whose `detail` "
    "is one sentence. Who asks too slowly or too much at once may get a 408, 431 or 503 with a sentence as "
    "text/plain, before the request is read."
)
_ALWAYS = {
    400: "A parameter or the body is wrong.",
    401: "The server asks for a token or a password, and none was sent, or a wrong one.",
    403: "The Host or the Origin is not one of this server, or the token may only read.",
    429: "Too many wrong tokens or passwords came from this address.",
}
# What never comes where no token is asked for.
_GUARDED = (401, 429)
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of --token or --read-token."},
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "A user of --http-auth, or a token as the password of any user.",
    },
}


_GROUPS = {
    "Messages": "What was captured: list it, search it, read it whole or in pieces, mark it, delete it.",
    "Waiting": "Wait for messages, assert what must have come, follow what happens.",
    "Inboxes": "A part of the server for each test, application or person.",
    "Faults": "What goes wrong on purpose, and when.",
    "Webhooks": "Where captured messages are told of, and what became of each delivery.",
    "Sessions": "What clients did: every connection with its transcript, every try to send a mail.",
    "Server": "What runs, and whether all is well.",
}


class AnyDocument(msgspec.Struct, frozen=True):
    """An OpenAPI document."""


@operations.add("GET", "/openapi.json", answer=AnyDocument)
def get_document() -> Response:
    """Read this document."""
    return Response(_encoded(at("/")), content_type="application/json")


@lru_cache(maxsize=8)
def _encoded(server: str) -> bytes:
    from . import ALL

    return msgspec.json.encode(document(ALL, server=server))


def document(all_operations: Iterable[Operation], *, server: str = "/") -> dict[str, Any]:
    """The document of *all_operations* as built-in values, in their order; they lie below *server*."""
    all_operations = tuple(all_operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in all_operations:
        paths.setdefault(f"/api{operation.path}", {})[operation.method.lower()] = _operation(operation)
    kinds = [kind for o in all_operations for kind in (o.answer, o.body) if kind is not None]
    _, made = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    schemas = msgspec.json.decode(msgspec.json.encode(made))  # defaults may be tuples
    groups = {operation.group for operation in all_operations}
    return {
        "openapi": "3.1.0",
        "info": {"title": "mailsink", "version": mailsink.__version__, "description": _INTRODUCTION},
        "servers": [{"url": server.rstrip("/") or "/"}],
        "security": [{}, {"token": []}, {"password": []}],
        "tags": [{"name": name, "description": words} for name, words in _GROUPS.items() if name in groups],
        "paths": paths,
        "components": {
            "securitySchemes": _SCHEMES,
            "schemas": {name: _unwrapped(schema) for name, schema in schemas.items()},
            "examples": {
                name: {"value": samples()[name]} for kind in kinds if (name := kind.__name__) in samples()
            },
        },
    }


def _operation(of: Operation) -> dict[str, Any]:
    is_open = f"/api{of.path}" in OPEN
    always = {status: words for status, words in _ALWAYS.items() if not is_open or status not in _GUARDED}
    refusals = always | dict(of.errors)
    if of.body is not None:
        refusals[413] = "The body is too large."
        refusals[415] = f"The body is not announced as {' or '.join(of.medias)}."
    responses = {of.status: _success(of), 431: _TOO_LONG}
    responses |= {status: _failure(of, status, words) for status, words in refusals.items()}
    if of.tagged:
        responses[304] = {"description": "It is as it was when it had that ETag.", "headers": _ETAG}
    described: dict[str, Any] = {"operationId": of.name, "tags": [of.group], "summary": of.summary}
    if of.description:
        described["description"] = of.description
    if is_open:
        described["security"] = [{}]
    described["parameters"] = [*_variables(of), *_parameters(of), *[_IF_NONE_MATCH] * of.tagged]
    if of.body is not None:
        contents = {"application/json": _json(of.body)}
        if of.octets:
            contents[of.octets] = _octets(of.octets)
        described["requestBody"] = {"required": True, "content": contents}
    described["responses"] = {str(status): responses[status] for status in sorted(responses)}
    return described


def _variables(of: Operation) -> Iterable[dict[str, Any]]:
    for name in of.variables:
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": _VARIABLES[name],
            "schema": {"type": "string"},
            **examples.parameter(of, name),
        }


def _parameters(of: Operation) -> Iterable[dict[str, Any]]:
    for name, schema in parameters_of(of.query).items():
        left_out = ("description", "examples")
        yield {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            "schema": {key: value for key, value in schema.items() if key not in left_out},
            **examples.parameter(of, name),
        }


def _json(kind: type[msgspec.Struct]) -> dict[str, Any]:
    name = kind.__name__
    described: dict[str, Any] = {"schema": {"$ref": _REF.format(name=name)}}
    if name in samples():
        described["examples"] = {name: {"$ref": _EXAMPLE.format(name=name)}}
    return described


def _octets(media: str) -> dict[str, Any]:
    # A schema of octets is left out: OpenAPI 3.1.0, "Considerations for File Uploads", says what that means.
    return examples.content(media)


def _success(of: Operation) -> dict[str, Any]:
    content = _octets(of.media) if of.answer is None else _json(of.answer)
    answer: dict[str, Any] = {"description": HTTPStatus(of.status).phrase, "content": {of.media: content}}
    if of.status == HTTPStatus.CREATED:
        answer["headers"] = {
            "Location": {"description": "Where it can be read.", "schema": {"type": "string"}}
        }
    if of.tagged:
        answer["headers"] = _ETAG
    return answer


def _failure(of: Operation, status: int, words: str) -> dict[str, Any]:
    content = {
        "schema": {"$ref": _REF.format(name=Problem.__name__)},
        "example": examples.refusal(of, status, words),
    }
    answer: dict[str, Any] = {"description": words, "content": {"application/problem+json": content}}
    if status == HTTPStatus.UNAUTHORIZED:
        answer["headers"] = {
            "WWW-Authenticate": {"description": "Which ways there are.", "schema": {"type": "string"}}
        }
    return answer


def _unwrapped(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose description has one line for each paragraph."""
    paragraphs = inspect.cleandoc(schema.get("description", "")).split("\n\n")
    return schema | {"description": "\n\n".join(" ".join(each.split()) for each in paragraphs)}
