"""Mailpit's operation that sends: JSON becomes a mail, and the mail a message."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec
from flask import Response, request

from mailsink.capturing import capture
from mailsink.composing import ComposeError, File, compose
from mailsink.mime import Address
from mailsink.model import Auth, Peer

from ...context import sink
from ..peer import PeerError, inbox, json
from ..reading import body_octets, read_json
from .shared import peer
from .tags import cleaned

__all__ = ["SendBody"]

# RFC 5321 §4.5.3.1.8 lets a server stop at 100; a list of a hundred times that is no mail.
_RECIPIENTS = 10_000


class Mailbox(msgspec.Struct, frozen=True):
    """A mailbox."""

    email: str
    name: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """A file in base64, or as a ``data:`` address; with an id it is shown in the HTML."""

    content: str
    filename: str = ""
    contenttype: str = ""
    contentid: str = ""


class SendBody(msgspec.Struct, frozen=True):
    """A mail, piece by piece."""

    from_: Mailbox = msgspec.field(name="from")
    to: Annotated[list[Mailbox], msgspec.Meta(max_length=_RECIPIENTS)] = []
    cc: Annotated[list[Mailbox], msgspec.Meta(max_length=_RECIPIENTS)] = []
    bcc: Annotated[list[str], msgspec.Meta(max_length=_RECIPIENTS)] = []
    replyto: Annotated[list[Mailbox], msgspec.Meta(max_length=_RECIPIENTS)] = []
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: Annotated[list[Attachment], msgspec.Meta(max_length=1000)] = []
    tags: list[str] = []
    headers: dict[str, str] = {}


class SentJSON(msgspec.Struct, frozen=True):
    """The message's id."""

    id: str = msgspec.field(name="ID")


@peer.route("POST", "/api/v1/send")
def send() -> Response:
    try:
        return json(SentJSON(_send()))
    except PeerError as error:
        # The one operation of Mailpit that refuses in JSON.
        return json({"Error": str(error)}, status=error.status)


def _send() -> str:
    most = sink().policy.max_size
    # Base64 is a third larger than what it holds, and JSON may write each letter in six.
    body = read_json(SendBody, body_octets(2 * most), keep=frozenset({"headers"}))
    content = _composed(body)
    if len(content) > most:
        raise PeerError(413, f"The mail has {len(content)} octets; {most} are the most.")
    message = capture(
        sink().store,
        content,
        reverse_path=body.from_.email,
        forward_paths=[*(each.email for each in (*body.to, *body.cc)), *body.bcc],
        inbox=inbox().name or "default",
        tags=cleaned(body.tags),
        peer=Peer(request.remote_addr or ""),
        auth=_auth(),
    )
    return message.id


# Fields that are made of the mail's pieces. The words of each refusal here are Mailpit's.
_RESTRICTED = frozenset(
    {"to", "from", "cc", "bcc", "reply-to", "date", "subject", "content-type", "mime-version"}
)


def _composed(body: SendBody) -> bytes:
    for name in body.headers:
        if name.lower() in _RESTRICTED or (body.tags and name.lower() == "x-tags"):
            raise PeerError(400, f'cannot overwrite header: "{name[:80]}"')
    if not (body.to or body.cc or body.bcc):
        raise PeerError(400, "error building message: no recipients (to, cc, bcc) set")
    hidden = [Mailbox(address) for address in body.bcc]
    named = (("To", body.to), ("Cc", body.cc), ("Bcc", hidden), ("Reply-To", body.replyto))
    for field, mailboxes in named:
        for each in mailboxes:
            _check(field, each)
    fields = body.headers | ({"X-Tags": ", ".join(body.tags)} if body.tags else {})
    try:
        return compose(
            from_=_address(body.from_),
            to=list(map(_address, body.to)),
            cc=list(map(_address, body.cc)),
            reply_to=list(map(_address, body.replyto)),
            subject=body.subject,
            text=body.text,
            html=body.html,
            files=[_file(each) for each in body.attachments],
            fields=fields.items(),
        )
    except ComposeError as error:
        raise PeerError(400, str(error)) from None


def _check(field: str, mailbox: Mailbox) -> None:
    try:
        compose(to=[_address(mailbox)])
    except ComposeError:
        raise PeerError(400, f"invalid {field} address: {mailbox.email[:80]}") from None


def _address(of: Mailbox) -> Address:
    return Address(of.name, of.email)


def _file(of: Attachment) -> File:
    # A data: address has what it is before its comma.
    head, comma, tail = of.content.rpartition(",")
    try:
        octets = base64.b64decode("".join(tail.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PeerError(400, f'error decoding base64 attachment "{of.filename[:80]}"') from None
    announced = head.removeprefix("data:").partition(";")[0] if comma else ""
    kind = of.contenttype or announced or _kind_of(octets)
    return File(name=of.filename, content=octets, content_type=kind, content_id=of.contentid.strip("<>"))


# What Go's server tells from the first octets, as far as mails have it.
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"<!DOCTYPE HTML", "text/html"),
    (b"<?xml", "text/xml"),
)


def _kind_of(octets: bytes) -> str:
    for start, kind in _KINDS:
        if octets[: len(start)].upper() == start.upper():
            return kind
    if octets[:4] == b"RIFF" and octets[8:14] == b"WEBPVP":
        return "image/webp"
    return "application/octet-stream" if any(octet < 9 for octet in octets[:512]) else "text/plain"


def _auth() -> Auth | None:
    given = request.authorization
    user = given.username if given is not None and given.type == "basic" else None
    return Auth("HTTP", user) if user else None
