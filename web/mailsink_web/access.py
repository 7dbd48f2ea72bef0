"""Who may read and who may change: tokens, and users with passwords. Without either, whoever gets here may.

Pages, the API and the emulated APIs ask this one place. Knows no Host and no Origin: see `security`.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Flask, abort, request
from werkzeug.exceptions import TooManyRequests, Unauthorized

from mailsink.passwords import Logins

from .throttle import Throttle

__all__ = ["OPEN", "Access", "Credentials", "install", "read_credentials"]

Level = Literal["full", "read"]

# A probe has no secrets, and learns nothing.
OPEN = frozenset(f"{place}/{probe}" for place in ("/api", "", "/mailpit") for probe in ("livez", "readyz"))
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Asks, and changes nothing, although the method is POST.
_QUESTIONS = frozenset({"/api/assert"})
# RFC 7235 §2.2: clients are known that read a realm only in quotes.
_BEARER = 'Bearer realm="mailsink"'
_BASIC = 'Basic realm="mailsink", charset="UTF-8"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The secrets: *tokens* and *users* may do all, *read_tokens* only read.

    A token is sent as a bearer's (RFC 6750), or where a browser asks for a user and a password as the
    password, whatever the user's name.
    """

    tokens: tuple[str, ...] = field(default=(), repr=False)
    read_tokens: tuple[str, ...] = field(default=(), repr=False)
    users: Logins = field(default_factory=Logins, repr=False)

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.tokens or self.read_tokens or self.users)

    def level(self, credentials: Credentials) -> Level | None:
        """What *credentials* allow; ``None`` is nothing.

        Takes as long for a secret that is nearly right as for one that is not.
        """
        if _is_among(credentials.secret, self.tokens):
            return "full"
        if _is_among(credentials.secret, self.read_tokens):
            return "read"
        user = credentials.user
        return "full" if user is not None and self.users.check(user, credentials.secret) else None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an Authorization field says; *user* is ``None`` for a bearer."""

    user: str | None
    secret: str = field(repr=False)


def read_credentials(authorization: str) -> Credentials | None:
    """The credentials in an Authorization field, ``None`` where there are none that we know."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return Credentials(None, rest.strip())
    if scheme.lower() == "basic":
        user, _, password = _decoded(rest.strip()).partition(":")
        return Credentials(user, password)
    return None


def _is_among(secret: str, known: Iterable[str]) -> bool:
    digest = _digest(secret)
    # Of the same length, and all of them: the time tells neither which nor where.
    return sum(hmac.compare_digest(digest, _digest(each)) for each in known) > 0


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _decoded(credentials: str) -> str:
    """The user and password of Basic (RFC 7617), ``""`` where they cannot be read."""
    try:
        return b64decode(credentials, validate=True).decode()
    except (Base64Error, ValueError):
        return ""


def install(app: Flask, access: Access) -> None:
    """Let *app* answer whom *access* lets in."""
    if not access:
        return
    throttle = Throttle()

    @app.before_request
    def ask() -> None:
        if request.path in OPEN:
            return
        level = _level(access, throttle)
        if level is None:
            raise _unauthorized(access)
        if level == "read" and request.method not in _READING and request.path not in _QUESTIONS:
            abort(403, "This token may read and change nothing; send one that may, of --token")


def _level(access: Access, throttle: Throttle) -> Level | None:
    """What the request at hand may do. A guess too many is not looked at, not even where it is right."""
    credentials = read_credentials(request.headers.get("Authorization", ""))
    if credentials is None:
        return None
    who = request.remote_addr or "", credentials.user or ""
    if wait := throttle.wait(*who):
        seconds = math.ceil(wait)
        raise TooManyRequests(
            f"Too many wrong passwords or tokens came from your address; try again in {seconds} seconds",
            retry_after=seconds,
        )
    level = access.level(credentials)
    if level is None:
        throttle.failed(*who)
    return level


class _UnauthorizedError(Unauthorized):
    """A 401 that says which ways there are."""

    def __init__(self, sentence: str, ways: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.ways = ways

    def get_headers(self, *words: Any, **more: Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*words, **more), *(("WWW-Authenticate", way) for way in self.ways)]


def _unauthorized(access: Access) -> Unauthorized:
    has_tokens = bool(access.tokens or access.read_tokens)
    what = " or ".join(["a token"] * has_tokens + ["a user name and its password"] * bool(access.users))
    given = "what was sent is not right" if "Authorization" in request.headers else "none was sent"
    # Bearer first: a client that knows both is no browser.
    return _UnauthorizedError(
        f"This server asks for {what}, and {given}", (_BEARER,) * has_tokens + (_BASIC,)
    )
