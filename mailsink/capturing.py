"""Take content in by another road than SMTP: it becomes a message like any other, or an error.

Knows no HTTP. The envelope is what the caller says; no session belongs to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from .clock import now
from .errors import StoreError
from .message import Message, new_id
from .model import Auth, Envelope, Peer, Recipient, Reply
from .store import Store

__all__ = ["adding", "capture"]

# RFC 5321 §4.2.2; the enhanced code is RFC 3463's for a recipient.
_ACCEPTED = Reply(250, "OK", "2.1.5")
_NO_PEER = Peer("")


def capture(
    store: Store,
    content: bytes,
    *,
    reverse_path: str = "",
    forward_paths: Sequence[str] = (),
    inbox: str = "default",
    tags: tuple[str, ...] = (),
    peer: Peer = _NO_PEER,
    auth: Auth | None = None,
) -> Message:
    """Keep *content* in *store*, and return its message once it is kept for good.

    Paths are without angle brackets, the null reverse-path is ``""``. Raises
    StoreError. Must not be called on a thread that the store needs, such as an event loop's.
    """
    recipients = tuple(Recipient(path=path, reply=_ACCEPTED) for path in forward_paths)
    message = Message(
        id=new_id(),
        inbox=inbox,
        envelope=Envelope(reverse_path=reverse_path, recipients=recipients),
        content=content,
        received_at=now(),
        peer=peer,
        auth=auth,
        tags=tags,
    )
    if error := adding(store, message).result():
        raise error
    return message


def adding(store: Store, message: Message) -> Future[StoreError | None]:
    """Hand *message* to *store*; the result is ``None`` once it is kept for good, or why it is not."""
    added: Future[StoreError | None] = Future()
    store.add(message, added.set_result)
    return added
