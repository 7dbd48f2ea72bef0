"""Messages as files that other programs read: .eml, mbox, Maildir, JSON lines.

A format has a reader, which gives `Entry` and `Bad` values one by one, and a writer, which takes messages one
by one. Knows no store and no command line. What a content cannot say (envelope, times, flags) is kept beside
it, never in it.
"""

from __future__ import annotations

from .entry import Bad, Entry
from .formats import FORMATS, format_of_source, format_of_target, reader_of, writer_of
from .guess import message_of
from .opening import UNREADABLE, why
from .writing import State, Writer

__all__ = [
    "FORMATS",
    "UNREADABLE",
    "Bad",
    "Entry",
    "State",
    "Writer",
    "format_of_source",
    "format_of_target",
    "message_of",
    "reader_of",
    "why",
    "writer_of",
]
