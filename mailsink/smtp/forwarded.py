"""Who a trusted client or proxy says the client is: XCLIENT and the PROXY protocol.

Reads; what follows from it is the connection's business.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import warnings
from typing import TYPE_CHECKING

from ..model import Peer

if TYPE_CHECKING:
    from aiosmtpd.proxy_protocol import ProxyData

__all__ = ["ForwardedError", "read_proxy", "read_xclient", "source_of"]

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


async def read_proxy(reader: asyncio.StreamReader, *, timeout: float) -> ProxyData:
    """Read HAProxy's header, version 1 or 2, and nothing that follows it.

    *timeout* is in seconds. Raises ForwardedError when the header is wrong or does not come.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from aiosmtpd.proxy_protocol import get_proxy

    try:
        header = await asyncio.wait_for(get_proxy(reader), timeout)
    except TimeoutError:
        raise ForwardedError(f"it did not come within {timeout:g} s") from None
    except asyncio.IncompleteReadError:
        raise ForwardedError("the client closed the connection before it") from None
    if not header.valid:
        raise ForwardedError(header.error or "it cannot be read")
    return header


def source_of(header: ProxyData) -> Peer | None:
    """Whose connection *header* says this is; ``None`` where it is the proxy's own (LOCAL, UNKNOWN)."""
    # Version 2's LOCAL is command 0; what address it may carry is to be ignored.
    if header.command == 0 or not header.src_addr:
        return None
    if isinstance(header.src_addr, bytes):
        return Peer("")
    return Peer(str(header.src_addr), header.src_port or 0)
