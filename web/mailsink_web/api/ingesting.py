"""Mail that comes over HTTP: octets as they are, or the pieces of a mail, kept like any other."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from flask import request

from mailsink.address import PathError, parse_path, tag_of
from mailsink.capturing import capture
from mailsink.composing import ComposeError, File, compose
from mailsink.errors import StoreError
from mailsink.fields import parse_addresses
from mailsink.mime import Address, parse
from mailsink.model import Peer

from .. import present
from ..context import sink
from ..values import MessageJSON
from .operation import Created, Operations
from .problem import RefusedError

__all__ = ["operations"]

operations = Operations("Messages")

_LISTED = msgspec.Meta(max_length=10_000, title="a list of at most 10000 texts")
ReversePath = Annotated[
    str | None, msgspec.Meta(description="The reverse-path, empty for the null one; as a rule From's.")
]
InboxName = Annotated[
    Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None,
    msgspec.Meta(
        description="The inbox; as a rule a recipient's tag, or `default`.",
        title="a text of 1 to 200 characters",
    ),
]


class EnvelopeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope, and where the message goes."""

    reverse_path: ReversePath = None
    forward_paths: Annotated[
        str | None,
        msgspec.Meta(
            description="The forward-paths, parted by commas; as a rule those of To, Cc and Bcc.",
            examples=["ada@example.org,grace@example.org"],
        ),
    ] = None
    inbox: InboxName = None


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address with a name for people."""

    address: str
    name: str = ""


Mailboxes = Annotated[
    str | Mailbox | Annotated[tuple[str | Mailbox, ...], _LISTED],
    msgspec.Meta(title="a mailbox or a list of mailboxes, each a text or an object with address and name"),
]


class NewFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file in base64. One with a *content_id* is shown where the HTML refers to it."""

    content: str
    filename: str = ""
    content_type: str = "application/octet-stream"
    content_id: str = ""


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The pieces of a mail, its envelope and its inbox. A mailbox is `Ada <ada@example.org>` or an object.

    Bcc is for the envelope alone. Date and Message-ID are made, unless *headers* has them. Envelope and
    inbox may be left out, as in the parameters.
    """

    from_: Annotated[
        str | Mailbox, msgspec.Meta(title="a mailbox, a text or an object with address and name")
    ] = msgspec.field(name="from")
    to: Mailboxes = ()
    cc: Mailboxes = ()
    bcc: Mailboxes = ()
    reply_to: Mailboxes = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: Annotated[
        tuple[NewFile, ...],
        msgspec.Meta(
            max_length=1000, title="a list of at most 1000 objects, each with its content in base64"
        ),
    ] = ()
    headers: Annotated[
        dict[str, str], msgspec.Meta(max_length=1000, title="an object of at most 1000 texts")
    ] = {}
    reverse_path: ReversePath = None
    forward_paths: Annotated[tuple[str, ...], _LISTED] | None = None
    inbox: InboxName = None


@operations.add(
    "POST",
    "/messages",
    query=EnvelopeQuery,
    body=NewMessage,
    octets="message/rfc822",
    answer=MessageJSON,
    status=201,
    errors={503: "The store cannot keep it now.", 507: "There is no room for it."},
)
def add_message(query: EnvelopeQuery, body: NewMessage | bytes) -> Created:
    """Put a message in: octets as message/rfc822, or JSON of which a mail is made.

    Octets are kept as they are. It is a message like any other: who waits is woken, pages show it. The
    envelope is what the parameters say, or the members of the JSON, and else what the header section names.
    """
    if isinstance(body, bytes):
        content, named_from, named_to = body, *_named_in(body)
    else:
        query = _with_members(query, body)
        content, named_from, named_to = _composed(body)
    if query.reverse_path is not None:
        named_from = query.reverse_path
    if query.forward_paths is not None:
        named_to = [each.address for each in _mailboxes(query.forward_paths)]
    if not isinstance(body, bytes) and body.forward_paths is not None:
        named_to = [*body.forward_paths]
    return _kept(content, _path("reverse_path", named_from), _recipients(named_to), query.inbox)


def _with_members(query: EnvelopeQuery, body: NewMessage) -> EnvelopeQuery:
    """The parameters, and the members of *body* that are the same. Raises RefusedError (400) for both."""
    for name in ("reverse_path", "forward_paths", "inbox"):
        if getattr(query, name) is not None and getattr(body, name) is not None:
            raise RefusedError(
                400, f"{name} is given as a parameter and in the body; give it once.", field=name
            )
    return EnvelopeQuery(
        reverse_path=body.reverse_path if query.reverse_path is None else query.reverse_path,
        forward_paths=query.forward_paths,
        inbox=body.inbox if query.inbox is None else query.inbox,
    )


def _kept(content: bytes, reverse_path: str, forward_paths: Sequence[str], inbox: str | None) -> Created:
    most = sink().policy.max_size
    if most and len(content) > most:
        raise RefusedError(413, f"The mail has {len(content)} octets; {most} are the most.")
    tag = next(filter(None, map(tag_of, forward_paths)), "")
    try:
        message = capture(
            sink().store,
            content,
            reverse_path=reverse_path,
            forward_paths=forward_paths,
            inbox=inbox or tag or "default",
            peer=Peer(request.remote_addr or ""),
        )
    except StoreError as error:
        raise RefusedError(507 if error.full else 503, f"It was not kept: {error}.") from None
    return Created(present.message(message), f"/api/messages/{message.id}")


def _recipients(paths: Sequence[str]) -> list[str]:
    """*paths*, each once. Raises RefusedError (400) where SMTP could not name them, or takes not so many."""
    found = list(dict.fromkeys(_path("forward_paths", path) for path in paths))
    most = sink().policy.max_recipients
    if not found:
        raise RefusedError(
            400, "There is no recipient: name one in To, Cc, Bcc or forward_paths.", field="forward_paths"
        )
    if most and len(found) > most:
        raise RefusedError(
            400, f"There are {len(found)} recipients; {most} are the most.", field="forward_paths"
        )
    return found


def _path(name: str, given: str) -> str:
    """*given* as MAIL or RCPT would say it, without angle brackets. Raises RefusedError (400)."""
    path = given.strip(" \t")
    try:
        read, rest = parse_path(path if path[:1] == "<" else f"<{path}>", null_ok=name == "reverse_path")
    except PathError as error:
        raise RefusedError(400, f"{name}: {path[:80]!r} is no mail address: {error}.", field=name) from None
    if rest:
        raise RefusedError(400, f"{name}: {path[:80]!r} is no mail address.", field=name)
    return read


def _named_in(content: bytes) -> tuple[str, list[str]]:
    """The mailbox that sent *content*, and those that it is for, by its header section."""
    parsed = parse(content)
    senders = (*parsed.addresses("Sender"), *parsed.from_)
    rcpt = [each.address for name in ("To", "Cc", "Bcc") for each in parsed.addresses(name)]
    return (senders[0].address if senders else ""), [*filter(None, rcpt)]


def _composed(body: NewMessage) -> tuple[bytes, str, list[str]]:
    sender = _mailboxes(body.from_)
    if len(sender) != 1:
        raise RefusedError(400, "from must be one mailbox.", field="from")
    to, cc, bcc = map(_mailboxes, (body.to, body.cc, body.bcc))
    try:
        content = compose(
            from_=sender[0],
            to=to,
            cc=cc,
            reply_to=_mailboxes(body.reply_to),
            subject=body.subject,
            text=body.text,
            html=body.html,
            files=[_file(number, each) for number, each in enumerate(body.attachments)],
            fields=body.headers.items(),
        )
    except ComposeError as error:
        raise RefusedError(400, str(error)) from None
    return content, sender[0].address, [each.address for each in (*to, *cc, *bcc)]


def _mailboxes(given: str | Mailbox | Iterable[str | Mailbox]) -> list[Address]:
    """The mailboxes in *given*; what is none has its text as the address, to be told where it is used."""
    found: list[Address] = []
    for each in (given,) if isinstance(given, str | Mailbox) else given:
        if isinstance(each, Mailbox):
            found.append(Address(each.name, each.address))
        elif each.strip():
            read = parse_addresses(each) or (Address("", each),)
            found += [one if one.address else Address("", one.name) for one in read]
    return found


def _file(number: int, of: NewFile) -> File:
    try:
        octets = base64.b64decode("".join(of.content.split()), validate=True)
    except (binascii.Error, ValueError):
        name = f"attachments[{number}].content"
        raise RefusedError(400, f"{name} is not base64.", field=name) from None
    return File(
        name=of.filename, content=octets, content_type=of.content_type, content_id=of.content_id.strip("<>")
    )
