"""An mbox file: messages one after another, each after a line that begins with ``From``.

The variant is mboxrd: a line of the content that is ``From`` after any number of ``>`` gets one more, so the
quoting can be taken back. Lines keep their own ends. What else is known of the messages is on the lines of
``FILE.jsonl``, found by the offset at which each begins.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..fields import parse_date
from ..message import Message
from .entry import Bad, Entry
from .facts import MARK, Facts, FactsError, digest_of, read_facts, write_facts
from .opening import open_source, plain_name
from .writing import Part, State, Writer

__all__ = ["MboxWriter", "index_of", "quote", "read_mbox", "unquote"]

NULL_PATH = "MAILER-DAEMON"

_QUOTABLE = re.compile(rb"^(?=>*From )", re.MULTILINE)
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OTHER = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_START = b"From "
_FROM_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d{1,12})[ \t]*\r?\n", re.IGNORECASE)
# The longest path is 256 octets, a date takes 40. What is longer is no such line.
MAX_START = 2000
_ZONE = rb"(?:[ \t]+([+-]\d{4}|[A-Z]{1,5}))?"
_START_LINE = re.compile(
    rb"From (.*?)[ \t]*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ \t]+([A-Z][a-z]{2})[ \t]+(\d{1,2})[ \t]+"
    rb"(\d{2}:\d{2}(?::\d{2})?)" + _ZONE + rb"[ \t]+(\d{4})" + _ZONE + rb"[ \t]*\r?\n?\Z",
    re.DOTALL,
)


def quote(content: bytes) -> bytes:
    """*content* with no line that begins with ``From``; `unquote` takes it back."""
    return _QUOTABLE.sub(b">", content)


def unquote(text: bytes) -> bytes:
    """What *text* was before `quote`."""
    return _QUOTED.sub(b"", text)


def index_of(file: Path) -> Path:
    """The file beside the mbox *file* that tells what its contents do not."""
    return file.with_name(file.name + ".jsonl")


def read_mbox(source: Path) -> Iterator[Entry | Bad]:
    """The messages, in order. A line begins one if it is ``From``, anything, and a date as of asctime.

    Where a message has a Content-Length that leads to such a line, or to the end, it is as long as that says.
    """
    index = _Index(index_of(plain_name(source)))
    modified_at = dt.datetime.fromtimestamp(source.stat().st_mtime, dt.UTC)
    with open_source(source) as stream:
        # A file of ours is quoted. To look ahead in what gzip made is to read all before it once more.
        is_plain = not index.is_there and not isinstance(stream, gzip.GzipFile)
        for offset, start, text in _split(stream, os.fstat(stream.fileno()).st_size if is_plain else 0):
            place, octets = f"octet {offset}", len(start) + len(text)
            if not start and text.isspace():
                continue
            if not start:
                yield Bad(file=source, place=place, why="no line with From begins it", octets=octets)
                continue
            content = _without_blank_line(start, text)
            # Only in mboxcl2 a whole first line stands within a message, and there nothing is quoted.
            if not any(map(_is_start, _FROM_LINE.findall(content))):
                content = unquote(content)
            try:
                facts, content = index.find(offset, content)
            except FactsError as error:
                yield Bad(file=source, place=place, why=str(error), octets=octets)
                continue
            sender, moment = _read_start(start)
            read, starred = _flags(content) if facts is None else (None, None)
            yield Entry(
                content=content,
                facts=facts,
                position=str(offset),
                sender=sender,
                moment=moment,
                read=read,
                starred=starred,
                modified_at=modified_at,
                octets=octets,
            )


def _split(stream: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Offset, first line and the rest of each message; what stands before the first has no first line.

    A Content-Length is believed that leads no further than *size*.
    """
    begins = offset = 0
    start = b""
    lines: list[bytes] = []
    is_header, length = False, 0
    while line := stream.readline():
        if line.startswith(_START) and (offset == 0 or _is_start(line)):
            if offset:
                yield begins, start, b"".join(lines)
            begins, start, lines = offset, line, []
            is_header, length = True, 0
        else:
            lines.append(line)
            if is_header and (match := _LENGTH.match(line)):
                length = int(match[1])
        offset += len(line)
        if is_header and not line.strip():
            is_header = False
            if length and offset + length <= size:
                is_right = _ends_message(stream, offset + length)
                stream.seek(offset)
                if is_right:
                    lines.append(stream.read(length))
                    offset += length
    if offset:
        yield begins, start, b"".join(lines)


def _ends_message(stream: BinaryIO, offset: int) -> bool:
    """Whether a message ends at *offset*: the file does, or a first line is next, a blank one before it."""
    stream.seek(offset - 1)
    if stream.read(1) != b"\n":
        return False
    line = stream.readline(MAX_START + 1)
    if line and not line.strip():
        line = stream.readline(MAX_START + 1)
    return not line or _is_start(line)


def _is_start(line: bytes) -> bool:
    return len(line) <= MAX_START and _START_LINE.match(line) is not None


def _without_blank_line(start: bytes, text: bytes) -> bytes:
    """*text* without the blank line that ends a message, whose line end is the one of *start*."""
    end = b"\r\n" if start.endswith(b"\r\n") else b"\n"
    if text == end or text.endswith(b"\n" + end):
        return text.removesuffix(end)
    return text


