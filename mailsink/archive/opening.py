"""Opening what an archive's reader reads: a file, or what gzip made of one.

A file is taken for gzip's by its name alone, as a content may begin in any way.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

__all__ = ["UNREADABLE", "open_source", "plain_name", "read_source", "why"]

GZ = ".gz"
# What reading raises where a file cannot be read, or is not gzip's after all.
UNREADABLE = (OSError, EOFError, zlib.error)


def plain_name(file: Path) -> Path:
    """*file* without the suffix that gzip adds."""
    return file.with_suffix("") if file.suffix.lower() == GZ else file


def open_source(file: Path) -> BinaryIO:
    """*file* to be read. Raises UNREADABLE, and so does what reads on."""
    return cast(BinaryIO, gzip.open(file)) if plain_name(file) != file else file.open("rb")


def read_source(file: Path) -> bytes:
    """All of *file*. Raises UNREADABLE."""
    with open_source(file) as stream:
        return stream.read()


def why(error: BaseException) -> str:
    """The end of a sentence: why a file cannot be read."""
    return getattr(error, "strerror", None) or str(error)
