"""The bench of searches runs, at a size that takes no time."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bench.search_at_scale import fill
from keeping import ENVIRONMENT

from mailsink.store import open_store
from mailsink.store.sqlite import SQLiteStore

BENCH = Path(__file__).with_name("search_at_scale.py")


def test_the_bench_measures_every_search():
    done = subprocess.run(
        [sys.executable, str(BENCH), "200"], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )

    lines = done.stdout.splitlines()
    assert lines[0].startswith("200 messages;")
    assert any(line.startswith("to:, one") and line.endswith(" 1") for line in lines)
    assert lines[-1].startswith("clear ")


def test_a_file_that_is_there_is_measured_and_left_as_it_is(tmp_path: Path):
    file = tmp_path / "mail.db"
    with closing(open_store(str(file))) as store:
        assert isinstance(store, SQLiteStore)
        fill(store, 100)

    done = subprocess.run(
        [sys.executable, str(BENCH), "--existing", str(file)],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )

    assert done.stdout.startswith("100 messages;")
    with closing(open_store(str(file))) as store:
        assert store.counts().total == 100
