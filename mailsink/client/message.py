"""A message that a server keeps: its summary is here, its content comes when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..clock import moment_of
from ..message import Message, Summary

if TYPE_CHECKING:
    from ..mime import Address

__all__ = ["RemoteMessage", "details_of", "remote", "summary_of"]

_UNKNOWN: Any = object()
# What only the message in full tells, beside its content.
_DETAILS = ("peer", "greeting", "tls", "auth", "notes")


class _Later:
    """A field that is fetched when it is first read."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, message: RemoteMessage | None, owner: type) -> Any:
        if message is None:
            return self
        known = message._known
        if self._name not in known:
            known.update(message._fetch("content" if self._name == "content" else "details"))
        return known[self._name]

    def __set__(self, message: RemoteMessage, value: Any) -> None:
        if not hasattr(message, "_known"):
            object.__setattr__(message, "_known", {})
        if value is not _UNKNOWN:
            message._known[self._name] = value


class RemoteMessage(Message):
    """A message like any other. Reading its content or its session's facts may raise RequestError."""

    __slots__ = ("_fetch", "_known")
    _fetch: Callable[[str], Mapping[str, Any]]
    _known: dict[str, Any]

    content = _Later()
    peer = _Later()
    greeting = _Later()
    tls = _Later()
    auth = _Later()
    notes = _Later()

    @property
    def size(self) -> int:
        return self.summary.size

    @property
    def subject(self) -> str:
        return self.summary.subject

    @property
    def to(self) -> tuple[Address, ...]:
        return self.summary.to

    def load(self) -> None:
        """Fetch now what is not here yet."""
        _ = (self.content, self.notes)


def remote(summary: Summary, fetch: Callable[[str], Mapping[str, Any]]) -> RemoteMessage:
    """The message of which *summary* tells; *fetch* gives the rest of ``"content"`` or ``"details"``."""
    message = RemoteMessage(
        id=summary.id,
        inbox=summary.inbox,
        envelope=summary.envelope,
        content=_UNKNOWN,
        received_at=summary.received_at,
        session_id=summary.session_id,
        faults=summary.faults,
        read=summary.read,
        starred=summary.starred,
        tags=summary.tags,
        **dict.fromkeys(_DETAILS, _UNKNOWN),
    )
    object.__setattr__(message, "_summary", summary)
    object.__setattr__(message, "_fetch", fetch)
    return message


def details_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The session's facts out of a message in full."""
    import msgspec

    from ..model import Auth, Peer, Tls

    return {
        "peer": msgspec.convert(data["peer"], Peer),
        "greeting": data["helo"],
        "tls": msgspec.convert(data["tls"], Tls | None),
        "auth": msgspec.convert(data["auth"], Auth | None),
        "notes": tuple(data["notes"]),
    }


def summary_of(data: Mapping[str, Any]) -> Summary:
    """A summary out of the API's JSON."""
    import msgspec

    from ..mime import Address
    from ..model import Envelope

    sender = data["from"]
    return Summary(
        id=data["id"],
        inbox=data["inbox"],
        envelope=msgspec.convert(data["envelope"], Envelope),
        subject=data["subject"],
        from_=None if sender is None else Address(sender["name"], sender["address"]),
        to=tuple(Address(one["name"], one["address"]) for one in data["to"]),
        received_at=moment_of(data["received_at"]),
        size=data["size"],
        read=data["read"],
        starred=data["starred"],
        tags=tuple(data["tags"]),
        attachments=data["attachments"],
        snippet=data["snippet"],
        code=data["code"],
        defects=data["defects"],
        differs=data["differs"],
        faults=tuple(data["faults"]),
        session_id=data["session_id"],
    )
