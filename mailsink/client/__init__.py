"""A running server's inboxes from another process: the verbs of `Inbox` over HTTP.

`Client` is for threads, `AsyncClient` for coroutines. Loads no network library before it is asked.
"""

from __future__ import annotations

from .aio import AsyncClient
from .client import Client

__all__ = ["AsyncClient", "Client"]
