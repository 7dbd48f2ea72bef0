"""What a delivery status notification says of each recipient, for a table (RFC 3464).

Reads what people look at and nothing else. Never raises; every value is plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsink.fields import read_fields, read_section
from mailsink.message import Message

__all__ = ["DeliveryReport", "Reported", "delivery_report"]

TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})

# Octets that are read and recipients that are shown: a report on a mail to a mailing list has thousands.
MAX_OCTETS = 1_000_000
MAX_RECIPIENTS = 100

_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*+){2,}")
# RFC 3464 §2.3.3.
_TONES = {
    "failed": "is-bad",
    "delayed": "is-warn",
    "delivered": "is-ok",
    "relayed": "is-ok",
    "expanded": "is-ok",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What became of the mail to *recipient*: *action*, the enhanced *status*, what another server *said*.

    All but *recipient* may be empty. *tone* is the class of a tag.
    """

    recipient: str
    action: str
    status: str
    said: str

    @property
    def tone(self) -> str:
        """The class of the action's tag."""
        return _TONES.get(self.action, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """*mta* is who reports, or empty; *recipients* are the first of *total*."""

    mta: str
    recipients: tuple[Reported, ...]
    total: int


def delivery_report(message: Message) -> DeliveryReport | None:
    """The first delivery report in *message*, ``None`` where none speaks of a recipient."""
    part = next((part for part in message.parsed.parts if part.content_type in TYPES), None)
    if part is None:
        return None
    groups = [_fields(group) for group in _BLANK_LINES.split(part.content()[:MAX_OCTETS].strip())]
    recipients = [group for group in groups if _recipient(group)]
    if not recipients:
        return None
    return DeliveryReport(
        mta=_untyped(groups[0].get("reporting-mta", "")),
        recipients=tuple(map(_reported, recipients[:MAX_RECIPIENTS])),
        total=len(recipients),
    )


def _fields(group: bytes) -> dict[str, str]:
    # Of a field that comes twice the first one counts.
    found = read_fields(group, read_section(group))
    return {field.name.lower(): field.value for field in reversed(found)}


def _recipient(group: dict[str, str]) -> str:
    return _untyped(group.get("final-recipient", "") or group.get("original-recipient", ""))


def _reported(group: dict[str, str]) -> Reported:
    return Reported(
        recipient=_recipient(group),
        action=group.get("action", "").lower(),
        # RFC 3464 §2.3.4 lets a comment stand behind the code.
        status=group.get("status", "").partition(" ")[0],
        said=_untyped(group.get("diagnostic-code", "")),
    )


def _untyped(value: str) -> str:
    """The value without the type before it, such as ``rfc822;``."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value.strip()
