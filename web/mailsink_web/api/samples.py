"""What the API's values look like, for its document: made by `present` of one small captured message."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from mailsink.message import Message
from mailsink.model import Envelope, Parameter, Peer, Recipient, Reply, Session, Transaction, TranscriptEntry

from .. import present
from .problem import Problem

__all__ = ["SAMPLES"]

_MOMENT = dt.datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=dt.UTC)
_ENVELOPE = Envelope(
    reverse_path="shop@example.org",
    parameters=(Parameter("SIZE", "205"),),
    recipients=(Recipient(path="ada@example.org", reply=Reply(250, "OK", "2.1.5")),),
)
_MESSAGE = Message(
    id="0V8hJk3Lq00000000000ab",
    inbox="default",
    envelope=_ENVELOPE,
    content=(
        b"From: Shop <shop@example.org>\r\nTo: Ada <ada@example.org>\r\nSubject: Welcome\r\n"
        b"Date: Mon, 02 Mar 2026 09:30:15 +0000\r\nMessage-ID: <welcome-1@example.org>\r\n\r\n"
        b"Your code is 493 027. Confirm at https://shop.example.org/confirm?t=1\r\n"
    ),
    received_at=_MOMENT,
    session_id="0V8hJk3Lp00000000000aa",
    peer=Peer("127.0.0.1", 50_412),
    greeting="app.example.org",
)
_SESSION = Session(
    id=_MESSAGE.session_id,
    listener="127.0.0.1:1025",
    peer=_MESSAGE.peer,
    started_at=_MOMENT - dt.timedelta(milliseconds=12),
    ended_at=_MOMENT + dt.timedelta(milliseconds=3),
    end="The client said QUIT.",
    greeting_verb="EHLO",
    greeting=_MESSAGE.greeting,
    transcript=(
        TranscriptEntry(0.0, "server", "220 mailsink ESMTP"),
        TranscriptEntry(0.001, "client", "EHLO app.example.org"),
    ),
    transactions=(
        Transaction(
            envelope=_ENVELOPE,
            started_at=_MOMENT - dt.timedelta(milliseconds=8),
            reply=Reply(250, "Kept", "2.0.0"),
            message_id=_MESSAGE.id,
        ),
    ),
)


def _made() -> dict[str, Any]:
    values: list[msgspec.Struct] = [
        present.summary(_MESSAGE.summary),
        present.message(_MESSAGE),
        present.session(_SESSION),
        present.session_summary(_SESSION),
        Problem(
            title="Not Found",
            status=404,
            detail="There is no message with the id 'x'; it may have been deleted.",
            field="id",
        ),
    ]
    return {type(value).__name__: msgspec.json.decode(msgspec.json.encode(value)) for value in values}


SAMPLES = _made()
