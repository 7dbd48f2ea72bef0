"""The content of a message line by line, as it was sent, with line ends and defects in their places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailsink.mime import clean

from ..values import DefectJSON

__all__ = ["MAX_LINES", "MAX_OCTETS", "Line", "Source", "source"]

# What a browser shows without a pause. The rest is in the file.
MAX_LINES = 5_000
MAX_OCTETS = 1_000_000

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
_NAME = re.compile(r"([!-9;-~]+:)(.*)", re.DOTALL)
_ENDS = {b"\r\n": "CRLF", b"\n": "LF", b"\r": "CR", b"": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line: the field's *name* with its colon where one begins, the *text*, how it ended.

    *end* is ``CRLF``, ``LF``, ``CR`` or, on a last line without an end, ``""``. *is_edge* marks a
    boundary; *notes* are the defects found here.
    """

    name: str
    text: str
    end: str
    is_edge: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The lines that are shown, how many there are in all, and how often each odd line end occurs."""

    lines: tuple[Line, ...]
    total: int
    odd_ends: tuple[tuple[str, int], ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are more lines than are shown."""
        return self.total > len(self.lines)


def source(content: bytes, defects: Iterable[DefectJSON] = ()) -> Source:
    """Read *content* into lines. Octets that are not UTF-8 are shown as ``\\xNN``."""
    notes: dict[int, tuple[str, ...]] = {}
    for defect in defects:
        notes[defect.line] = (*notes.get(defect.line, ()), defect.sentence)
    ends = Counter(re.findall(rb"\r\n|\n|\r", content))
    total = sum(ends.values()) + (1 if content and content[-1:] not in b"\r\n" else 0)
    odd = tuple((_ENDS[end], ends[end]) for end in (b"\n", b"\r") if ends[end])
    return Source(lines=tuple(_lines(content, notes)), total=total, odd_ends=odd)


def _lines(content: bytes, notes: dict[int, tuple[str, ...]]) -> Iterator[Line]:
    in_fields = True
    for number, (octets, end) in enumerate(_pieces(content[:MAX_OCTETS]), 1):
        if number > MAX_LINES:
            return
        text = clean(octets.decode("utf-8", "backslashreplace"))
        in_fields = in_fields and bool(octets)
        field = _NAME.fullmatch(text) if in_fields and text[:1] not in (" ", "\t") else None
        yield Line(
            name=field[1] if field else "",
            text=field[2] if field else text,
            end=_ENDS[end],
            is_edge=not in_fields and text.startswith("--") and len(text) > 2,
            notes=notes.get(number, ()),
        )


def _pieces(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _LINE.finditer(content):
        if match[0]:
            yield match[1], match[2]
