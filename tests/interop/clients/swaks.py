"""swaks, the Swiss Army Knife for SMTP."""

from __future__ import annotations

from interop.delivery import Delivery, Report
from programs import run


def deliver(delivery: Delivery, *more: str) -> Report:
    """*more* are more options."""
    file = delivery.folder / "content"
    # Without the final dot it would take the last line end for the content's own, and add another.
    file.write_bytes(delivery.content + b".\r\n")
    command = [
        "swaks",
        *(
            ("--socket", delivery.file)
            if delivery.file
            else ("--server", delivery.host, "--port", str(delivery.port))
        ),
        *("--timeout", "25", "--helo", "client.example.org"),
        *("--from", delivery.sender, "--to", ",".join(delivery.recipients)),
        *("--data", f"@{file}", "--protocol", "LMTP" if delivery.lmtp else "ESMTP"),
        *_tls(delivery),
        *more,
    ]
    if delivery.mechanism:
        command += ["--auth", delivery.mechanism]
        command += ["--auth-user", delivery.user, "--auth-password", delivery.password]
    finished = run(command, home=delivery.folder)
    return Report(finished.code == 0, finished.said)


def _tls(delivery: Delivery) -> list[str]:
    if delivery.tls == "none":
        return []
    words = ["-tls" if delivery.tls == "starttls" else "-tlsc"]
    words += ["--tls-verify", "--tls-ca-path", str(delivery.trust), "--tls-sni", delivery.host]
    if delivery.certificate is not None:
        cert, key = map(str, delivery.certificate)
        words += ["--tls-cert", cert, "--tls-key", key]
    return words
