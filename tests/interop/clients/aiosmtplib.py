"""aiosmtplib."""

from __future__ import annotations

import asyncio

import aiosmtplib
from interop.clients.smtplib import GREETING, mail_options, rcpt_options, tls_context
from interop.delivery import Delivery, Report
from programs import TIMEOUT


def deliver(delivery: Delivery) -> Report:
    try:
        asyncio.run(_deliver(delivery))
    except (aiosmtplib.SMTPException, OSError) as error:
        return Report(False, f"{type(error).__name__}: {error}")
    return Report(True, "sent")


async def _deliver(delivery: Delivery) -> None:
    client = _client(delivery)
    transport = None
    try:
        async with client:
            transport = client.transport
            if delivery.mechanism:
                await client.ehlo()
                await _authenticate(client, delivery)
            await client.sendmail(
                delivery.sender,
                delivery.recipients,
                delivery.content,
                mail_options=mail_options(delivery),
                rcpt_options=rcpt_options(delivery),
            )
    finally:
        # With TLS it would wait for the other side's close_notify, for longer than the loop runs.
        if transport is not None:
            transport.abort()


def _client(delivery: Delivery) -> aiosmtplib.SMTP:
    where = (
        {"socket_path": delivery.file}
        if delivery.file
        else {"hostname": delivery.host, "port": delivery.port}
    )
    return aiosmtplib.SMTP(
        **where,
        local_hostname=GREETING,
        timeout=TIMEOUT,
        use_tls=delivery.tls == "implicit",
        start_tls=delivery.tls == "starttls",
        tls_context=None if delivery.tls == "none" else tls_context(delivery),
    )


async def _authenticate(client: aiosmtplib.SMTP, delivery: Delivery) -> None:
    """By this mechanism and no other: `login` would try all in turn."""
    answer = {
        "PLAIN": client.auth_plain,
        "LOGIN": client.auth_login,
        "CRAM-MD5": client.auth_crammd5,
        "XOAUTH2": client.auth_xoauth2,
    }
    await answer[delivery.mechanism](delivery.user, delivery.password)
