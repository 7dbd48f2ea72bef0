"""One tag of many messages changed at once, whatever else each of them is tagged with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from mailsink.conditions import caseless
from mailsink.inbox import Inbox

__all__ = ["Tags", "retag"]

Tags = tuple[str, ...]


def retag(
    inbox: Inbox, tagged: Iterable[tuple[str, Tags]], tag: str, change: Callable[[Tags], Tags | None]
) -> int:
    """Give each message of *tagged* (its id, its tags) what *change* makes of its tags other than *tag*.

    Case makes no difference to which tags are other ones; ``None`` leaves a message as it is. Returns how
    many messages were named. Those that get the same tags are marked together.
    """
    changed: defaultdict[Tags, list[str]] = defaultdict(list)
    number = 0
    for message_id, tags in tagged:
        number += 1
        made = change(tuple(each for each in tags if caseless(each) != caseless(tag)))
        if made is not None and made != tags:
            changed[made].append(message_id)
    for tags, ids in changed.items():
        inbox.mark(ids, tags=tags)
    return number
