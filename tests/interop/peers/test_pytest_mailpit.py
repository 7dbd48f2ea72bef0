"""PyPI's pytest-mailpit, as it was published: a suite that was written with it for Mailpit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from interop.peers.published import PYTHON, TIMEOUT
from programs import lack

SUITE = Path(__file__).with_name("mailpit_suite.py")


def test_a_suite_that_was_written_for_mailpit_passes(web, sink, tmp_path):
    if not (PYTHON.parent / "pytest").is_file():
        lack("pytest-mailpit is not installed; `make .venv/for-peers` installs it.")
    shutil.copy(SUITE, tmp_path / "test_suite.py")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "MAILPIT_URL": web.url,
        "MAILPIT_SMTP": f"{sink.host}:{sink.port}",
    }

    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )

    said = done.stdout + done.stderr
    assert "1 failed, 7 passed" in said, said
    # The one that fails does so on purpose: what it shows of the inbox, and where.
    assert "Kept" in said.partition("Expected 1 message matching")[2]
    assert f"Tagged 'failed test_a_failure_tells_what_came': {web.url}/search?q=tag%3A" in said
