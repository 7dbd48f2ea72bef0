"""Python's smtplib."""

from __future__ import annotations

import smtplib
import ssl

from interop.delivery import Delivery, Report
from programs import TIMEOUT

GREETING = "client.example.org"


def deliver(delivery: Delivery) -> Report:
    try:
        with _connect(delivery) as client:
            if delivery.tls == "starttls":
                client.starttls(context=tls_context(delivery))
            client.ehlo_or_helo_if_needed()
            if delivery.mechanism:
                _authenticate(client, delivery)
            client.sendmail(
                delivery.sender,
                delivery.recipients,
                delivery.content,
                mail_options=mail_options(delivery),
                rcpt_options=rcpt_options(delivery),
            )
            return Report(True, "sent")
    except (smtplib.SMTPException, OSError) as error:
        return Report(False, f"{type(error).__name__}: {error}")


def _connect(delivery: Delivery) -> smtplib.SMTP:
    host, port = delivery.file or delivery.host, delivery.port
    if delivery.lmtp:
        return smtplib.LMTP(host, port, GREETING)
    if delivery.tls == "implicit":
        return smtplib.SMTP_SSL(host, port, GREETING, timeout=TIMEOUT, context=tls_context(delivery))
    return smtplib.SMTP(host, port, GREETING, timeout=TIMEOUT)


def _authenticate(client: smtplib.SMTP, delivery: Delivery) -> None:
    """By this mechanism and no other: `login` would try all three in turn."""
    client.user, client.password = delivery.user, delivery.password
    answer = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login, "CRAM-MD5": client.auth_cram_md5}
    client.auth(delivery.mechanism, answer[delivery.mechanism])


def tls_context(delivery: Delivery) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=delivery.trust)
    if delivery.certificate is not None:
        context.load_cert_chain(*delivery.certificate)
    return context


def mail_options(delivery: Delivery) -> list[str]:
    """The parameters of MAIL, as smtplib and aiosmtplib take them."""
    options = []
    if delivery.eight_bit:
        options.append("BODY=8BITMIME")
    if delivery.utf8:
        options.append("SMTPUTF8")
    if delivery.require_tls:
        options.append("REQUIRETLS")
    if delivery.dsn is not None:
        options += [f"RET={delivery.dsn.ret}", f"ENVID={delivery.dsn.envid}"]
    return options


def rcpt_options(delivery: Delivery) -> list[str]:
    if delivery.dsn is None:
        return []
    return [f"NOTIFY={','.join(delivery.dsn.notify)}", f"ORCPT={delivery.dsn.orcpt}"]
