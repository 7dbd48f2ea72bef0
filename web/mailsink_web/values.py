"""The shapes of what the web side says of the model, in JSON and in templates.

Every text in these values can be encoded as UTF-8; moments are aware. `present` makes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

__all__ = [
    "AddressJSON",
    "AuthJSON",
    "CodeJSON",
    "DefectJSON",
    "EnvelopeJSON",
    "HeaderJSON",
    "InboxJSON",
    "LeaseListenerJSON",
    "LinkJSON",
    "ListedSessionJSON",
    "MadeInboxJSON",
    "MessageJSON",
    "Moment",
    "ParameterJSON",
    "PartJSON",
    "PeerJSON",
    "RecipientJSON",
    "ReplyJSON",
    "SessionJSON",
    "SessionSummaryJSON",
    "SummaryJSON",
    "TlsJSON",
    "TransactionJSON",
    "TranscriptEntryJSON",
]

# Said so in the schema too: RFC 3339 with an offset.
Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class AddressJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A mailbox out of a header field: display name and address, either may be empty."""

    name: str
    address: str


class ReplyJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A server's answer: three digits, the enhanced code or nothing, the text (lines parted by LF)."""

    code: int
    enhanced: str
    text: str


class ParameterJSON(msgspec.Struct, frozen=True, kw_only=True):
    """An ESMTP parameter; the value is null where there was no equals sign."""

    keyword: str
    value: str | None


class RecipientJSON(msgspec.Struct, frozen=True, kw_only=True):
    """One RCPT command, accepted or refused; the path is without its angle brackets.

    *discarded* recipients were answered as accepted ones are, and get nothing; *fault* is the id of the
    fault rule that made the reply, or empty.
    """

    path: str
    parameters: tuple[ParameterJSON, ...]
    reply: ReplyJSON
    discarded: bool
    fault: str


class EnvelopeJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What the client said by MAIL and RCPT; an empty reverse_path is the null one."""

    reverse_path: str
    parameters: tuple[ParameterJSON, ...]
    recipients: tuple[RecipientJSON, ...]


class TlsJSON(msgspec.Struct, frozen=True, kw_only=True):
    """How the connection was encrypted; mode is starttls or implicit."""

    mode: str
    version: str
    cipher: str
    server_name: str
    client_certificate: str


class AuthJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Who authenticated, and how."""

    mechanism: str
    user: str


class PeerJSON(msgspec.Struct, frozen=True, kw_only=True):
    """The client's end of the connection; host is empty and port 0 on a UNIX socket."""

    host: str
    port: int


class DefectJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the content that MIME does not allow; part is a number or empty, line 0 if unknown."""

    sentence: str
    part: str
    line: int


class LinkJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A link in the bodies."""

    url: str
    text: str
    kind: str


class CodeJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code in the bodies: as to be typed in, as written, and the words around it."""

    value: str
    shown: str
    context: str


class PartJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the content; url gives its decoded octets, size counts them."""

    number: str
    depth: int
    content_type: str
    charset: str
    encoding: str
    disposition: str
    filename: str
    content_id: str
    size: int
    is_multipart: bool
    is_attachment: bool
    is_inline: bool
    url: str


# Name and value. Not a tuple of two: not every reader of OpenAPI knows prefixItems, which that would be.
HeaderJSON = Annotated[tuple[str, ...], msgspec.Meta(min_length=2, max_length=2)]


class SummaryJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of a message.

    Attachments and defects are counts; code is the likeliest one-time code or empty; differs is true where
    the envelope and the header section name different mailboxes; faults are the ids of the fault rules that
    fired in its transaction.
    """

    id: str
    inbox: str
    envelope: EnvelopeJSON
    subject: str
    from_: AddressJSON | None = msgspec.field(name="from")
    to: tuple[AddressJSON, ...]
    received_at: Moment
    size: int
    read: bool
    starred: bool
    tags: tuple[str, ...]
    attachments: int
    snippet: str
    code: str
    defects: int
    differs: bool
    faults: tuple[str, ...]
    session_id: str


class MessageJSON(SummaryJSON, frozen=True, kw_only=True):
    """A message in full, without its octets; bcc is computed from the envelope."""

    cc: tuple[AddressJSON, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[AddressJSON, ...]
    date: Moment | None
    message_id: str
    headers: tuple[HeaderJSON, ...]
    text: str
    html: str
    parts: tuple[PartJSON, ...]
    parts_total: int
    links: tuple[LinkJSON, ...]
    codes: tuple[CodeJSON, ...]
    defect_list: tuple[DefectJSON, ...]
    notes: tuple[str, ...]
    peer: PeerJSON
    helo: str
    tls: TlsJSON | None
    auth: AuthJSON | None
    content_url: str


class TranscriptEntryJSON(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; at is in seconds since the session began.

    Kind is client, server, content (size octets, not shown) or event (a sentence).
    """

    at: float
    kind: str
    text: str
    size: int


class TransactionJSON(msgspec.Struct, frozen=True, kw_only=True):
    """One MAIL to DATA, captured, refused or aborted; reply is null when it was aborted.

    Faults are the ids of the fault rules that fired in it.
    """

    envelope: EnvelopeJSON
    started_at: Moment
    ended_at: Moment | None
    inbox: str
    reply: ReplyJSON | None
    message_id: str
    faults: tuple[str, ...]


class SessionSummaryJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A connection without its transcript; ended_at and duration are null while it is open."""

    id: str
    listener: str
    peer: PeerJSON
    started_at: Moment
    ended_at: Moment | None
    duration: float | None
    end: str
    greeting_verb: str
    greeting: str
    tls: TlsJSON | None
    auth: AuthJSON | None
    message_ids: tuple[str, ...]
    refused: int


class ListedSessionJSON(SessionSummaryJSON, frozen=True, kw_only=True):
    """A connection of a list; only where full ones were asked for it has transactions, transcript and cut."""

    transactions: tuple[TransactionJSON, ...] | msgspec.UnsetType = msgspec.UNSET
    transcript: tuple[TranscriptEntryJSON, ...] | msgspec.UnsetType = msgspec.UNSET
    cut: int | msgspec.UnsetType = msgspec.UNSET


class SessionJSON(SessionSummaryJSON, frozen=True, kw_only=True):
    """A connection in full; cut counts the transcript entries that were left out."""

    transactions: tuple[TransactionJSON, ...]
    transcript: tuple[TranscriptEntryJSON, ...]
    cut: int


class LeaseListenerJSON(msgspec.Struct, frozen=True, kw_only=True):
    """Where an inbox's own mail is taken; tls is none, starttls or implicit."""

    host: str
    port: int
    tls: str


class InboxJSON(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox that holds messages, is known by its configuration, or was made.

    The rest is of those that were made, and else null: the user to log in as, the tag that brings a
    recipient's mail here, a listener of its own, since when it is, until when. Null is also what it has not.
    """

    name: str
    total: int
    unread: int
    user: str | None = None
    tag: str | None = None
    listener: LeaseListenerJSON | None = None
    created_at: Moment | None = None
    expires_at: Moment | None = None


class MadeInboxJSON(InboxJSON, frozen=True, kw_only=True):
    """An inbox that was made by this request, with the password of its user, which is told only now."""

    password: str | None
