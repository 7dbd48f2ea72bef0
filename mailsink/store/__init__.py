"""Where messages are kept: the contract, and `open_store`.

Knows messages, queries and events; nothing of sockets.
"""

from __future__ import annotations

from ..events import Events
from ..retention import IN_MEMORY, Retention
from .contract import Counts, Done, Page, Store

__all__ = ["Counts", "Done", "Page", "Store", "open_store"]


def open_store(where: str, *, events: Events | None = None, retention: Retention | None = None) -> Store:
    """Open the store *where*: ``"memory"`` or the path of a SQLite file, made if it is not there.

    Without a *retention* memory keeps 10,000 messages or 1 GiB, and a file keeps everything.
    Raises StartError naming the file and what to do.
    """
    events = events or Events()
    if where == "memory":
        from .memory import MemoryStore

        return MemoryStore(events, IN_MEMORY if retention is None else retention)
    from .sqlite import SQLiteStore

    return SQLiteStore(where, events, retention)
