"""The MIME parts as lines of a tree: for each part the marks that draw the branches to its left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from mailsink.mime import Part

from ..present import MOST_PARTS
from .files import Kind, kind_of

__all__ = ["Branch", "branches"]

# Columns of branches that are drawn; a mail that nests deeper is drawn flat from there on.
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A part, and the classes of the marks before it: ``""`` (a branch goes by), ``is-turn``, ``is-last``,
    ``is-void``.
    """

    part: Part
    marks: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """How a page can show it."""
        return kind_of(self.part)

    @property
    def encoded(self) -> int:
        """The octets of its body as they were sent."""
        return len(self.part.raw())

    @property
    def icon(self) -> str:
        """The icon's name."""
        if self.part.is_multipart or self.part.content_type == "message/rfc822":
            return "tree"
        kind = self.part.content_type
        return "image" if kind.startswith("image/") else "calendar" if kind == "text/calendar" else "file"


def branches(root: Part) -> list[Branch]:
    """The lines for *root* and what is in it, multiparts included, in the order of the content.

    Of a message with very many parts the first ones.
    """
    parts = list(islice(root.walk(), MOST_PARTS))
    following: list[bool] = []  # by depth: whether a part of that depth comes further down
    lines: list[Branch] = []
    for part in reversed(parts):
        depth = part.depth
        following = (following + [False] * (depth + 1))[: depth + 1]
        lines.append(Branch(part=part, marks=_marks(following, depth)))
        following[depth] = True
    return lines[::-1]


def _marks(following: list[bool], depth: int) -> tuple[str, ...]:
    if not depth:
        return ()
    passing = ["" if goes_on else "is-void" for goes_on in following[1:depth]]
    return (*passing, "is-turn" if following[depth] else "is-last")[-MAX_DEPTH:]
