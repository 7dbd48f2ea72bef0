"""Messages out of archives into a store; a second run adds only what is not there yet.

Prints nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..archive import FORMATS, UNREADABLE, Bad, Entry, format_of_source, message_of, reader_of, why
from ..errors import ConfigError, StoreError
from ..store import Store
from .output import CommandError

if TYPE_CHECKING:
    from ..message import Message
    from .stopping import Stopping

__all__ = ["Import", "Source", "octets_of", "sources_of"]

# How much may be on its way to the disk at once: enough for the writer's batches, little memory.
MOST_WAITING = 1000
MOST_OCTETS = 64 * 1024 * 1024

Source = tuple[Path, str]


def sources_of(paths: Sequence[Path], format_name: str | None) -> tuple[Source, ...]:
    """Each path with its format, *format_name* or what it is recognised as. Raises ConfigError."""
    found = []
    for path in paths:
        try:
            recognised = format_of_source(path) if format_name is None else format_name
            path.stat()
        except OSError as error:
            raise ConfigError(
                f"{path}: {error.strerror}; name files and directories that can be read"
            ) from None
        except ValueError as error:
            raise ConfigError(f"{path}: {error}") from None
        if path.is_dir() and not FORMATS[recognised].is_directory:
            raise ConfigError(f"{path} is a directory, and {recognised} is a file; give another --format")
        if not path.is_dir() and recognised == "maildir":
            raise ConfigError(f"{path} is a file, and a Maildir is a directory; give another --format")
        found.append((path, recognised))
    return tuple(found)


def octets_of(sources: Sequence[Source]) -> int:
    """How much there is to read, about; looks at each file of a directory."""
    return sum(file.stat().st_size for source in sources for file in _files(*source) if file.is_file())


def _files(path: Path, format_name: str) -> Iterator[Path]:
    if format_name == "maildir":
        yield from path.glob("new/*")
        yield from path.glob("cur/*")
    elif path.is_dir():
        yield from path.rglob("*.eml*")
    else:
        yield path


class Import:
    """One run over *sources* into the open store *store*; *inbox* ``None`` leaves each where it was.

    *report* gets a sentence for each bad entry that is skipped, and for a directory without any entry;
    without *skip_bad* the first bad one ends the run. *added* counts the messages that are new, *present*
    those that were there, *skipped* the bad entries.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        store: Store,
        *,
        inbox: str | None,
        skip_bad: bool,
        report: Callable[[str], None],
    ) -> None:
        self._sources = sources
        self._store = store
        self._inbox = inbox
        self._skip_bad = skip_bad
        self._report = report
        self._intake = _Intake(store)
        self.present = self.skipped = 0

    @property
    def added(self) -> int:
        return self._intake.kept

    def run(self, stopping: Stopping) -> Iterator[int]:
        """Read entry after entry; gives how many octets each took. Returns at the end, or when *stopping*.

        What was added is kept for good then, and after CommandError too.
        """
        try:
            for path, format_name in self._sources:
                nothing = True
                for found in self._entries(path, format_name):
                    nothing = False
                    self._take(found)
                    yield found.octets
                    if stopping:
                        return
                if nothing and format_name == "eml":
                    self._report(f"{path}: neither it nor a directory in it has an .eml or .emlx file")
        finally:
            self._intake.drain()
        self._check()

    def _check(self) -> None:
        try:
            self._intake.check()
        except StoreError as error:
            raise _again(error) from None

    def _entries(self, path: Path, format_name: str) -> Iterator[Entry | Bad]:
        try:
            yield from reader_of(format_name)(path)
        except UNREADABLE as error:
            raise CommandError(
                f"{getattr(error, 'filename', None) or path}: {why(error)}; nothing after it was read"
            ) from None

    def _take(self, found: Entry | Bad) -> None:
        if isinstance(found, Entry):
            self._keep(message_of(found, inbox=self._inbox))
        elif self._skip_bad:
            self.skipped += 1
            self._report(f"{found}; skipped")
        else:
            raise CommandError(f"{found}; give --skip-bad to leave such entries out")

    def _keep(self, message: Message) -> None:
        try:
            is_new = self._intake.put(message)
        except StoreError as error:
            raise _again(error) from None
        self.present += not is_new


def _again(error: StoreError) -> CommandError:
    return CommandError(f"{error}; run the same command again to go on")


class _Intake:
    """Hands messages to a store, not more at once than it can write soon."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition()
        self._waiting: dict[str, int] = {}
        self._octets = 0
        self._error: StoreError | None = None
        self.kept = 0

    def put(self, message: Message) -> bool:
        """Hand *message* over; false where there is one of that id. Raises an earlier one's StoreError."""
        self.check()
        with self._changed:
            if message.id in self._waiting:
                return False
        if self._store.has(message.id):
            return False
        with self._changed:
            self._changed.wait_for(self._has_room)
            self._waiting[message.id] = message.size
            self._octets += message.size
        self._store.add(message, lambda error: self._done(message.id, error))
        return True

    def drain(self) -> None:
        """Wait until everything that was handed over is kept, or cannot be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error is not None:
            raise self._error

    def _has_room(self) -> bool:
        return len(self._waiting) < MOST_WAITING and self._octets < MOST_OCTETS

    def _done(self, message_id: str, error: StoreError | None) -> None:
        with self._changed:
            self._octets -= self._waiting.pop(message_id)
            if error is None:
                self.kept += 1
            elif self._error is None:
                self._error = error
            self._changed.notify_all()
