"""The OpenAPI 3.1 document, made of the operations."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Response

import mailsink

from ..addresses import at
from .operation import Operation, Operations
from .problem import Problem
from .reading import properties_of
from .samples import SAMPLES

__all__ = ["document", "operations"]

operations = Operations()

_REF = "#/components/schemas/{name}"
_VARIABLES = {
    "id": "The id; of a message, `latest` is the newest.",
    "name": "The name.",
    "number": "The part's number, such as `2` or `1.2`.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that is here already: a 304 says that it still holds.",
    "schema": {"type": "string"},
}
_INTRODUCTION = (
    "Read, wait for and delete the mail that mailsink caught. Nothing that GET does changes anything; "
    "reading a message does not mark it as read. An error is a problem detail (RFC 9457) whose `detail` "
    "is one sentence."
)
_ALWAYS = {
    400: "A parameter or the body is wrong.",
    401: "The server asks for a token or a password, and none was sent, or a wrong one.",
    403: "The Host or the Origin is not one of this server, or the token may only read.",
    429: "Too many wrong tokens or passwords came from this address.",
}
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of --token or --read-token."},
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "A user of --http-auth, or a token as the password of any user.",
    },
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
    _, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "mailsink", "version": mailsink.__version__, "description": _INTRODUCTION},
        "servers": [{"url": server.rstrip("/") or "/"}],
        "security": [{}, {"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "securitySchemes": _SCHEMES,
            "schemas": {name: _with_sample(name, of) for name, of in components.items()},
        },
    }


def _operation(of: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": of.name,
        "summary": of.summary,
        "parameters": [*map(_variable, of.variables), *_parameters(of.query), *[_IF_NONE_MATCH] * of.tagged],
        "responses": {str(of.status): _success(of)}
        | {str(status): _failure(words) for status, words in sorted((_ALWAYS | dict(of.errors)).items())},
    }
    if of.tagged:
        described["responses"]["304"] = {"description": "It is as it was when it had that ETag."}
    if of.description:
        described["description"] = of.description
    if of.body is not None:
        content: dict[str, Any] = {"application/json": _schema(of.body)}
        if of.octets:
            content[of.octets] = {}
        described["requestBody"] = {"required": True, "content": content}
        described["responses"]["413"] = _failure("The body is too large.")
        described["responses"]["415"] = _failure(f"The body is not announced as {' or '.join(content)}.")
    return described


def _variable(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _VARIABLES[name],
        "schema": {"type": "string"},
    }


def _parameters(kind: type[msgspec.Struct]) -> Iterable[dict[str, Any]]:
    for name, schema in properties_of(kind).items():
        rest = {key: value for key, value in schema.items() if key != "description"}
        yield {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            "schema": _without_null(rest),
        }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter cannot be null: it is left out."""
    choices = schema.get("anyOf")
    if not choices:
        return schema
    one: dict[str, Any] = next(choice for choice in choices if choice != {"type": "null"})
    return {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | one


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(name=kind.__name__)}}


def _success(of: Operation) -> dict[str, Any]:
    # A schema of octets is left out: OpenAPI 3.1.0, "Considerations for File Uploads", says what that means.
    content = {} if of.answer is None else _schema(of.answer)
    answer: dict[str, Any] = {"description": HTTPStatus(of.status).phrase, "content": {of.media: content}}
    if of.status == HTTPStatus.CREATED:
        answer["headers"] = {
            "Location": {"description": "Where it can be read.", "schema": {"type": "string"}}
        }
    if of.tagged:
        answer["headers"] = {
            "ETag": {"description": "Send it as If-None-Match.", "schema": {"type": "string"}}
        }
    return answer


def _failure(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": _schema(Problem)}}


def _with_sample(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"examples": [SAMPLES[name]]} if name in SAMPLES else schema
