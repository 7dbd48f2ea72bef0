"""JSON lines: a message on each line, its content in base64; nothing is lost."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

from ..message import Message
from .entry import Bad, Entry
from .facts import MARK, FactsError, digest_of, read_facts, write_facts
from .opening import open_source
from .writing import Part, State, Writer

__all__ = ["JsonlWriter", "read_jsonl"]


def read_jsonl(source: Path) -> Iterator[Entry | Bad]:
    """The message on each line, in order. Blank lines are passed over."""
    with open_source(source) as stream:
        modified_at = dt.datetime.fromtimestamp(source.stat().st_mtime, dt.UTC)
        for number, line in enumerate(stream, 1):
            if line.isspace():
                continue
            try:
                yield _read(line, f"line {number}", modified_at)
            except FactsError as error:
                yield Bad(file=source, place=f"line {number}", why=str(error), octets=len(line))


def _read(line: bytes, place: str, modified_at: dt.datetime) -> Entry:
    try:
        table = json.loads(line)
    except (ValueError, RecursionError):
        raise FactsError("it is not JSON") from None
    if not isinstance(table, dict) or MARK not in table:
        raise FactsError("it is not a message that mailsink wrote")
    facts = read_facts(table)
    content = _content(table.get("content"))
    if table.get("sha256", "") not in ("", digest_of(content)):
        raise FactsError("its content is not the one that its sha256 is of")
    return Entry(content=content, facts=facts, position=place, modified_at=modified_at, octets=len(line))


def _content(text: object) -> bytes:
    if not isinstance(text, str):
        raise FactsError("it has no content")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FactsError("its content is not base64") from None


class JsonlWriter(Writer):
    """Writes the file *target*."""

    def __init__(self, target: Path, state: State) -> None:
        self._lines = Part(target, size=state.get("lines", 0))

    def add(self, message: Message) -> None:
        content = base64.b64encode(message.content)
        # The content is put in by hand: it is large, and needs no escapes.
        self._lines.write(b'%b,"content":"%b"}\n' % (write_facts(message).removesuffix(b"}"), content))

    def state(self) -> State:
        self._lines.flush()
        return {"lines": self._lines.size}

    def finish(self) -> None:
        self._lines.finish()

    def close(self) -> None:
        self._lines.close()
