"""SCRAM's client side (RFC 5802), for tests of the server's."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode


class ScramClient:
    """Logs *user* in; *hash_name* is hashlib's. `expected` is what the server must prove in return."""

    def __init__(self, hash_name: str, user: str, password: str) -> None:
        self.hash = hash_name
        self.password = password.encode()
        self.bare = f"n={user},r=fyko+d2lbbFgONRv9qkxdawL"
        self.first = f"n,,{self.bare}".encode()

    def final(self, server_first: bytes, binding: str = "biws") -> bytes:
        fields = dict(item.split("=", 1) for item in server_first.decode().split(","))
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", self.hash)
        without_proof = f"c={binding},r={fields['r']}"
        message = f"{self.bare},{server_first.decode()},{without_proof}".encode()
        signature = hmac.digest(hashlib.new(self.hash, key).digest(), message, self.hash)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self.expected = hmac.digest(hmac.digest(salted, b"Server Key", self.hash), message, self.hash)
        return f"{without_proof},p={b64encode(proof).decode()}".encode()
