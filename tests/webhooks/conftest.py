from __future__ import annotations

from sinks import sink

__all__ = ["sink"]
