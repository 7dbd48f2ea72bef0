"""schemathesis asks a real server for all that its document allows, and for much that it does not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from interop.peers.published import PYTHON
from programs import lack
from sending import mail

# In seconds; a run costs about 15 of one processor.
TIMEOUT = 280
# No server fails, and each answer has a status, a type, header fields and a shape that the document names.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# So many guesses at each operation, after what the document itself suggests: for a longer run by hand.
GUESSES = os.environ.get("SCHEMATHESIS_EXAMPLES", "")


@pytest.mark.timeout(300)
def test_whatever_is_asked_the_answer_is_one_that_the_document_names(web, capture, tmp_path):
    if not PYTHON.is_file():
        lack("schemathesis is not installed; `make .venv/for-peers` installs it.")
    for number in range(3):
        capture(mail(f"Hello {number}"))

    done = subprocess.run(
        [
            PYTHON.with_name("st"),
            "run",
            f"{web.url}/api/openapi.json",
            *("--checks", ",".join(CHECKS)),
            *("--exclude-operation-id", "stream"),  # it does not end
            *("--phases", "examples,coverage,fuzzing" if GUESSES else "examples,coverage"),
            *(("--max-examples", GUESSES) if GUESSES else ()),
            *("--seed", "1"),
            *("--workers", "2"),
            *("--request-timeout", "20"),
            "--continue-on-failure",
            "--no-shrink",
            "--no-color",
        ],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parent),
            "SCHEMATHESIS_HOOKS": "unhurried",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )

    assert done.returncode == 0, done.stdout + done.stderr
