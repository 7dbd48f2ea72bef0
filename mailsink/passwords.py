"""Passwords kept as scrypt digests (RFC 7914): made, read from a file, checked without telling by the time.

The text of a digest is werkzeug's, ``scrypt:N:R:P$SALT$HEX``, which Python's web frameworks write too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Login", "Logins", "digest", "read_logins"]

# 32 MiB and about 60 ms a try: OWASP's first choice of those that a small machine can pay.
COST, BLOCK, LANES = 2**15, 8, 1
# A digest may not make us take more than this.
_MOST_MEMORY = 2**28
# Checks at once: a flood of wrong passwords must take neither all the memory nor all the processors.
_AT_ONCE = 2
_DIGEST = re.compile(
    r"scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3})\$([A-Za-z0-9./+=_-]{1,128})\$([0-9a-f]{64,128})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Login:
    """A user and the digest of the password, which is itself kept nowhere."""

    user: str
    digest: str = field(repr=False)


def digest(password: str, *, cost: int = COST) -> str:
    """The digest of *password* with a salt of its own, another one each time; *cost* is a power of two."""
    salt = secrets.token_urlsafe(12)
    return f"scrypt:{cost}:{BLOCK}:{LANES}${salt}${_scrypt(password, salt, cost, BLOCK, LANES, 64)}"


def read_logins(text: str) -> tuple[Login, ...]:
    """``USER:PASSWORD``, ``USER:DIGEST``, or ``@FILE`` with a line ``USER:DIGEST`` for each user.

    Empty lines of a file and those that begin with ``#`` are skipped. Raises ValueError with what is allowed.
    """
    if text.startswith("@"):
        return _read_file(text[1:])
    user, colon, password = text.partition(":")
    if not colon or not user or not password:
        raise ValueError("credentials are USER:PASSWORD, or @FILE for a file of them")
    if password.startswith("scrypt:"):
        return (_login(user, password),)
    return (Login(user, digest(password)),)


def _read_file(name: str) -> tuple[Login, ...]:
    try:
        lines = Path(name).read_text("utf-8").splitlines()
    except OSError as error:
        raise ValueError(f"{error.strerror}; name a file that can be read") from None
    except ValueError:
        raise ValueError("not a text file; name one with a line USER:DIGEST for each user") from None
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            user, _, rest = line.strip().partition(":")
            try:
                found.append(_login(user, rest))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    if not found:
        raise ValueError("the file names no user; `mailsink password USER` makes a line for it")
    return tuple(found)


def _login(user: str, text: str) -> Login:
    read = _DIGEST.fullmatch(text)
    if not user or read is None:
        raise ValueError(
            "not USER:DIGEST with a digest of scrypt; `mailsink password USER` makes such a line"
        )
    cost, block, lanes = (int(read[number]) for number in (1, 2, 3))
    power_of_two = cost > 1 and cost & (cost - 1) == 0
    if not power_of_two or not block or not lanes or 132 * cost * block * lanes > _MOST_MEMORY:
        raise ValueError(f"the cost {cost}:{block}:{lanes} is none of scrypt, or takes over 256 MiB")
    if len(read[5]) % 2:
        raise ValueError("the digest is cut off; `mailsink password USER` makes a whole one")
    return Login(user, text)


class Logins:
    """The users that may come in. Safe from any thread.

    A right password costs its scrypt once: afterwards its user is known by a keyed hash of it, which lives
    as long as the process. A wrong one, and a user who is not there, cost the same each time.
    """

    def __init__(self, logins: Iterable[Login] = ()) -> None:
        self._digests = {login.user: login.digest for login in logins}
        self._nobody = next(iter(self._digests.values()), "")
        self._key = secrets.token_bytes(32)
        self._known: dict[str, bytes] = {}
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def check(self, user: str, password: str) -> bool:
        """Whether *user* is there and has *password*."""
        if not self._digests:
            return False
        seen = hmac.digest(self._key, f"{user}\0{password}".encode("utf-8", "surrogatepass"), "sha256")
        if hmac.compare_digest(seen, self._known.get(user, bytes(32))):
            return True
        with self._turns:
            right = _is_right(password, self._digests.get(user, self._nobody)) and user in self._digests
        if right:
            self._known[user] = seen
        return right


def _is_right(password: str, text: str) -> bool:
    method, salt, expected = text.split("$")
    cost, block, lanes = (int(word) for word in method.split(":")[1:])
    made = _scrypt(password, salt, cost, block, lanes, len(expected) // 2)
    return hmac.compare_digest(made, expected)


def _scrypt(password: str, salt: str, cost: int, block: int, lanes: int, length: int) -> str:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt.encode(),
        n=cost,
        r=block,
        p=lanes,
        maxmem=_MOST_MEMORY,
        dklen=length,
    ).hex()
