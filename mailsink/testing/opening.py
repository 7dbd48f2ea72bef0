"""The words by which a test opens a server: their types, whether they are right, what they make of it.

Knows no server.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, get_args

from ..errors import ConfigError
from ..policy import EXTENSIONS, Credentials, Policy

if TYPE_CHECKING:
    from typing import Unpack

    from ..smtp.tls import Certificates
    from .mailsink import Mailsink

__all__ = ["Auth", "MailsinkFactory", "ServerSettings", "TlsMode", "certificates_of", "check", "policy_of"]

Auth = tuple[str, str] | Literal["required", "any"] | None
TlsMode = Literal["none", "starttls", "implicit", "required"]


class ServerSettings(TypedDict, total=False):
    """The keywords of `Server.open`."""

    timeout: float
    settle: float
    auth: Auth
    tls: TlsMode
    tls_cert: str | os.PathLike[str] | None
    tls_key: str | os.PathLike[str] | None
    max_size: int | None
    hide: Collection[str]


class MailsinkFactory(Protocol):
    """The type of the fixture ``mailsink_factory``."""

    def __call__(self, name: str = "", **settings: Unpack[ServerSettings]) -> Mailsink:
        """One more server, closed when the test ends. *settings* are those of `Server.open`."""


def check(
    *,
    timeout: Any,
    settle: Any,
    auth: Any,
    tls: Any,
    tls_cert: Any,
    tls_key: Any,
    max_size: Any,
    hide: Any,
) -> None:
    """Raise ConfigError unless the settings of `Server.open` are what they may be."""
    for word, seconds in (("timeout", timeout), ("settle", settle)):
        if not (isinstance(seconds, (int, float)) and 0 <= seconds < float("inf")):
            raise ConfigError(f"{word}={seconds!r}: must be a number of seconds from 0 on")
    pair = isinstance(auth, tuple) and len(auth) == 2 and all(isinstance(word, str) for word in auth)
    if not pair and auth not in ("required", "any", None):
        raise ConfigError(f'auth={auth!r}: must be ("user", "password"), "required", "any" or None')
    if tls not in get_args(TlsMode):
        raise ConfigError(f'tls={tls!r}: must be "none", "starttls", "implicit" or "required"')
    for word, file in (("tls_cert", tls_cert), ("tls_key", tls_key)):
        if not isinstance(file, (str, os.PathLike)) and file is not None:
            raise ConfigError(f"{word}={file!r}: must be the path of a PEM file")
    if tls_key is not None and tls_cert is None:
        raise ConfigError(f"tls_key={str(tls_key)!r}: there is no certificate for it; give tls_cert, too")
    if max_size is not None and not (isinstance(max_size, int) and max_size > 0):
        raise ConfigError(f"max_size={max_size!r}: must be a number of octets above 0")
    if not isinstance(hide, (tuple, list, set, frozenset)) or not all(isinstance(w, str) for w in hide):
        raise ConfigError(f'hide={hide!r}: must be a tuple of extensions, such as ("8bitmime",)')
    unknown = sorted({word.upper() for word in hide} - set(EXTENSIONS))
    if unknown:
        raise ConfigError(f"hide={unknown[0]}: not a known extension; known are {', '.join(EXTENSIONS)}")


def certificates_of(
    cert: str | os.PathLike[str], key: str | os.PathLike[str] | None = None, *, option: str = "tls_cert"
) -> Certificates:
    """A certificate out of files. Raises ConfigError, whose text begins with *option* and the file."""
    from ..smtp.tls import Certificates

    key_file = None if key is None else os.fspath(key)
    certificates = Certificates(cert_file=os.fspath(cert), key_file=key_file, option=option)
    certificates.context()
    return certificates


def policy_of(
    login: tuple[str, str] | None,
    *,
    anyone: bool = False,
    require_tls: bool = False,
    max_size: int | None = None,
    hide: Collection[str] = (),
) -> Policy:
    """What a test's listener offers and asks for."""
    policy = Policy(
        extensions=frozenset(EXTENSIONS) - {word.upper() for word in hide},
        credentials=Credentials(users=dict([login]) if login else {}, anyone=anyone),
        require_auth=login is not None,
        require_tls=require_tls,
    )
    if max_size is None:
        return policy
    return replace(policy, max_size=max_size)
