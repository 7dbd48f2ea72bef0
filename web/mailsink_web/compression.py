"""Answers in gzip for who takes it: text and JSON that are worth it, never a stream."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache

from flask import Flask, Response, request

__all__ = ["install", "is_taken"]

# A packet holds so much anyway.
LEAST = 1_400
# Up to so many, what was compressed last is at hand when it is asked for again.
REMEMBERED = 512 * 1024
# The usual 6 takes twice the time for a twentieth of the octets.
_LEVEL = 4
_TEXT = re.compile(
    r"text/(?!event-stream).*|application/(.*\+)?(json|xml|javascript)|message/rfc822|image/svg\+xml"
)


def install(app: Flask) -> None:
    """Compress what *app* answers."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not _is_worth_it(response):
            return response
        response.vary.add("Accept-Encoding")
        if not is_taken():
            return response
        response.set_data(_compressed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        tag, _ = response.get_etag()
        if tag is not None:
            # Other octets, the same meaning: RFC 9110 §8.8.1.
            response.set_etag(tag, weak=True)
        return response


def _compressed(octets: bytes) -> bytes:
    return _remembered(octets) if len(octets) <= REMEMBERED else gzip.compress(octets, _LEVEL, mtime=0)


@lru_cache(maxsize=8)
def _remembered(octets: bytes) -> bytes:
    """The same again for the next of many who wait for one mail, or poll for it."""
    return gzip.compress(octets, _LEVEL, mtime=0)


def is_taken() -> bool:
    """Whether the client of the request at hand takes gzip, and not rather nothing (RFC 9110 §12.5.3)."""
    accepted = request.accept_encodings
    return 0 < accepted["gzip"] >= accepted["identity"]


def _is_worth_it(response: Response) -> bool:
    return (
        response.status_code not in (204, 206, 304)
        and not response.is_streamed
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and _TEXT.fullmatch(response.mimetype or "") is not None
        and (response.content_length or 0) >= LEAST
    )
