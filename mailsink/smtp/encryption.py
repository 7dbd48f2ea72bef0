"""What can come before a greeting, or instead of one: PROXY's header and the TLS handshake.

Acts on a connection; certificates and contexts are in `mailsink.smtp.tls`.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

from .breaking import Verdict
from .content import CountedCollector
from .forwarded import ForwardedError, read_proxy, source_of
from .tls import describe

if TYPE_CHECKING:
    from .connection import Connection

__all__ = ["read_proxy_header", "start_tls"]

# RFC 3207 sets no time; a client that has begun is expected to go on.
HANDSHAKE_TIMEOUT = 30.0
# How long a client may take to answer the end of TLS.
SHUTDOWN_TIMEOUT = 2.0


async def read_proxy_header(connection: Connection) -> bool:
    """HAProxy's header, version 1 or 2, comes before anything else; false when it is wrong."""
    try:
        header = await read_proxy(connection.reader, timeout=HANDSHAKE_TIMEOUT)
    except ForwardedError as error:
        connection.close(f"The PROXY header is wrong: {error}.")
        return False
    connection.session.proxy_data = header
    if not await connection.proxy_hook(header):
        connection.close("The handler refused what the PROXY header says.")
        return False
    connection.peer = source_of(header) or connection.peer
    connection.transcript.event(f"PROXY says the client is {connection.peer}.")
    return True


async def start_tls(connection: Connection, mode: str) -> bool:
    """Do the handshake; false when it failed, and the transcript says why."""
    certificates = connection.port.certificates
    assert certificates is not None
    assert connection.transport is not None
    if mode == "starttls":
        _drop_early(connection)
    verdict = await connection.breaker.at("handshake") if connection.port.plan.active else Verdict()
    if verdict.skip:
        return False
    if verdict.tls == "garbage":
        # Not before the client has begun: it might read it with the reply to STARTTLS.
        await connection.reader.collect(CountedCollector(1))
        connection.write_octets(b"this is not TLS\r\n")
        connection.hang_up("A fault answered the TLS handshake with garbage.")
        return False
    early = connection.reader.forget()
    if early:
        connection.loop.call_soon(_feed_handshake, connection, early)
    try:
        transport = await connection.loop.start_tls(
            connection.transport,
            connection,
            certificates.trouble(verdict.tls) if verdict.tls else certificates.context(),
            server_side=True,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
            ssl_shutdown_timeout=SHUTDOWN_TIMEOUT,
        )
    except (OSError, TimeoutError) as error:
        connection.close(f"The TLS handshake failed: {_tls_reason(error)}.")
        return False
    if transport is None or connection.transport is None:
        connection.close("The client closed the connection during the TLS handshake.")
        return False
    _encrypted(connection, transport, mode)
    return True


def _drop_early(connection: Connection) -> None:
    """RFC 3207 §5: what was pipelined behind STARTTLS may be an attacker's."""
    early = connection.reader.forget()
    if early:
        connection.note(f"{len(early)} octets came behind STARTTLS in the clear and were dropped.")
        connection.transcript.event(connection.notes[-1])


def _feed_handshake(connection: Connection, octets: bytes) -> None:
    """Hand over what came in one piece with PROXY's header, or while a fault had us wait.

    start_tls knows only what comes later.
    """
    if connection.transport is None:
        return
    protocol: Any = connection.transport.get_protocol()
    # The loop's own TLS, unless the handshake is over; uvloop's has no base class in common with asyncio's.
    if protocol is not connection:
        memoryview(protocol.get_buffer(len(octets)))[: len(octets)] = octets
        protocol.buffer_updated(len(octets))


def _encrypted(connection: Connection, transport: asyncio.Transport, mode: str) -> None:
    connection.take_encrypted(transport)
    connection.tls = describe(transport.get_extra_info("ssl_object"), mode)
    connection.dialogue.is_encrypted = True
    connection.dialogue.certificate = connection.tls.client_certificate
    facts = [connection.tls.version, connection.tls.cipher]
    if connection.tls.server_name:
        facts.append(f"for {connection.tls.server_name}")
    if connection.tls.client_certificate:
        facts.append(f"client certificate {connection.tls.client_certificate}")
    connection.transcript.event(f"TLS is active: {', '.join(facts)}.")


def _tls_reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason
    if isinstance(error, ConnectionError):
        return "the client went away; it may not trust the certificate"
    return str(error) or type(error).__name__
