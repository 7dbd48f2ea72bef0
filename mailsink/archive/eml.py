"""A directory of .eml files: each the content of one message, octet for octet.

Beside ``NAME.eml`` lies ``NAME.json`` with what else is known of the message. Apple Mail's .emlx files are
read, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from ..message import Message
from .emlx import Unwrapped, unwrap
from .entry import Bad, Entry
from .opening import UNREADABLE, plain_name, read_source, why
from .sidecar import read_sidecar, write_sidecar
from .writing import State, Writer, safe_name, write_whole

__all__ = ["SUFFIXES", "EmlWriter", "read_eml"]

SUFFIX, APPLE = ".eml", ".emlx"
# Of the files that a directory is read for.
SUFFIXES = (SUFFIX, APPLE)


def read_eml(source: Path) -> Iterator[Entry | Bad]:
    """The file *source* whatever its name, or each .eml and .emlx file in the directory and those in it.

    In no order. Links to directories are not followed.
    """
    if not source.is_dir():
        yield _read(source, source.name)
        return
    for file in _files(source):
        yield _read(file, file.relative_to(source).as_posix())


def _files(folder: Path) -> Iterator[Path]:
    folders = [folder]
    while folders:
        for path in folders.pop().iterdir():
            if path.is_dir() and not path.is_symlink():
                folders.append(path)
            elif (
                plain_name(path).suffix.lower() in SUFFIXES
                and not path.name.startswith(".")
                and path.is_file()
            ):
                yield path


def _read(file: Path, position: str) -> Entry | Bad:
    try:
        octets = read_source(file)
        is_apples = plain_name(file).suffix.lower() == APPLE
        found = unwrap(octets) if is_apples else Unwrapped(content=octets)
        modified_at = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
        facts = read_sidecar(file.with_suffix(".json"), found.content)
    except (*UNREADABLE, ValueError) as error:
        return Bad(file=file, why=why(error))
    return Entry(
        content=found.content,
        facts=facts,
        position=position,
        moment=found.moment,
        read=found.read,
        starred=found.starred,
        modified_at=modified_at,
        octets=len(octets),
    )


class EmlWriter(Writer):
    """Writes ID.eml and ID.json into the directory *target*, made if it is not there."""

    def __init__(self, target: Path, state: State) -> None:  # noqa: ARG002 - its files are whole at any time
        target.mkdir(exist_ok=True)
        self._folder = target

    def add(self, message: Message) -> None:
        name = safe_name(message)
        # The content last: where it is, all of the message is.
        write_sidecar(self._folder / f"{name}.json", message)
        write_whole(self._folder / f"{name}{SUFFIX}", message.content)
