"""What a step's summary page on GitHub shows: the mail of tests that failed, and late mail.

Knows the file's format, which is Markdown; imported where there is such a file and something to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["Failed", "write"]

# GitHub takes 1 MiB for a step, of which others want to write, too.
LONGEST = 200_000
# Name of the test, its section of captured mail, where its files are ("" where there are none).
Failed = tuple[str, str, str]


def write(file: Path, failed: Sequence[Failed], late: Sequence[str]) -> None:
    """Append to *file* what came in each of the *failed* tests, and the lines of *late* mail."""
    text = "\n".join(_lines(failed, late)) + "\n"
    if len(text) > LONGEST:
        text = _cut(text)
    with file.open("a", encoding="utf-8", errors="replace") as stream:
        stream.write(text)


def _lines(failed: Sequence[Failed], late: Sequence[str]) -> Iterator[str]:
    yield "### mailsink\n"
    for name, captured, files in failed:
        yield f"Mail of the failed test {_code(name)}"
        if files:
            yield f"\nIts files are in {_code(files)}"
        yield from _block(captured)
    if late:
        yield "Mail that came when its test was over"
        yield from _block("\n".join(late))


def _cut(text: str) -> str:
    fence = max(re.findall(r"^`{3,}", text, re.MULTILINE), key=len, default="```")
    return f"{text[:LONGEST]}\n{fence}\n\nThe rest is in the run's output.\n"


def _code(text: str) -> str:
    """*text* as a piece of code, whatever backticks it holds (CommonMark 6.1)."""
    ticks = _longer_than(text, 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{' '.join(text.split())}{space}{ticks}"


def _block(text: str) -> Iterator[str]:
    """*text* as a block of code (CommonMark 4.5): what a mail holds is no Markdown of ours."""
    fence = _longer_than(text, 3)
    yield f"\n{fence}text\n{text}\n{fence}\n"


def _longer_than(text: str, least: int) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
