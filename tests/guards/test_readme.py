"""The README is short, and what it shows works."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from guards.sources import ROOT, blocks, write_tests

README = ROOT / "README.md"
TEXT = README.read_text("utf-8")


def test_the_examples_pass(tmp_path):
    for block in blocks(README, "python"):
        write_tests(block, tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_one_example_uses_the_fixture_and_one_the_sink():
    code = [block.code for block in blocks(README, "python")]

    assert any(re.search(r"def test_\w+\(mailsink\)", each) for each in code)
    assert any("with Sink() as sink" in each for each in code)


def test_the_first_code_comes_within_sixty_words():
    before = TEXT.split("```")[0]
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", before)

    assert len(prose.split()) <= 60


def test_the_first_code_is_the_two_commands():
    first = blocks(README, "sh")[0]

    commands = [line.split("#")[0].strip() for line in first.code.splitlines()]

    assert commands == ["make run", "make test"]


@pytest.mark.parametrize("block", blocks(README, "sh"), ids=lambda block: block.name)
def test_the_make_targets_are_there(block):
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for target in re.findall(r"^make (\w+)", block.code, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_there_are_three_badges_at_most():
    images = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", TEXT)

    assert len([image for image in images if image.startswith("http")]) <= 3


def test_the_inbox_is_shown():
    assert re.search(r"!\[[^\]]+\]\(docs/inbox\.png\)", TEXT)