def _read_start(line: bytes) -> tuple[str | None, dt.datetime | None]:
    """The reverse-path and the time in a first line."""
    match = _START_LINE.match(line[:MAX_START])
    if match is None:
        return _path(line[len(_START) :].split(b" ")[0]), None
    sender, month, day, time, zone, year, late_zone = (part or b"" for part in match.groups())
    date = b" ".join((day, month, year, time, zone or late_zone))
    return _path(sender), parse_date(date.decode("ascii"))


def _path(octets: bytes) -> str | None:
    """The reverse-path that stands in a first line; ``None`` for what Thunderbird and Gmail write there."""
    path = octets.strip().decode("utf-8", "surrogateescape")
    if path == "-" or _GMAIL.fullmatch(path):
        return None
    # Mailman hides the sign in its archives.
    hidden = " at " in path and "@" not in path
    return "" if path in (NULL_PATH, "<>") else path.replace(" at ", "@") if hidden else path


_GMAIL = re.compile(r"\d+@xxx")
_LABELS = re.compile(rb"(?im)^(status|x-status|x-mozilla-status|x-gmail-labels):[ \t]*([^\r\n]*)")
_END_OF_FIELDS = re.compile(rb"\r?\n\r?\n")


def _flags(content: bytes) -> tuple[bool | None, bool | None]:
    """Whether it is read and starred, by the fields that mail programs add; ``None`` where none tells."""
    end = _END_OF_FIELDS.search(content)
    labels = {
        match[1].lower(): match[2].strip()
        for match in _LABELS.finditer(content, 0, end.start() if end else len(content))
    }
    if (bits := labels.get(b"x-mozilla-status")) is not None:
        number = int(bits, 16) if re.fullmatch(rb"[0-9A-Fa-f]{1,8}", bits) else 0
        return bool(number & 1), bool(number & 4)
    if (words := labels.get(b"x-gmail-labels")) is not None:
        names = [name.strip() for name in words.lower().split(b",")]
        return b"unread" not in names, b"starred" in names
    read, starred = labels.get(b"status"), labels.get(b"x-status")
    return None if read is None else b"R" in read, None if starred is None else b"F" in starred


class _Index:
    """The lines of *file*, asked for in the order of the messages; nothing where there is no such file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows = self._read()
        self._row = next(self._rows, None)

    @property
    def is_there(self) -> bool:
        """Whether any line was left to be asked for."""
        return self._row is not None

    def find(self, offset: int, content: bytes) -> tuple[Facts | None, bytes]:
        """What is known of the message at *offset*, and its content without a line end that is not its own.

        Raises FactsError where the line is wrong, or of another content.
        """
        while self._row is not None and self._row["offset"] < offset:
            self._row = next(self._rows, None)
        if self._row is None or self._row["offset"] != offset:
            return None, content
        try:
            facts = read_facts(self._row)
        except FactsError as error:
            raise FactsError(f"{self._file.name} cannot be used: {error}; {_REMEDY}") from None
        for each in (content, content[:-1]):
            if digest_of(each) == self._row.get("sha256"):
                return facts, each
        raise FactsError(f"{self._file.name} is of another content; {_REMEDY}")

    def _read(self) -> Iterator[dict[str, Any]]:
        try:
            stream = self._file.open("rb")
        except FileNotFoundError:
            return
        with stream:
            for line in stream:
                row = _row(line)
                if row is not None:
                    yield row


_REMEDY = "remove it to import without"


def _row(line: bytes) -> dict[str, Any] | None:
    """A line of an index; ``None`` where it is none."""
    try:
        table = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(table, dict) and MARK in table and isinstance(table.get("offset"), int)
    return table if is_ours else None


class MboxWriter(Writer):
    """Writes the file *target*, and its index beside it."""

    def __init__(self, target: Path, state: State) -> None:
        self._mbox = Part(target, size=state.get("mbox", 0))
        try:
            self._index = Part(index_of(target), size=state.get("index", 0))
        except BaseException:
            self._mbox.close()
            raise

    def add(self, message: Message) -> None:
        content = message.content
        self._index.write(write_facts(message, offset=self._mbox.size) + b"\n")
        self._mbox.write(_start(message))
        self._mbox.write(quote(content))
        # A blank line ends a message; the index tells whether the line end before it is the content's.
        self._mbox.write(b"\n" if content.endswith(b"\n") or not content else b"\n\n")

    def state(self) -> State:
        self._mbox.flush()
        self._index.flush()
        return {"mbox": self._mbox.size, "index": self._index.size}

    def finish(self) -> None:
        self._index.finish()
        self._mbox.finish()

    def close(self) -> None:
        self._index.close()
        self._mbox.close()


def _start(message: Message) -> bytes:
    path = _CONTROL.sub("?", message.envelope.reverse_path)[: MAX_START // 8] or NULL_PATH
    at = message.received_at
    # asctime's names are English in every locale, unlike strftime's.
    time = f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:2} {at:%H:%M:%S} {at.year:04}"
    # Octets of a path that were not UTF-8 are surrogate escapes; other lone surrogates never come by wire.
    octets = path.encode("utf-8", "surrogatepass" if _OTHER.search(path) else "surrogateescape")
    return b"From %b %b\n" % (octets, time.encode("ascii"))


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
