"""The server's side of SASL mechanisms, as exchanges of octets.

A mechanism is a generator: it yields challenges, is sent the client's responses, and returns an `Outcome`.
Does no I/O and no base64; knows who may log in from a `Verifier`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Exchange", "Mechanism", "Outcome", "Verifier", "mechanism"]

# RFC 5802 §5.1 asks for at least 4096; more would slow every test that logs in.
_ITERATIONS = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who the client said it is, and whether it proved it. *why* is for the transcript alone."""

    user: str
    ok: bool
    why: str = ""


Exchange = Generator[bytes, bytes, Outcome]


class Verifier(Protocol):
    """Who decides: see `mailsink.policy.Credentials`."""

    anyone: bool

    def password(self, user: str) -> str | None: ...
    def check(self, user: str, password: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Mechanism:
    """*run* starts an exchange with a verifier, the client certificate's subject and the server's name.

    *server_first* mechanisms take no initial response (RFC 4954 §4).
    """

    run: Callable[[Verifier, str, str], Exchange]
    server_first: bool = False


def mechanism(name: str) -> Mechanism:
    """The mechanism of that name, in upper case. Raises KeyError."""
    return _MECHANISMS[name]


def _plain(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """RFC 4616: authzid NUL authcid NUL passwd."""
    fields = (yield b"").split(b"\0")
    if len(fields) != 3:
        return Outcome("", ok=False, why="PLAIN needs authzid NUL authcid NUL passwd")
    user = _text(fields[1])
    return Outcome(user, ok=verifier.check(user, _text(fields[2])))


def _login(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """draft-murchison-sasl-login: two questions."""
    user = _text((yield b"Username:"))
    password = _text((yield b"Password:"))
    return Outcome(user, ok=verifier.check(user, password))


def _cram_md5(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """RFC 2195: the password is never sent; so anyone can be let in, but nobody checked without one."""
    challenge = f"<{secrets.token_hex(12)}@{hostname}>".encode()
    user, _, digest = _text((yield challenge)).rpartition(" ")
    password = verifier.password(user)
    if password is None:
        return Outcome(user, ok=verifier.anyone, why="no such user")
    expected = hmac.new(_octets(password), challenge, hashlib.md5).hexdigest()
    return Outcome(user, ok=hmac.compare_digest(expected.encode(), _octets(digest)) or verifier.anyone)


def _scram(name: str) -> Callable[[Verifier, str, str], Exchange]:
    """RFC 5802 with the hash *name*, no channel binding."""

    def run(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
        first = _text((yield b""))
        flag, _, rest = first.partition(",")
        authzid, _, bare = rest.partition(",")
        fields = _attributes(bare)
        user = fields.get("n", "").replace("=2C", ",").replace("=3D", "=")
        if flag not in ("n", "y") or not fields.get("r"):
            return Outcome(user, ok=False, why="the client's first message is not SCRAM's")
        # An unknown user is taken through the whole exchange, so that names cannot be probed.
        password = verifier.password(user)
        salt = secrets.token_bytes(16)
        nonce = fields["r"] + secrets.token_urlsafe(18)
        server_first = f"r={nonce},s={b64encode(salt).decode()},i={_ITERATIONS}"
        final = _text((yield server_first.encode()))
        without_proof, _, proof = final.rpartition(",p=")
        fields = _attributes(without_proof)
        message = f"{bare},{server_first},{without_proof}".encode("utf-8", "surrogateescape")
        binding = b64encode(f"{flag},{authzid},".encode("utf-8", "surrogateescape")).decode()
        signature = _proven(name, password or secrets.token_hex(8), salt, message, proof)
        if password is None or not signature or fields.get("r") != nonce or fields.get("c") != binding:
            return Outcome(user, ok=False, why="the proof is wrong" if password else "no such user")
        # RFC 4954 has no data with success: the signature is one more challenge, answered by nothing.
        yield b"v=" + b64encode(signature)
        return Outcome(user, ok=True)

    return run


def _proven(name: str, password: str, salt: bytes, message: bytes, proof: str) -> bytes:
    """The server's signature (RFC 5802 §3) if *proof* is right, else nothing."""
    prepared = unicodedata.normalize("NFKC", password)
    salted = hashlib.pbkdf2_hmac(name, _octets(prepared), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", name)
    signature = hmac.digest(hashlib.new(name, client_key).digest(), message, name)
    expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    try:
        given = b64decode(proof, validate=True)
    except ValueError:
        return b""
    if not hmac.compare_digest(given, expected):
        return b""
    return hmac.digest(hmac.digest(salted, b"Server Key", name), message, name)


def _xoauth2(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """Google's and Microsoft's: user=…^Aauth=Bearer …^A^A; a failure is told as JSON first."""
    fields = _pairs((yield b"").split(b"\x01"))
    user, token = fields.get("user", ""), _bearer(fields)
    if token and verifier.check(user, token):
        return Outcome(user, ok=True)
    yield json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.example.org/"}).encode()
    return Outcome(user, ok=False)


def _oauthbearer(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """RFC 7628: a GS2 header with the user, then key=value pairs between ^A."""
    header, *pairs = (yield b"").split(b"\x01")
    fields = _pairs(pairs)
    user = _text(header).rstrip(",").rpartition("a=")[2] if b"a=" in header else ""
    user = user.replace("=2C", ",").replace("=3D", "=")
    token = _bearer(fields)
    if token and verifier.check(user, token):
        return Outcome(user, ok=True)
    yield json.dumps({"status": "invalid_token"}).encode()
    return Outcome(user, ok=False)


def _anonymous(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """RFC 4505: what the client sends is a trace, not a name."""
    yield b""
    return Outcome("anonymous", ok=verifier.anyone or verifier.password("anonymous") is not None)


def _external(verifier: Verifier, certificate: str, hostname: str) -> Exchange:  # noqa: ARG001
    """RFC 4422 appendix A: the certificate has proved who the client is; it may act for a known user."""
    user = _text((yield b"")) or certificate
    if not certificate:
        return Outcome(user, ok=False, why="there is no client certificate")
    known = user == certificate or verifier.anyone or verifier.password(user) is not None
    return Outcome(user, ok=known, why="" if known else f"the certificate is {certificate}'s")


_MECHANISMS = {
    "PLAIN": Mechanism(_plain),
    "LOGIN": Mechanism(_login),
    "CRAM-MD5": Mechanism(_cram_md5, server_first=True),
    "SCRAM-SHA-1": Mechanism(_scram("sha1")),
    "SCRAM-SHA-256": Mechanism(_scram("sha256")),
    "XOAUTH2": Mechanism(_xoauth2),
    "OAUTHBEARER": Mechanism(_oauthbearer),
    "ANONYMOUS": Mechanism(_anonymous),
    "EXTERNAL": Mechanism(_external),
}


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _attributes(text: str) -> dict[str, str]:
    """SCRAM's ``a=1,b=2``."""
    return {key: value for key, sign, value in (item.partition("=") for item in text.split(",")) if sign}


def _pairs(items: list[bytes]) -> dict[str, str]:
    pairs = (_text(item).partition("=") for item in items)
    return {key.lower(): value for key, sign, value in pairs if sign}


def _bearer(fields: dict[str, str]) -> str:
    kind, _, token = fields.get("auth", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
