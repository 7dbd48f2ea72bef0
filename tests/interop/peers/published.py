"""Published clients in Node and in Python; calls.cjs and calls.py are the programs that call them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interop.clients.nodemailer import MODULES
from programs import lack

HERE = Path(__file__).parent
# Beside the environment that the tests run in: see the Makefile.
PYTHON = Path(sys.prefix, "peers", "bin", "python")
TIMEOUT = 30.0


class CallError(Exception):
    """The client failed; the text is its own."""


class Client:
    """A published client in a process of its own; a method is called by its own name: ``client.getTags()``.

    *methods* are those that a user may call. Where it fails, CallError is raised. Use it with ``with``.
    """

    def __init__(self, command: Sequence[str], home: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home)} | environment,
            text=True,
            encoding="utf-8",
        )
        self.methods: list[str] = self._heard()

    def _heard(self) -> Any:
        line = self._process.stdout.readline()
        assert line, f"the client ended with {self._process.wait(TIMEOUT)}"
        return json.loads(line)

    def __getattr__(self, method: str) -> Any:
        return lambda *words, **named: self._call([method, named] if named else [method, *words])

    def _call(self, what: list[object]) -> Any:
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        said = self._heard()
        if "error" in said:
            raise CallError(said["error"])
        return said["value"]

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(TIMEOUT)


def of_npm(package: str, url: str, home: Path) -> Client:
    """The client in the npm package *package*."""
    node = shutil.which("node")
    if node is None:
        lack("node is not installed; install Node 20 or newer, with npm.")
    if not (MODULES / package).is_dir():
        lack(f"{package} is not installed; `make packages` installs it, by npm, or says how.")
    return Client([node, str(HERE / "calls.cjs"), package, url], home, NODE_PATH=str(MODULES))


def of_pypi(package: str, url: str, home: Path) -> Client:
    """The client in the distribution *package*."""
    if not PYTHON.is_file():
        lack(f"{package} is not installed; `make .venv/for-peers` installs it.")
    return Client([str(PYTHON), str(HERE / "calls.py"), package, url], home)


def uncalled(client: Client, test_file: str) -> list[str]:
    """The methods that *test_file* does not call."""
    source = Path(test_file).read_text("utf-8")
    return [name for name in client.methods if f"client.{name}(" not in source]
