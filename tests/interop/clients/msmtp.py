"""msmtp, as a sendmail command."""

from __future__ import annotations

import shlex
import sys

from interop.delivery import Delivery, Report
from programs import run


def deliver(delivery: Delivery, *more: str) -> Report:
    """*more* are more options."""
    command = [
        "msmtp",
        # With a host on the command line it reads no configuration file.
        *(f"--host={delivery.host}", "--timeout=25", "--domain=client.example.org"),
        # For LMTP it asks for a port even where there is a socket.
        *([f"--socket={delivery.file}"] if delivery.file else []),
        f"--port={delivery.port or 24}",
        *(f"--protocol={'lmtp' if delivery.lmtp else 'smtp'}", f"--from={delivery.sender}"),
        *_tls(delivery),
        *_authentication(delivery),
        *more,
    ]
    if delivery.dsn is not None:
        command.append(f"--dsn-notify={','.join(delivery.dsn.notify).lower()}")
        command.append(f"--dsn-return={'full' if delivery.dsn.ret == 'FULL' else 'headers'}")
    finished = run(
        [*command, "--", *delivery.recipients],
        home=delivery.folder,
        stdin=delivery.content.replace(b"\r\n", b"\n"),
    )
    return Report(finished.code == 0, finished.said)


def _tls(delivery: Delivery) -> list[str]:
    if delivery.tls == "none":
        return ["--tls=off"]
    words = ["--tls=on", f"--tls-starttls={'on' if delivery.tls == 'starttls' else 'off'}"]
    words += ["--tls-certcheck=on", f"--tls-trust-file={delivery.trust}"]
    if delivery.certificate is not None:
        cert, key = delivery.certificate
        words += [f"--tls-cert-file={cert}", f"--tls-key-file={key}"]
    return words


def _authentication(delivery: Delivery) -> list[str]:
    if not delivery.mechanism:
        return ["--auth=off"]
    words = [f"--auth={delivery.mechanism.lower()}", f"--user={delivery.user}"]
    if delivery.mechanism != "EXTERNAL":
        # There is no option for the password: it is what a command prints.
        tell = [sys.executable, "-c", "import sys; print(sys.argv[1])", delivery.password]
        words.append(f"--passwordeval={shlex.join(tell)}")
    return words


def without_bcc(content: bytes) -> bytes:
    """Its manual: Bcc fields are removed; the rest is sent unaltered, but for fields that are not there."""
    return b"\r\n".join(line for line in content.split(b"\r\n") if not line.lower().startswith(b"bcc:"))
