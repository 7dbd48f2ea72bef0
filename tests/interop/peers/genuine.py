"""Mailpit itself, where it is on this machine: found by MAILSINK_MAILPIT or on the PATH, never fetched.

With Go it is built by ``go install github.com/axllent/mailpit@v1.30.5``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

TIMEOUT = 30.0


def program() -> str:
    """The program's path; skips the test that asks where there is none."""
    found = os.environ.get("MAILSINK_MAILPIT") or shutil.which("mailpit")
    if not found:
        pytest.skip("Mailpit is not on this machine; put it on the PATH, or name it in MAILSINK_MAILPIT.")
    return found


class Mailpit:
    """A Mailpit of its own. With ``with`` it is gone at the end."""

    def __init__(self, directory: Path) -> None:
        mailpit = program()
        self.smtp, web = ("127.0.0.1", _free_port()), _free_port()
        self.url = f"http://127.0.0.1:{web}"
        listen = ("--listen", f"127.0.0.1:{web}")
        environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
        self._process = subprocess.Popen(
            [
                *(mailpit, *listen, "--smtp", f"127.0.0.1:{self.smtp[1]}"),
                *("--database", str(directory / "mailpit.db"), "--max", "0"),
                *("--disable-version-check", "--enable-chaos", "--quiet"),
                *("--smtp-auth-accept-any", "--smtp-auth-allow-insecure"),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            ready = [mailpit, "readyz", "--wait", *listen]
            subprocess.run(ready, env=environment, check=True, timeout=TIMEOUT, stdout=subprocess.DEVNULL)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(TIMEOUT)

    def __enter__(self) -> Mailpit:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _free_port() -> int:
    # Mailpit does not tell which port the system chose, so it is chosen before.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
