"""The sixteen tests of the documentation, each run by itself as a user would run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from guards.sources import ROOT, blocks

PAGE = ROOT / "docs/pytest-examples.md"
EXAMPLES = blocks(PAGE, "python")


def title(block) -> str:
    """The heading that *block* stands under."""
    above = PAGE.read_text("utf-8").splitlines()[: block.line - 1]
    return next(line.removeprefix("## ") for line in reversed(above) if line.startswith("## "))


TITLES = [title(block) for block in EXAMPLES]


def test_there_are_sixteen_each_with_a_heading_of_its_own():
    assert len(set(TITLES)) == len(TITLES) == 16


@pytest.mark.parametrize("block", EXAMPLES, ids=TITLES)
def test_an_example_passes(run, block):
    result = run(block.code, "-W", "error")

    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}, result.stdout.str()


def test_all_of_them_pass_side_by_side(run, pytester):
    for number, block in enumerate(EXAMPLES):
        Path(pytester.path / f"test_example_{number}.py").write_text(block.code, "utf-8")

    result = run("", "-n", "2", plugins=("xdist",))

    assert result.parseoutcomes()["passed"] >= 16
    assert result.ret == pytest.ExitCode.OK
    assert "late mail" not in result.stdout.str()
