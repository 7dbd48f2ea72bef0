"""Other people's programs: found or skipped for, run with a limit of time, ended by their own id."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

# In seconds. The slowest needs half of one; a loaded machine may take ten times as long.
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended, and all that it said."""

    code: int
    said: str


def need(*names: str) -> None:
    """Skip the test that asks unless all programs are here; fail it where MAILSINK_REQUIRE_CLIENTS is 1."""
    for name in names:
        if shutil.which(name) is None:
            lack(f"{name} is not installed; `make packages` installs it or says how.")


def lack(sentence: str) -> None:
    """Skip the test that asks, saying *sentence*; fail it where MAILSINK_REQUIRE_CLIENTS is 1."""
    if os.environ.get("MAILSINK_REQUIRE_CLIENTS") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def run(command: Sequence[str], *, home: Path, stdin: bytes = b"", **environment: str) -> Finished:
    """Run *command* to its end; it finds no settings of the user's, for *home* is its home.

    Raises subprocess.TimeoutExpired, and the program is gone, when it takes too long.
    """
    finished = subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_bare_environment() | {"HOME": str(home)} | environment,
        timeout=TIMEOUT,
        check=False,
    )
    return Finished(code=finished.returncode, said=finished.stdout.decode("utf-8", "replace"))


def _bare_environment() -> dict[str, str]:
    """What a program needs to run; no proxies, languages or options."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SystemRoot") if name in os.environ}
    # A locale in UTF-8 that is there without being installed: curl reads addresses by it.
    return kept | {"LC_ALL": "C.UTF-8"}
