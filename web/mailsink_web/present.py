"""The model as values for JSON and for templates: the one place where either is made of it.

The formats that people read are here too. Knows no HTTP beyond the addresses of parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mailsink import model
from mailsink.attempts import decisive_reply
from mailsink.mime import Address, Defect, Part, clean

from .addresses import at
from .values import (
    AddressJSON,
    AuthJSON,
    CodeJSON,
    DefectJSON,
    EnvelopeJSON,
    HeaderJSON,
    InboxJSON,
    LeaseListenerJSON,
    LinkJSON,
    ListedSessionJSON,
    MadeInboxJSON,
    MessageJSON,
    ParameterJSON,
    PartJSON,
    PeerJSON,
    RecipientJSON,
    ReplyJSON,
    SessionJSON,
    SessionSummaryJSON,
    SummaryJSON,
    TlsJSON,
    TransactionJSON,
    TranscriptEntryJSON,
)

if TYPE_CHECKING:
    from mailsink.inboxes import Lease
    from mailsink.message import Message, Summary
    from mailsink.store import Counts

__all__ = [
    "MOST_PARTS",
    "address_words",
    "codes",
    "count_words",
    "envelope",
    "grouped",
    "headers",
    "inbox",
    "links",
    "listed_session",
    "made_inbox",
    "message",
    "part",
    "reachable",
    "seconds_words",
    "session",
    "session_summary",
    "size_words",
    "summary",
    "text",
]

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound

# Parts shown of one message; a hostile one has a hundred thousand.
MOST_PARTS = 500


def summary(of: Summary) -> SummaryJSON:
    """What a list shows."""
    return SummaryJSON(**_summary_words(of))


def _summary_words(of: Summary) -> dict[str, Any]:
    return {
        "id": of.id,
        "inbox": clean(of.inbox),
        "envelope": envelope(of.envelope),
        "subject": of.subject,
        "from_": None if of.from_ is None else _address(of.from_),
        "to": _addresses(of.to),
        "received_at": of.received_at,
        "size": of.size,
        "read": of.read,
        "starred": of.starred,
        "tags": tuple(map(clean, of.tags)),
        "attachments": of.attachments,
        "snippet": of.snippet,
        "code": of.code,
        "defects": of.defects,
        "differs": of.differs,
        "faults": tuple(map(clean, of.faults)),
        "session_id": of.session_id,
    }


def message(of: Message) -> MessageJSON:
    """A message in full; parses it if nobody has."""
    parsed = of.parsed
    return MessageJSON(
        **_summary_words(of.summary),
        cc=_addresses(of.cc),
        bcc=tuple(map(clean, of.bcc)),
        reply_to=_addresses(parsed.reply_to),
        date=parsed.date,
        message_id=parsed.message_id,
        headers=headers(of),
        text=of.text,
        html=of.html,
        parts=tuple(part(each, of.id) for each in parsed.parts[:MOST_PARTS]),
        parts_total=len(parsed.parts),
        links=links(of),
        codes=codes(of),
        defect_list=tuple(_defect(defect) for defect in parsed.defects),
        notes=tuple(map(clean, of.notes)),
        peer=PeerJSON(host=of.peer.host, port=of.peer.port),
        helo=clean(of.greeting),
        tls=_tls(of.tls),
        auth=_auth(of.auth),
        content_url=at(f"/api/messages/{of.id}/content"),
    )


def headers(of: Message) -> tuple[HeaderJSON, ...]:
    """The header fields of a message in their order: name and value."""
    return tuple((field.name, field.value) for field in of.parsed.fields)


def links(of: Message) -> tuple[LinkJSON, ...]:
    """The links in the bodies of a message."""
    return tuple(LinkJSON(url=link.url, text=link.text, kind=link.kind) for link in of.links)


def codes(of: Message) -> tuple[CodeJSON, ...]:
    """The one-time codes in the bodies of a message."""
    return tuple(CodeJSON(value=code.value, shown=code.shown, context=code.context) for code in of.codes)


def envelope(of: model.Envelope) -> EnvelopeJSON:
    """An envelope, refused recipients included."""
    return EnvelopeJSON(
        reverse_path=clean(of.reverse_path),
        parameters=_parameters(of.parameters),
        recipients=tuple(
            RecipientJSON(
                path=clean(r.path),
                parameters=_parameters(r.parameters),
                reply=reply(r.reply),
                discarded=r.discarded,
                fault=clean(r.fault),
            )
            for r in of.recipients
        ),
    )


def session_summary(of: model.Session) -> SessionSummaryJSON:
    """What is told of a session without its dialogue."""
    return SessionSummaryJSON(**_session_words(of))


def listed_session(of: model.Session, *, full: bool) -> ListedSessionJSON:
    """What a list shows of a session, with its transcript if *full*."""
    return ListedSessionJSON(**_session_words(of), **(_dialogue(of) if full else {}))


def session(of: model.Session) -> SessionJSON:
    """A session with its transcript."""
    return SessionJSON(**_session_words(of), **_dialogue(of))


def _dialogue(of: model.Session) -> dict[str, Any]:
    return {
        "transactions": tuple(_transaction(transaction) for transaction in of.transactions),
        "transcript": tuple(
            TranscriptEntryJSON(at=entry.at, kind=entry.kind, text=clean(entry.text), size=entry.size)
            for entry in of.transcript
        ),
        "cut": of.cut,
    }


def _session_words(of: model.Session) -> dict[str, Any]:
    ended_at = of.ended_at
    return {
        "id": of.id,
        "listener": of.listener,
        "peer": PeerJSON(host=of.peer.host, port=of.peer.port),
        "started_at": of.started_at,
        "ended_at": ended_at,
        "duration": None if ended_at is None else (ended_at - of.started_at).total_seconds(),
        "end": clean(of.end),
        "greeting_verb": clean(of.greeting_verb),
        "greeting": clean(of.greeting),
        "tls": _tls(of.tls),
        "auth": _auth(of.auth),
        "message_ids": tuple(t.message_id for t in of.transactions if t.message_id),
        "refused": sum(
            1 for t in of.transactions if (r := decisive_reply(t)) is not None and not r.is_positive
        ),
    }


def inbox(name: str, counts: Counts, lease: Lease | None = None, *, host: str = "") -> InboxJSON:
    """An inbox and how much is in it; *host* is where clients find a listener on every address."""
    return InboxJSON(**_inbox_words(name, counts, lease, host))


def made_inbox(lease: Lease, counts: Counts, *, host: str = "") -> MadeInboxJSON:
    """An inbox that was made now, with its password."""
    return MadeInboxJSON(**_inbox_words(lease.name, counts, lease, host), password=lease.password or None)


def _inbox_words(name: str, counts: Counts, lease: Lease | None, host: str) -> dict[str, Any]:
    words: dict[str, Any] = {"name": clean(name), "total": counts.total, "unread": counts.unread}
    if lease is None:
        return words
    at = lease.listener
    return words | {
        "user": lease.name if lease.password else None,
        "tag": lease.name,
        "listener": None
        if at is None
        else LeaseListenerJSON(host=reachable(at.host, host), port=at.port, tls=at.tls),
        "created_at": lease.created_at,
        "expires_at": lease.expires_at,
    }


def reachable(host: str, asked: str) -> str:
    """Where clients find a listener on *host*: if that is every address, where the server was *asked* at."""
    return asked or _WILDCARDS[host] if host in _WILDCARDS else host


def _address(of: Address) -> AddressJSON:
    return AddressJSON(name=of.name, address=of.address)


def _addresses(of: tuple[Address, ...]) -> tuple[AddressJSON, ...]:
    return tuple(map(_address, of))


def _parameters(of: tuple[model.Parameter, ...]) -> tuple[ParameterJSON, ...]:
    return tuple(
        ParameterJSON(keyword=clean(p.keyword), value=None if p.value is None else clean(p.value)) for p in of
    )


def reply(of: model.Reply) -> ReplyJSON:
    """A reply."""
    return ReplyJSON(code=of.code, enhanced=of.enhanced, text=clean(of.text))


def _transaction(of: model.Transaction) -> TransactionJSON:
    return TransactionJSON(
        envelope=envelope(of.envelope),
        started_at=of.started_at,
        ended_at=of.ended_at,
        inbox=clean(of.inbox),
        reply=None if of.reply is None else reply(of.reply),
        message_id=of.message_id,
        faults=tuple(map(clean, of.faults)),
    )


def _tls(of: model.Tls | None) -> TlsJSON | None:
    if of is None:
        return None
    return TlsJSON(
        mode=of.mode,
        version=of.version,
        cipher=of.cipher,
        server_name=clean(of.server_name),
        client_certificate=clean(of.client_certificate),
    )


def _auth(of: model.Auth | None) -> AuthJSON | None:
    return None if of is None else AuthJSON(mechanism=clean(of.mechanism), user=clean(of.user))


def part(of: Part, message_id: str) -> PartJSON:
    """A part of the message of that id, with the address of its octets."""
    return PartJSON(
        number=of.number,
        depth=of.depth,
        content_type=of.content_type,
        charset=of.charset,
        encoding=of.encoding,
        disposition=of.disposition,
        filename=of.filename,
        content_id=of.content_id,
        size=of.size,
        is_multipart=of.is_multipart,
        is_attachment=of.is_attachment,
        is_inline=of.is_inline,
        url=at(f"/api/messages/{message_id}/parts/{quote(of.number, safe='')}"),
    )


def _defect(of: Defect) -> DefectJSON:
    return DefectJSON(sentence=of.sentence, part=of.part, line=of.line)


def text(of: str) -> str:
    """Any text, fit for UTF-8: what cannot be encoded became U+FFFD."""
    return clean(of)


def size_words(octets: int) -> str:
    """A size for people, in decimal units: ``"412 B"``, ``"18.4 kB"``, ``"2.0 MB"``."""
    if octets < 1000:
        return f"{octets} B"
    amount = octets / 1000
    for unit in ("kB", "MB"):
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def seconds_words(seconds: float) -> str:
    """A span of time for people, to the millisecond: ``"1.318 s"``."""
    return f"{seconds:.3f} s"


def count_words(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``"1 message"``, ``"1 204 messages"``; *many* is for nouns without -s."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def grouped(number: int) -> str:
    """``18 412``, with a narrow space that does not break."""
    return f"{number:,}".replace(",", "\u202f")


def address_words(of: AddressJSON) -> str:
    """A mailbox on one line: ``"Name <address>"``, or the address alone."""
    return f"{of.name} <{of.address}>" if of.name else of.address
