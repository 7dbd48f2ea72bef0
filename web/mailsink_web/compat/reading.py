"""What clients of the peers send: numbers that may be anything, and JSON in any case of its keys.

The peers' servers are more or less strict; here what can be understood is, and nothing else.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from .peer import PeerError

__all__ = ["body_octets", "number", "read_json"]

T = TypeVar("T", bound=msgspec.Struct)


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """The parameter *name* as a whole number; *default* where it is none or below *least*."""
    given = request.args.get(name, "").strip()
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        return default
    value = int(given)
    return min(value, most) if value >= least else default


def body_octets(most: int | None = None) -> bytes:
    """The request's body. Raises PeerError (413) where it is larger than *most*, or than any may be."""
    if most is not None:
        request.max_content_length = most
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        limit = request.max_content_length or 0
        raise PeerError(413, f"The request body is too large: {limit} octets are the most.") from None


def read_json(kind: type[T], octets: bytes, *, keep: frozenset[str] = frozenset()) -> T:
    """The JSON object in *octets* as a *kind*, whose names are in lower case.

    Keys may be in any case, null is as good as left out, and what *kind* does not know is passed over, as
    in Go's decoder. The keys of an object under one of *keep* stay as they are. Raises PeerError (400).
    """
    try:
        given = msgspec.json.decode(octets)
    except (msgspec.DecodeError, RecursionError) as error:
        raise PeerError(400, f"The body is not JSON that can be read: {error}.") from None
    if not isinstance(given, dict):
        raise PeerError(400, "The body must be a JSON object.")
    try:
        return msgspec.convert(_lowered(given, keep), kind)
    except msgspec.ValidationError as error:
        raise PeerError(400, f"The body is wrong: {error}.") from None


def _lowered(value: Any, keep: frozenset[str]) -> Any:
    if isinstance(value, dict):
        found = {}
        for key, each in value.items():
            if each is not None:
                name = key.lower()
                found[name] = each if name in keep else _lowered(each, keep)
        return found
    if isinstance(value, list):
        return [_lowered(each, keep) for each in value]
    return value
