"""A file of JSON that holds what is known of one message whose content lies elsewhere.

Knows no format.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..message import Message
from .facts import MARK, Facts, FactsError, digest_of, read_facts, write_facts
from .writing import write_whole

__all__ = ["read_sidecar", "write_sidecar"]


def read_sidecar(file: Path, content: bytes) -> Facts | None:
    """What *file* says of *content*; ``None`` where it is not there, or is somebody else's.

    Raises FactsError where it is ours and wrong, or of another content, and OSError.
    """
    try:
        octets = file.read_bytes()
    except FileNotFoundError:
        return None
    try:
        table = json.loads(octets)
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or MARK not in table:
        return None
    try:
        facts = read_facts(table)
    except FactsError as error:
        raise FactsError(f"{file.name} cannot be used: {error}; remove it to import without") from None
    if table.get("sha256") != digest_of(content):
        raise FactsError(f"{file.name} is of another content; remove it to import without")
    return facts


def write_sidecar(file: Path, message: Message) -> None:
    """Write what is known of *message* to *file*."""
    write_whole(file, write_facts(message) + b"\n")
