"""The inboxes that there are to tell of, for the pages and the API alike."""

from __future__ import annotations

from mailsink.store import Counts

from .context import sink

__all__ = ["NONE", "known_inboxes"]

NONE = Counts(total=0, unread=0)


def known_inboxes() -> dict[str, Counts]:
    """What each inbox holds, by name: those that were made, hold messages or have a listener of their own."""
    listened = (listener.inbox for listener in sink().listeners)
    names = filter(None, (*sink().inboxes.leases, *listened))
    found = dict.fromkeys(names, NONE) | sink().store.inboxes()
    return {name: found[name] for name in sorted(found)}
