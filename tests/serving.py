"""A mailsink that runs in a process of its own, for tests of what talks to one."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def running(*options: str) -> Iterator[str]:
    """`mailsink` with *options*, at ports of the system's choice; the address of its pages."""
    code = "import sys; from mailsink.cli import main; main()"
    command = [sys.executable, "-u", "-c", code, "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "look at it" in line:
                break
        else:
            raise AssertionError(f"mailsink did not start: {lines}")
        yield line.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=30)
