"""The command `mailsink serve` as a process of its own, for tests that must see it start, stop and die."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

TIMEOUT = 20.0
COMMAND = (sys.executable, "-m", "mailsink")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would set mailsink."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAILSINK_")} | more


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with *more* in the environment."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


class Server:
    """A process that serves; *ready* is what its ready file says. With ``with`` it is gone at the end."""

    def __init__(self, directory: Path, *arguments: str, command: tuple[str, ...] = COMMAND) -> None:
        self.ready_file = directory / "ready.json"
        ports = [] if "--smtp" in arguments else ["--smtp", "0"]
        self.process = subprocess.Popen(
            [*command, "serve", *ports, "--http", "0", "--ready-file", str(self.ready_file), *arguments],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.banner = self._read_banner()
        self.ready = json.loads(self.ready_file.read_text("utf-8"))

    def _read_banner(self) -> str:
        # The banner comes when everything listens and the ready file is written.
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("Stop with"):
                return "".join(lines)
        _, errors = self.process.communicate(timeout=TIMEOUT)
        raise AssertionError(f"did not start: {errors}")

    @property
    def smtp(self) -> tuple[str, int]:
        return self.ready["smtp"][0]["host"], self.ready["smtp"][0]["port"]

    @property
    def http(self) -> str:
        return self.ready["http"]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was said on stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, errors

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=TIMEOUT)


@contextlib.contextmanager
def running(*options: str) -> Iterator[str]:
    """`mailsink serve` with *options*, at ports of the system's choice; the address of its pages."""
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory), *options) as server:
        yield server.http
        server.stop()
