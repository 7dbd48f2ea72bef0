"""The bench of searches runs, at a size that takes no time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from keeping import ENVIRONMENT

BENCH = Path(__file__).with_name("search_at_scale.py")


def test_the_bench_measures_every_search():
    done = subprocess.run(
        [sys.executable, str(BENCH), "200"], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )

    lines = done.stdout.splitlines()
    assert lines[0].startswith("200 messages;")
    assert any(line.startswith("to:, one") and line.endswith(" 1") for line in lines)
    assert lines[-1].startswith("clear ")
