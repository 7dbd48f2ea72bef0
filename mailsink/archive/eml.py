"""A directory of .eml files: each the content of one message, octet for octet.

Beside ``NAME.eml`` lies ``NAME.json`` with what else is known of the message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from ..message import Message
from .entry import Bad, Entry
from .sidecar import read_sidecar, write_sidecar
from .writing import State, Writer, safe_name, write_whole

__all__ = ["EmlWriter", "read_eml"]

SUFFIX = ".eml"


def read_eml(source: Path) -> Iterator[Entry | Bad]:
    """The file *source* whatever its name, or each .eml file in the directory and those in it.

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
            elif path.suffix.lower() == SUFFIX and not path.name.startswith(".") and path.is_file():
                yield path


def _read(file: Path, position: str) -> Entry | Bad:
    try:
        content = file.read_bytes()
        modified_at = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
        facts = read_sidecar(file.with_suffix(".json"), content)
    except (OSError, ValueError) as error:
        return Bad(file=file, why=getattr(error, "strerror", None) or str(error))
    return Entry(
        content=content, facts=facts, position=position, modified_at=modified_at, octets=len(content)
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
