"""A text body as blocks: what is quoted, how deep, and where the signature begins (RFC 3676 §4.3, §4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from . import words

__all__ = ["MAX_DEPTH", "Block", "blocks"]

# Depths that look different; deeper ones look like the last.
MAX_DEPTH = 4

_MARKS = re.compile(r"(?:>[ \t]?)*")
# The marks that a mailer may put before ">": a person's initials are not told from a shell's prompt.
_SEPARATOR = ("-- ", "--")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of the same kind, their ends included; *depth* is 0 for what the author wrote.

    *pieces* are texts with the address that each leads to, ``""`` for none.
    """

    depth: int
    is_signature: bool
    pieces: list[tuple[str, str]]


def blocks(text: str) -> list[Block]:
    """Take *text* apart; put together again, the pieces are *text*."""
    lines = text.splitlines(keepends=True)
    signature = next(
        (at for at in range(len(lines) - 1, -1, -1) if lines[at].rstrip("\r\n") in _SEPARATOR), len(lines)
    )
    kinds = [(_depth(line), at >= signature) for at, line in enumerate(lines)]
    found = []
    for (depth, is_signature), group in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
        own = "".join(line for _, line in group)
        found.append(Block(depth=depth, is_signature=is_signature, pieces=words.linked(own)))
    return found


def _depth(line: str) -> int:
    marks = _MARKS.match(line)
    return min(marks[0].count(">"), MAX_DEPTH) if marks else 0
