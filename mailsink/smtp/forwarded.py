"""Who a trusted client or proxy says the client is: XCLIENT and the PROXY protocol.

Reads; what follows from it is the connection's business.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import warnings

from ..model import Peer

__all__ = ["ForwardedError", "read_proxy", "read_xclient"]

# Postfix's XCLIENT_README.
_ATTRIBUTES = frozenset({"NAME", "ADDR", "PORT", "HELO", "LOGIN", "PROTO", "DESTADDR", "DESTPORT"})
_ABSENT = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")


class ForwardedError(ValueError):
    """What was said cannot be read; the text fits a 501 reply."""


def read_xclient(argument: str) -> dict[str, str]:
    """``NAME=host ADDR=192.0.2.1 …`` with xtext values; attributes that are not available are left out."""
    facts: dict[str, str] = {}
    for word in argument.split():
        name, sign, value = word.partition("=")
        if not sign or name.upper() not in _ATTRIBUTES:
            raise ForwardedError(f"XCLIENT knows {' '.join(sorted(_ATTRIBUTES))}")
        if value.upper() not in _ABSENT:
            facts[name.upper()] = _unxtext(value)
    if not facts and not argument.strip():
        raise ForwardedError("Syntax: XCLIENT attribute=value ...")
    if "ADDR" in facts:
        facts["ADDR"] = _address(facts["ADDR"].upper().removeprefix("IPV6:").lower())
    if "PORT" in facts and not (
        facts["PORT"].isascii() and facts["PORT"].isdigit() and len(facts["PORT"]) < 6
    ):
        raise ForwardedError("PORT is a number")
    return facts


def _unxtext(value: str) -> str:
    return re.sub(r"\+([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), value)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ForwardedError("ADDR is an IP address") from None


async def read_proxy(reader: asyncio.StreamReader, *, timeout: float) -> Peer | None:
    """The source that a PROXY header names; ``None`` where it names none (LOCAL, UNKNOWN).

    *timeout* is in seconds. Raises ForwardedError when the header is wrong or does not come.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from aiosmtpd.proxy_protocol import get_proxy

    try:
        header = await asyncio.wait_for(get_proxy(reader), timeout)
    except TimeoutError:
        raise ForwardedError(f"it did not come within {timeout:g} s") from None
    if not header.valid:
        raise ForwardedError(header.error or "it cannot be read")
    if not header.src_addr:
        return None
    return Peer(str(header.src_addr), header.src_port or 0)
