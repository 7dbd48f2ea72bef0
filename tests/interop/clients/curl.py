"""curl."""

from __future__ import annotations

from interop.delivery import Delivery, Report
from programs import run

BEARER = ("XOAUTH2", "OAUTHBEARER")


def deliver(delivery: Delivery) -> Report:
    file = delivery.folder / "content"
    file.write_bytes(delivery.content)
    scheme = "smtps" if delivery.tls == "implicit" else "smtp"
    command = [
        "curl",
        *("--disable", "--silent", "--show-error", "--max-time", "25"),
        # The path is what it says in EHLO.
        *("--url", f"{scheme}://{delivery.host}:{delivery.port}/client.example.org"),
        *("--upload-file", str(file), "--mail-from", delivery.sender),
        *(word for path in delivery.recipients for word in ("--mail-rcpt", path)),
        *_transport(delivery),
        *_authentication(delivery),
    ]
    finished = run(command, home=delivery.folder)
    return Report(finished.code == 0, finished.said)


def _transport(delivery: Delivery) -> list[str]:
    words = ["--unix-socket", delivery.file] if delivery.file else []
    if delivery.tls == "starttls":
        words.append("--ssl-reqd")
    if delivery.trust is not None:
        words += ["--cacert", str(delivery.trust)]
    if delivery.certificate is not None:
        cert, key = map(str, delivery.certificate)
        words += ["--cert", cert, "--key", key]
    return words


def _authentication(delivery: Delivery) -> list[str]:
    if not delivery.mechanism:
        return []
    words = ["--login-options", f"AUTH={delivery.mechanism}"]
    if delivery.mechanism in BEARER:
        return [*words, "--user", f"{delivery.user}:", "--oauth2-bearer", delivery.password]
    if delivery.mechanism == "EXTERNAL":
        return [*words, "--user", f"{delivery.user}:"]
    return [*words, "--user", f"{delivery.user}:{delivery.password}"]
