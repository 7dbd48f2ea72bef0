"""Type checkers know the fixture's words: right ones pass, wrong ones are refused on their own line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("fixture.py")
PYRIGHT = Path(sys.prefix, "node", "node_modules", ".bin", "pyright")
EXPECTED = {
    number: found[1]
    for number, line in enumerate(FILE.read_text("utf-8").splitlines(), 1)
    if (found := re.search(r"# error: (.+)$", line)) and "TEXT" not in line
}


def test_mypy_refuses_what_is_wrong_and_nothing_else():
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", os.devnull, FILE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    errors = dict(re.findall(r"^\S+:(\d+): error: (.*)$", done.stdout, re.MULTILINE))
    assert {int(line) for line in errors} == set(EXPECTED), done.stdout + done.stderr
    assert [line for line, text in EXPECTED.items() if text not in errors[str(line)]] == []


@pytest.mark.skipif(not PYRIGHT.exists(), reason="pyright is missing: make packages")
def test_pyright_refuses_what_is_wrong_and_nothing_else():
    command = [PYRIGHT, "--outputjson", "--pythonpath", sys.executable, FILE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = {
        one["range"]["start"]["line"] + 1: one["message"] for one in found if one["severity"] == "error"
    }
    assert set(errors) == set(EXPECTED), errors
