"""The tags of messages as rows that a search finds.

`messages.tags` holds them as they were given; here they are as they are compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ..conditions import caseless
from .codec import decode_tags, encode_text

__all__ = ["NO_TAGS", "insert_labels", "label", "set_labels"]

NO_TAGS = b"[]"


def label(tag: str) -> bytes:
    """*tag* as it is compared."""
    return encode_text(caseless(tag))


def set_labels(connection: sqlite3.Connection, seq: int, old: bytes, new: Iterable[str]) -> None:
    """Put *new* in the place of the tags that `messages.tags` held for the row *seq*."""
    if old != NO_TAGS:
        gone = {(label(tag), seq) for tag in decode_tags(old)}
        connection.executemany("DELETE FROM labels WHERE name = ? AND seq = ?", gone)
    connection.executemany("INSERT INTO labels VALUES (?, ?)", {(label(tag), seq) for tag in new})


def insert_labels(connection: sqlite3.Connection) -> None:
    """Fill the table out of `messages.tags`."""
    for seq, tags in connection.execute("SELECT seq, tags FROM messages WHERE tags != ?", (NO_TAGS,)):
        set_labels(connection, seq, NO_TAGS, decode_tags(tags))
