"""The bench of waiters runs, with few of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from keeping import ENVIRONMENT

BENCH = Path(__file__).with_name("waiters.py")


def test_the_bench_measures_all_ways_and_counts_threads():
    done = subprocess.run(
        [sys.executable, str(BENCH), "4", "--requests", "60"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )

    lines = done.stdout.splitlines()
    assert lines[0].startswith("4 waiters, memory:")
    assert [re.sub(r"\d+", "9", line.split("  ")[0]) for line in (*lines[1:3], lines[4])] == [
        "each its own mail, one by one",
        "one mail for all",
        "each its own, 9 mails/s beside it",
    ]
    before, after = re.search(r"(\d+) threads before, (\d+) after", lines[3]).groups()
    # Threads of the waits before may still be on their way out when the first count is taken.
    assert int(after) <= int(before)
