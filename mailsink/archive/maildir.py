"""A Maildir: cur, new and tmp, a file for each message, its flags at the end of the file's name.

The files hold the contents octet for octet. What else is known of NAME lies in ``mailsink/NAME.json``, a
directory that mail readers do not look into.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..message import Message
from .entry import Bad, Entry
from .sidecar import read_sidecar, write_sidecar
from .writing import State, Writer, safe_name

__all__ = ["MaildirWriter", "is_maildir", "read_maildir"]

SIDECARS = "mailsink"
# A colon cannot be in a file's name on Windows; the others there write an exclamation mark too.
MARK = "!" if os.name == "nt" else ":"
# Every end of a name that we write: read is S, starred is F, in the order of the alphabet.
FLAGS = ("", "F", "FS", "S")

_NAME = re.compile(r"([^:!]*)(?:[:!]2,([A-Za-z]*))?")
_SECONDS = re.compile(r"(\d{1,11})\.(?:M(\d{1,6}))?")


def is_maildir(folder: Path) -> bool:
    """Whether *folder* has what a Maildir has."""
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def read_maildir(source: Path) -> Iterator[Entry | Bad]:
    """Each message in *source*'s new and cur, in no order; other folders in it are not read."""
    for folder in (source / "new", source / "cur"):
        for file in folder.iterdir():
            if not file.name.startswith(".") and file.is_file():
                yield _read(source, file)


def _read(source: Path, file: Path) -> Entry | Bad:
    match = _NAME.match(file.name)
    assert match is not None  # it matches the empty beginning of anything
    name, flags = match[1], match[2] or ""
    try:
        content = file.read_bytes()
        modified_at = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
        facts = read_sidecar(source / SIDECARS / f"{name}.json", content)
    except (OSError, ValueError) as error:
        return Bad(file=file, why=getattr(error, "strerror", None) or str(error))
    return Entry(
        content=content,
        facts=facts,
        position=name,
        moment=_moment(name),
        modified_at=modified_at,
        read="S" in flags,
        starred="F" in flags,
        octets=len(content),
    )


def _moment(name: str) -> dt.datetime | None:
    """The time that the name begins with, as those of most deliverers do."""
    if (match := _SECONDS.match(name)) is None:
        return None
    try:
        return dt.datetime.fromtimestamp(int(match[1]), dt.UTC).replace(microsecond=int(match[2] or 0))
    except (ValueError, OverflowError, OSError):
        return None


class MaildirWriter(Writer):
    """Writes into the Maildir *target*, made if it is not there: to tmp, then moved to new or cur."""

    def __init__(self, target: Path, state: State) -> None:  # noqa: ARG002 - its files are whole at any time
        for folder in (target, *(target / name for name in ("tmp", "new", "cur", SIDECARS))):
            folder.mkdir(exist_ok=True)
        self._folder = target

    def add(self, message: Message) -> None:
        name = _name(message)
        flags = "F" * message.starred + "S" * message.read
        place = Path("cur", f"{name}{MARK}2,{flags}") if flags else Path("new", name)
        write_sidecar(self._folder / SIDECARS / f"{name}.json", message)
        draft = self._folder / "tmp" / name
        draft.write_bytes(message.content)
        draft.replace(self._folder / place)
        self._remove_others(name, place)

    def _remove_others(self, name: str, place: Path) -> None:
        """The same message from an export before, under flags that it no longer has."""
        for other in (Path("new", name), *(Path("cur", f"{name}{MARK}2,{flags}") for flags in FLAGS)):
            if other != place:
                (self._folder / other).unlink(missing_ok=True)


def _name(message: Message) -> str:
    """The time, what tells it from others of that time, and a host, as the Maildir specification says."""
    at = message.received_at
    return f"{int(at.timestamp())}.M{at.microsecond:06}Q{safe_name(message)}.{SIDECARS}"
