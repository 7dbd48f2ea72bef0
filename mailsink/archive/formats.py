"""The formats by name, and which one a path is or will be."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .eml import EmlWriter, read_eml
from .entry import Bad, Entry
from .jsonl import JsonlWriter, read_jsonl
from .maildir import MaildirWriter, is_maildir, read_maildir
from .mbox import MboxWriter, index_of, read_mbox
from .opening import open_source, plain_name, why
from .writing import State, Writer

__all__ = ["FORMATS", "Format", "format_of_source", "format_of_target", "reader_of", "writer_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a format is read and written; *is_directory* tells what its target is."""

    read: Callable[[Path], Iterator[Entry | Bad]]
    write: Callable[[Path, State], Writer]
    is_directory: bool
    suffixes: tuple[str, ...] = ()


FORMATS: Mapping[str, Format] = {
    "eml": Format(read=read_eml, write=EmlWriter, is_directory=True, suffixes=(".eml",)),
    "mbox": Format(read=read_mbox, write=MboxWriter, is_directory=False, suffixes=(".mbox", ".mbx")),
    "maildir": Format(read=read_maildir, write=MaildirWriter, is_directory=True),
    "jsonl": Format(read=read_jsonl, write=JsonlWriter, is_directory=False, suffixes=(".jsonl", ".ndjson")),
}


# What is taken for mail, and holds it in a form of its own.
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "a file of Outlook",
    b"!BDN": "a mailbox of Outlook",
    b"PK\x03\x04": "a ZIP file",
}


def format_of_source(source: Path) -> str:
    """The format of what is there: a directory by what is in it, a file by its suffix, then its beginning.

    Raises OSError where it cannot be looked into, and ValueError, the end of a sentence, for what is beside
    messages and no message.
    """
    if source.is_dir():
        if _by_suffix(source) == "mbox" and (source / "mbox").is_file():
            raise ValueError("its mails are in the file mbox in it; name that one")
        return "maildir" if is_maildir(source) else "eml"
    try:
        with open_source(source) as stream:
            beginning = stream.read(5)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(why(error)) from None
    for begins, what in _OTHERS.items():
        if beginning.startswith(begins):
            raise ValueError(f"it is {what}; a mail is read from .eml, mbox, Maildir and JSON lines")
    described = _described(source)
    if described is not None:
        raise ValueError(f"it tells what is known of {described.name}; name that one")
    by_suffix = _by_suffix(source)
    if by_suffix is not None:
        return by_suffix
    if beginning == b"From ":
        return "mbox"
    return "jsonl" if beginning[:1] == b"{" else "eml"


def format_of_target(target: Path) -> str:
    """The format that *target* shall have by its name; eml where that says nothing."""
    return "maildir" if is_maildir(target) else _by_suffix(target) or "eml"


def _by_suffix(path: Path) -> str | None:
    suffix = plain_name(path).suffix.lower()
    return next((name for name, each in FORMATS.items() if suffix in each.suffixes), None)


def _described(source: Path) -> Path | None:
    """The file that *source* is the index or the sidecar of."""
    mbox = source.with_suffix("")
    if source == index_of(mbox) and mbox.suffix and mbox.is_file():
        return mbox
    eml = source.with_suffix(".eml")
    return eml if source.suffix == ".json" and eml.is_file() else None


def reader_of(name: str) -> Callable[[Path], Iterator[Entry | Bad]]:
    """What reads a source of the format called *name*, entry by entry."""
    return FORMATS[name].read


def writer_of(name: str) -> Callable[[Path, State], Writer]:
    """What opens a target of the format called *name*; the state is empty, or that of an unfinished one."""
    return FORMATS[name].write
