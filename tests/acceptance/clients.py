"""Clients that send a sample: each a way to send it, and what the client is known to make of the content.

`smtplib` and `raw` are always there; curl and swaks are programs of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

import pytest
from acceptance.corpus import Sample
from sending import RawClient

TIMEOUT = 60.0
Address = tuple[str, int]


class Client(ABC):
    """Sends samples."""

    program = ""

    def require(self) -> None:
        """Skip the test where the client is not installed; fail it where the run must have every client."""
        if self.program and not shutil.which(self.program):
            said = f"{self.program} is not installed: apt-get install {self.program}"
            if os.environ.get("MAILSINK_REQUIRE_CLIENTS") == "1":
                pytest.fail(said, pytrace=False)
            pytest.skip(said)

    @abstractmethod
    def send(self, address: Address, sample: Sample, directory: Path) -> None:
        """Send *sample* over a connection of its own; files may be put into *directory*."""

    def content(self, sample: Sample) -> bytes:
        """The content as the client sends it, transparency dots taken out again."""
        return sample.content

    def paths(self, sample: Sample) -> tuple[str, tuple[str, ...]]:
        """The envelope's paths as the client sends them."""
        return sample.reverse_path, sample.forward_paths


class Raw(Client):
    """Says every octet itself, so that nothing is changed."""

    def send(self, address: Address, sample: Sample, directory: Path) -> None:  # noqa: ARG002
        client = RawClient(address)
        try:
            client.reply()
            assert client.ask(b"EHLO client.example.org").startswith(b"250")
            options = "".join(f" {option}" for option in sample.options)
            assert client.ask(f"MAIL FROM:<{sample.reverse_path}>{options}".encode()).startswith(b"250")
            for path in sample.forward_paths:
                assert client.ask(f"RCPT TO:<{path}>".encode()).startswith(b"250")
            assert client.ask(b"DATA").startswith(b"354")
            client.say(on_the_wire(sample.content))
            assert client.reply().startswith(b"250")
        finally:
            client.close()


class Smtplib(Client):
    def send(self, address: Address, sample: Sample, directory: Path) -> None:  # noqa: ARG002
        with smtplib.SMTP(*address, timeout=TIMEOUT) as client:
            client.sendmail(
                sample.reverse_path, sample.forward_paths, sample.content, mail_options=sample.options
            )

    def content(self, sample: Sample) -> bytes:
        # It doubles a dot after any LF; only after CRLF is the second one for transparency.
        return re.sub(rb"(?<!\r)\n\.", b"\n..", sample.content)


class Curl(Client):
    program = "curl"

    def send(self, address: Address, sample: Sample, directory: Path) -> None:
        file = directory / "content.eml"
        file.write_bytes(sample.content)
        host, port = address
        rcpts = [word for path in sample.forward_paths for word in ("--mail-rcpt", path)]
        call("curl", "--silent", "--show-error", f"smtp://{host}:{port}/client.example.org",
             "--mail-from", sample.reverse_path, *rcpts, "--upload-file", str(file))  # fmt: skip

    def paths(self, sample: Sample) -> tuple[str, tuple[str, ...]]:
        # It writes a domain that is not ASCII in its ASCII form.
        return in_idna(sample.reverse_path), tuple(map(in_idna, sample.forward_paths))


class Swaks(Client):
    program = "swaks"

    def send(self, address: Address, sample: Sample, directory: Path) -> None:
        # --no-data-fixup: what is in the file goes out as it is, and then CRLF.
        file = directory / "wire"
        file.write_bytes(on_the_wire(sample.content).removesuffix(b"\r\n"))
        host, port = address
        call("swaks", "--silent", "2", "--server", f"{host}:{port}", "--ehlo", "client.example.org",
             "--from", sample.reverse_path or "<>", "--to", ",".join(sample.forward_paths),
             "--no-data-fixup", "--data", f"@{file}", "--timeout", "60s")  # fmt: skip


def on_the_wire(content: bytes) -> bytes:
    """*content* with its transparency dots and its end (RFC 5321 §4.5.2); it ends with CRLF itself."""
    assert content.endswith(b"\r\n")
    return (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def in_idna(path: str) -> str:
    local, at, domain = path.rpartition("@")
    return path if domain.isascii() else f"{local}{at}{domain.encode('idna').decode()}"


def call(*command: str) -> None:
    environment = os.environ | {"LC_ALL": "C.UTF-8", "no_proxy": "*", "HOME": "/nonexistent"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-2_000:]


CLIENTS = {"raw": Raw(), "smtplib": Smtplib(), "curl": Curl(), "swaks": Swaks()}
