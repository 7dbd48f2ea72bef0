"""The fields that tell a receiver which delivery it is, and that it is ours (Standard Webhooks 1.0).

https://www.standardwebhooks.com has libraries that check them, in most languages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

__all__ = ["fields_of", "key_of"]

_PREFIX = "whsec_"


def fields_of(delivery: str, moment: int, body: bytes, secret: str) -> dict[str, str]:
    """The header fields of a delivery sent at *moment*, in seconds since 1970; ``""`` signs nothing."""
    fields = {"webhook-id": delivery, "webhook-timestamp": str(moment)}
    if secret:
        signed = f"{delivery}.{moment}.".encode() + body
        digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
        fields["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return fields


def key_of(secret: str) -> bytes:
    """The octets that sign: after ``whsec_`` what Base64 stands for, else the text's own."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a secret that begins with whsec_ goes on in Base64") from None
    return secret.encode()
