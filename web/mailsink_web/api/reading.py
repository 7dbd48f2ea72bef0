"""Requests into values: parameters and bodies, and the sentence for each that is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from werkzeug.datastructures import MultiDict

from .problem import RefusedError

__all__ = [
    "names_of",
    "parameters_of",
    "properties_of",
    "read_body",
    "read_parameters",
    "unknown",
    "unknown_type",
]

T = TypeVar("T", bound=msgspec.Struct)

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_SHOWN = 60


@cache
def names_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of the members as they are written in a request."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def properties_of(kind: type[msgspec.Struct]) -> dict[str, dict[str, Any]]:
    """The JSON schema of each member."""
    _, components = msgspec.json.schema_components([kind])
    properties: dict[str, dict[str, Any]] = components[kind.__name__].get("properties", {})
    return properties


def parameters_of(kind: type[msgspec.Struct]) -> dict[str, dict[str, Any]]:
    """The same of query parameters, which cannot be null: they are left out."""
    return {name: _without_null(schema) for name, schema in properties_of(kind).items()}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf")
    if not choices:
        return schema
    one: dict[str, Any] = next(choice for choice in choices if choice != {"type": "null"})
    return {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | one


def read_parameters(kind: type[T], given: MultiDict[str, str]) -> T:
    """The query parameters as a *kind*. Raises RefusedError (400) that names the one at fault."""
    names = names_of(kind)
    for name in given:
        if name not in names:
            raise unknown("parameter", name, names)
        if len(given.getlist(name)) > 1:
            count = len(given.getlist(name))
            raise RefusedError(400, f"The parameter {name} is given {count} times; give it once.", field=name)
    try:
        return msgspec.convert(given.to_dict(), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(error, parameters_of(kind), given) from None


def read_body(
    kind: type[T], content_type: str, body: bytes, allowed: tuple[str, ...] = ("application/json",)
) -> T:
    """The JSON in *body* as a *kind*. Raises RefusedError: 400, or 415 that tells what is *allowed*."""
    if content_type != "application/json":
        # A form of a foreign page can send text/plain; it cannot send this without being asked first.
        raise unknown_type(content_type, allowed)
    try:
        given = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise RefusedError(400, "The body is not JSON that can be read: it nests too deep.") from None
    if not isinstance(given, dict):
        raise RefusedError(400, "The body must be a JSON object.")
    names = names_of(kind)
    for name in given:
        if name not in names:
            raise unknown("member", name, names)
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise _wrong(error, properties_of(kind), given) from None


def unknown_type(content_type: str, allowed: tuple[str, ...]) -> RefusedError:
    """The refusal (415) of a body of the type *content_type*, ``""`` where none was told."""
    shown = _quoted(content_type) if content_type else "nothing"
    return RefusedError(
        415, f"The Content-Type must be {' or '.join(allowed)}, not {shown}.", allowed=allowed
    )


def unknown(what: str, name: str, names: Collection[str]) -> RefusedError:
    """The refusal (400) of a parameter or member called *name*, which is none of *names*."""
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        advice = f"did you mean {near[0]}?"
    elif names:
        advice = f"known are {', '.join(names)}."
    else:
        advice = "none is taken here."
    return RefusedError(
        400, f"There is no {what} {_quoted(name)}; {advice}", field=name, allowed=tuple(names)
    )


def _wrong(
    error: msgspec.ValidationError, schemas: Mapping[str, dict[str, Any]], given: Mapping[str, object]
) -> RefusedError:
    match = _AT.search(str(error))
    path = match.group(1) if match else ""
    if missing := re.match(r"Object missing required field `(\w+)`", str(error)):
        name = f"{path}.{missing.group(1)}".lstrip(".").replace("[...]", "[]")
        return RefusedError(400, f"{name} is missing.", field=name)
    if unknown := re.match(r"Object contains unknown field `(.*)` - at", str(error)):
        name = f"{path}.{unknown.group(1)}"
        return RefusedError(400, f"There is no member {_quoted(name)}.", field=name)
    name = re.split(r"[.\[]", path)[0]
    wanted = _words(schemas.get(name, {}))
    return RefusedError(
        400, f"{name} must be {wanted}, not {_quoted(given.get(name))}.", field=path.replace("[...]", "[]")
    )


def _quoted(value: object) -> str:
    text = repr(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _words(schema: Mapping[str, Any]) -> str:
    """A schema in words: ``"a whole number from 1 to 500"``; its title, where it has one, is those words."""
    if "title" in schema and "$ref" not in schema:
        return str(schema["title"])
    if "$ref" in schema:
        return "an object"
    if "anyOf" in schema:
        return " or ".join(_words(choice) for choice in schema["anyOf"])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        noun = "a whole number" if kind == "integer" else "a number"
        return f"{noun} from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else noun
    if "prefixItems" in schema:
        return f"a list of {' and '.join(_words(item) for item in schema['prefixItems'])}"
    if kind == "array":
        return f"a list of at most {schema['maxItems']} texts" if "maxItems" in schema else "a list of texts"
    if "enum" in schema:
        return f"one of {', '.join(str(one) for one in schema['enum'] if one != '')}"
    if schema.get("format") == "date-time":
        return "a time with its zone, such as 2026-03-02T09:30:00Z"
    if kind == "string":
        return f"a text of at most {schema['maxLength']} characters" if "maxLength" in schema else "a text"
    return {"boolean": "true or false", "null": "null"}.get(str(kind), "something else")
