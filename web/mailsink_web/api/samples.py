"""What the API's values look like, for its document: made by `present` of one small captured message.

By the name of their kind. Knows no operations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

import mailsink
from mailsink.attempts import group
from mailsink.fault_text import read_rule, sentence, write_rule
from mailsink.inboxes import Lease
from mailsink.message import Message
from mailsink.model import Envelope, Parameter, Peer, Recipient, Reply, Session, Transaction, TranscriptEntry
from mailsink.policy import Policy
from mailsink.store import Counts

from .. import present
from ..addresses import at
from .attempts import Mailings, mailing_of
from .faults import Removed, RuleJSON, Rules
from .inboxes import DeletedInbox, InboxList
from .messages import Changed, Deleted, MessagePage
from .pieces import Attachments, Codes, Fields, Links, Parts
from .places import Alive, Health, ListenerJSON
from .sessions import SessionPage
from .settings import (
    HttpSettings,
    LimitsJSON,
    ListenerSettings,
    LoginJSON,
    RetentionJSON,
    SettingsJSON,
    StoreSettings,
)
from .waiting import Waited
from .webhooks import (
    DeliveryAttemptJSON,
    DeliveryDetails,
    DeliveryJSON,
    DeliveryPage,
    RemovedWebhook,
    WebhookJSON,
    WebhookList,
)

__all__ = ["MESSAGE", "SESSION", "samples"]

_MOMENT = dt.datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=dt.UTC)
_ENVELOPE = Envelope(
    reverse_path="shop@example.org",
    parameters=(Parameter("SIZE", "205"),),
    recipients=(Recipient(path="ada@example.org", reply=Reply(250, "OK", "2.1.5")),),
)
MESSAGE = Message(
    id="0V8hJk3Lq00000000000ab",
    inbox="default",
    envelope=_ENVELOPE,
    content=(
        b"From: Shop <shop@example.org>\r\nTo: Ada <ada@example.org>\r\nSubject: Welcome\r\n"
        b"Date: Mon, 02 Mar 2026 09:30:15 +0000\r\nMessage-ID: <welcome-1@example.org>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\n"
        b"Content-Type: text/plain\r\n\r\n"
        b"Your code is 493 027. Confirm at https://shop.example.org/confirm?t=1\r\n--edge\r\n"
        b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="invoice.pdf"\r\n\r\n'
        b"%PDF-1.7\r\n--edge--\r\n"
    ),
    received_at=_MOMENT,
    session_id="0V8hJk3Lp00000000000aa",
    peer=Peer("127.0.0.1", 50_412),
    greeting="app.example.org",
)
SESSION = Session(
    id=MESSAGE.session_id,
    listener="127.0.0.1:1025",
    peer=MESSAGE.peer,
    started_at=_MOMENT - dt.timedelta(milliseconds=12),
    ended_at=_MOMENT + dt.timedelta(milliseconds=3),
    end="The client said QUIT.",
    greeting_verb="EHLO",
    greeting=MESSAGE.greeting,
    transcript=(
        TranscriptEntry(0.0, "server", "220 mailsink ESMTP"),
        TranscriptEntry(0.001, "client", "EHLO app.example.org"),
    ),
    transactions=(
        Transaction(
            envelope=_ENVELOPE,
            started_at=_MOMENT - dt.timedelta(milliseconds=8),
            reply=Reply(250, "Kept", "2.0.0"),
            message_id=MESSAGE.id,
        ),
    ),
)


_INBOX = present.inbox("checkout", Counts(total=3, unread=1))
_LEASE = Lease(
    name="5f0c11a2b3d4",
    password="mC8bD0kUqZ1fQ2xV",  # noqa: S106 - opens nothing
    listener=None,
    created_at=_MOMENT,
    expires_at=_MOMENT + dt.timedelta(minutes=10),
)
_RULE = read_rule({"id": "F1", "rcpt": "*@full.example.org", "times": 2, "reply": "452 4.2.2 Mailbox full"})
_RULE_JSON = RuleJSON(
    id="F1", enabled=True, sentence=sentence(_RULE), rule=write_rule(_RULE), matches=3, hits=2, log=()
)
_POLICY = Policy()
_SETTINGS = SettingsJSON(
    version=mailsink.__version__,
    python="3.13.0",
    listeners=(
        ListenerSettings(
            host="127.0.0.1",
            port=1025,
            url="smtp://127.0.0.1:1025",
            protocol="smtp",
            inbox=None,
            tls="none",
            tls_required=False,
            hostname="mailsink",
            extensions=("8BITMIME", "PIPELINING", "SIZE", "SMTPUTF8"),
            login=LoginJSON(required=False, anyone=False, users=0, mechanisms=()),
            limits=LimitsJSON(
                max_size=_POLICY.max_size,
                max_recipients=_POLICY.max_recipients,
                max_connections=_POLICY.max_connections,
                max_connections_per_peer=0,
                max_errors=_POLICY.max_errors,
                idle_timeout=_POLICY.idle_timeout,
                max_session=0.0,
            ),
            trusts=(),
            recipient_rules=0,
            only_listed_recipients=False,
        ),
    ),
    store=StoreSettings(
        kind="memory",
        file=None,
        retention=RetentionJSON(max_messages=10_000, max_bytes=2**30, max_age=0.0),
    ),
    http=HttpSettings(authentication=False, origins=(), seats=256),
)


_WEBHOOK = WebhookJSON(
    id="5f0c11a2b3d4",
    url="http://127.0.0.1:9000/mail",
    query="subject:welcome",
    inbox=None,
    format="mailsink",
    signed=True,
    authorized=False,
    enabled=True,
    origin="api",
    created_at=_MOMENT,
    waiting=0,
    delivered=1,
    failed=0,
)
_DELIVERY = DeliveryJSON(
    id=f"{_WEBHOOK.id}-{MESSAGE.id}",
    message_id=MESSAGE.id,
    state="delivered",
    next_attempt_at=None,
    attempts=(DeliveryAttemptJSON(at=_MOMENT, seconds=0.004, status=200, error="", answer="noted"),),
)


def _values() -> Iterator[msgspec.Struct]:
    """A value of each kind that operations answer with, and of those within them that are worth seeing."""
    shown = present.message(MESSAGE)
    parts = tuple(present.part(part, MESSAGE.id) for part in MESSAGE.parsed.parts)
    yield present.summary(MESSAGE.summary)
    yield shown
    yield MessagePage(messages=(present.summary(MESSAGE.summary),), next=None, total=1, unread=1)
    yield Waited(messages=(shown,))
    yield Changed(changed=3)
    yield Deleted(deleted=3)
    yield Fields(headers=shown.headers)
    yield Links(links=shown.links)
    yield Codes(codes=shown.codes)
    yield Attachments(attachments=parts[1:])
    yield Parts(parts=parts, total=len(parts))
    yield present.session(SESSION)
    yield present.listed_session(SESSION, full=False)
    yield SessionPage(sessions=(present.listed_session(SESSION, full=False),), next=None)
    yield Mailings(mailings=tuple(map(mailing_of, group((SESSION,)))), next=None)
    yield _INBOX
    yield InboxList(inboxes=(_INBOX,))
    yield present.made_inbox(_LEASE, Counts(total=0, unread=0))
    yield DeletedInbox(deleted=3)
    yield _RULE_JSON
    yield Rules(rules=(_RULE_JSON,))
    yield Removed(deleted=1)
    yield Health(
        version=mailsink.__version__,
        smtp=(ListenerJSON(host="127.0.0.1", port=1025, tls="none", inbox=None),),
        store="memory",
        messages=1,
        unread=1,
        loop="asyncio",
    )
    yield Alive()
    yield _SETTINGS
    yield _WEBHOOK
    yield WebhookList(webhooks=(_WEBHOOK,))
    yield RemovedWebhook(dropped=0)
    yield _DELIVERY
    yield DeliveryDetails(**msgspec.structs.asdict(_DELIVERY), payload='{"type":"message.captured"}')
    yield DeliveryPage(deliveries=(_DELIVERY,), next=None)


# What is sent; the names of the kinds that operations take.
_BODIES: dict[str, Any] = {
    "Change": {"q": "subject:welcome", "read": True},
    "Marks": {"starred": True, "tags": ["kept"]},
    "NewMessage": {
        "from": "Shop <shop@example.org>",
        "to": ["Ada <ada@example.org>"],
        "subject": "Welcome",
        "text": "Your code is 493 027.",
        "attachments": [
            {"filename": "terms.txt", "content_type": "text/plain", "content": "QmUga2luZC4="},
        ],
    },
    "Assertion": {
        "rcpt": "ada@example.org",
        "subject": "Welcome",
        "attachment": {"filename": "*.pdf"},
        "timeout": 10,
    },
    "NewInbox": {"listener": True, "expires_in": 600},
    "RuleBody": {"rcpt": "*@full.example.org", "times": 2, "reply": "452 4.2.2 Mailbox full"},
    "PresetBody": {"seconds": 30},
    "SwitchBody": {"enabled": False},
    "NewWebhook": {"url": "http://127.0.0.1:9000/mail", "query": "subject:welcome", "secret": "a secret"},
    "WebhookChange": {"enabled": False},
    "AnyDocument": {"openapi": "3.1.0", "info": {"title": "mailsink", "version": mailsink.__version__}},
}


def samples() -> dict[str, Any]:
    """An example of each kind that a document shows one of, as built-in values."""
    return _made(at(""))


@lru_cache(maxsize=8)
def _made(_: str) -> dict[str, Any]:
    """They have addresses in them, and those begin with the path that is given."""
    values = {type(value).__name__: msgspec.json.decode(msgspec.json.encode(value)) for value in _values()}
    return values | _BODIES
