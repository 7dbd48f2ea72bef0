"""What every writer of an archive promises, and a file that has its name only when it is whole.

Knows no format.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ..message import Message
from .facts import digest_of

__all__ = ["Part", "State", "Writer", "safe_name", "write_whole"]

# How far each file of an unfinished archive is sound, in octets, by the file's role.
State = Mapping[str, int]

_SAFE = re.compile(r"[0-9A-Za-z]{1,64}")


class Writer(ABC):
    """Takes messages one by one. With ``with`` the files are closed at the end, and keep what was added.

    A directory's messages are there at once, each whole. A single file is written beside its place, as
    NAME.part, and moved there by `finish`. OSError passes through.
    """

    @abstractmethod
    def add(self, message: Message) -> None:
        """Write *message*."""

    def state(self) -> State:
        """What a writer needs to go on after the last message that was added; all of it is flushed."""
        return {}

    def finish(self) -> None:  # noqa: B027 - a directory is finished all the time
        """No more messages come: give the files their names."""

    def close(self) -> None:  # noqa: B027 - a directory has nothing open
        """Release everything. A second call does nothing."""

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Part:
    """NAME.part, until `finish` makes it NAME. Of an earlier one *size* octets are kept."""

    def __init__(self, file: Path, *, size: int = 0) -> None:
        self._file = file
        self._part = part_of(file)
        self._stream = self._part.open("r+b" if size else "wb")
        if size and self._part.stat().st_size < size:
            self._stream.close()
            raise OSError(0, "is shorter than it was; remove it to start anew", str(self._part))
        self._stream.truncate(size)
        self._stream.seek(size)
        self.size = size

    def write(self, octets: bytes) -> None:
        self._stream.write(octets)
        self.size += len(octets)

    def flush(self) -> None:
        self._stream.flush()

    def finish(self) -> None:
        self._stream.close()
        self._part.replace(self._file)

    def close(self) -> None:
        self._stream.close()


def part_of(file: Path) -> Path:
    """Where *file* grows until it is whole."""
    return file.with_name(file.name + ".part")


def write_whole(file: Path, octets: bytes) -> None:
    """Make *file* hold *octets*; nobody ever sees half of it."""
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(octets)
    part.replace(file)


def safe_name(message: Message) -> str:
    """A file name for *message*, without a suffix: its id, if that is what ids are."""
    return message.id if _SAFE.fullmatch(message.id) else digest_of(message.id.encode("utf-8", "replace"))
