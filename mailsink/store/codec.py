"""Envelopes, wire facts, summaries and sessions as JSON octets, and back.

Knows no SQL. The JSON is UTF-8 in which a lone surrogate stands as itself (Python's ``surrogatepass``):
a path may hold octets that were not UTF-8 as surrogate escapes, and must come back identical.
Times are integers, microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from ..message import Message, Summary
from ..mime import Address
from ..model import (
    Auth,
    Entries,
    Envelope,
    Parameter,
    Peer,
    Recipient,
    Reply,
    Session,
    Tls,
    Transaction,
    TranscriptEntry,
)

__all__ = [
    "decode_envelope",
    "decode_session",
    "decode_summary",
    "decode_tags",
    "decode_text",
    "decode_time",
    "decode_wire",
    "encode_envelope",
    "encode_session",
    "encode_summary",
    "encode_tags",
    "encode_text",
    "encode_time",
    "encode_wire",
]

# ASCII escapes would be shorter to write, but two escaped surrogates in a row come back as one character.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def encode_text(text: str) -> bytes:
    """UTF-8; lone surrogates are kept. Every string has its own octets."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")


def encode_time(moment: dt.datetime) -> int:
    """Microseconds since 1970-01-01 UTC; *moment* must be aware."""
    return (moment - _EPOCH) // _MICROSECOND


def decode_time(microseconds: int) -> dt.datetime:
    return _EPOCH + microseconds * _MICROSECOND


def encode_tags(tags: tuple[str, ...]) -> bytes:
    return _dump(tags)


def decode_tags(octets: bytes) -> tuple[str, ...]:
    return tuple(_load(octets))


def encode_envelope(envelope: Envelope) -> bytes:
    return _dump(_envelope_out(envelope))


def decode_envelope(octets: bytes) -> Envelope:
    return _envelope_in(_load(octets))


def encode_wire(message: Message) -> bytes:
    """What the session knew when *message* came: peer, greeting, TLS, AUTH, notes, faults."""
    return _dump(
        {
            "peer": _peer_out(message.peer),
            "greeting": message.greeting,
            "tls": _tls_out(message.tls),
            "auth": _auth_out(message.auth),
            "notes": message.notes,
            "faults": message.faults,
        }
    )


def decode_wire(octets: bytes) -> dict[str, Any]:
    """The keyword arguments of Message that `encode_wire` wrote."""
    wire = _load(octets)
    return {
        "peer": Peer(*wire["peer"]),
        "greeting": wire["greeting"],
        "tls": _tls_in(wire["tls"]),
        "auth": _auth_in(wire["auth"]),
        "notes": tuple(wire["notes"]),
        "faults": tuple(wire["faults"]),
    }


def encode_summary(summary: Summary) -> bytes:
    """What was read out of the content; envelope and flags are kept elsewhere."""
    return _dump(
        {
            "subject": summary.subject,
            "from": summary.from_ and _address_out(summary.from_),
            "to": [_address_out(address) for address in summary.to],
            "attachments": summary.attachments,
            "snippet": summary.snippet,
            "code": summary.code,
            "defects": summary.defects,
            "differs": summary.differs,
            "faults": summary.faults,
        }
    )


def decode_summary(octets: bytes) -> dict[str, Any]:
    """The keyword arguments of Summary that `encode_summary` wrote."""
    read = _load(octets)
    sender = read.pop("from")
    read["from_"] = sender and _address_in(sender)
    read["to"] = tuple(_address_in(address) for address in read["to"])
    read["faults"] = tuple(read["faults"])
    return dict(read)


def encode_session(session: Session) -> bytes:
    return _dump(
        {
            "id": session.id,
            "listener": session.listener,
            "peer": _peer_out(session.peer),
            "started_at": encode_time(session.started_at),
            "ended_at": _time_out(session.ended_at),
            "end": session.end,
            "greeting_verb": session.greeting_verb,
            "greeting": session.greeting,
            "tls": _tls_out(session.tls),
            "auth": _auth_out(session.auth),
            "transcript": _transcript_out(session.transcript),
            "cut": session.cut,
            "transactions": [_transaction_out(t) for t in session.transactions],
        }
    )


def decode_session(octets: bytes) -> Session:
    read = _load(octets)
    return Session(
        id=read["id"],
        listener=read["listener"],
        peer=Peer(*read["peer"]),
        started_at=decode_time(read["started_at"]),
        ended_at=_time_in(read["ended_at"]),
        end=read["end"],
        greeting_verb=read["greeting_verb"],
        greeting=read["greeting"],
        tls=_tls_in(read["tls"]),
        auth=_auth_in(read["auth"]),
        transcript=Entries.of(read["transcript"]),
        cut=read["cut"],
        transactions=tuple(_transaction_in(t) for t in read["transactions"]),
    )


def _dump(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Lone surrogates, which msgspec has no octets for.
        return encode_text(_JSON.encode(value))


def _load(octets: bytes) -> Any:
    try:
        return msgspec.json.decode(octets)
    except UnicodeDecodeError:
        return json.loads(decode_text(octets))


def _envelope_out(envelope: Envelope) -> dict[str, Any]:
    return {
        "reverse_path": envelope.reverse_path,
        "parameters": _parameters_out(envelope.parameters),
        "recipients": [
            {
                "path": r.path,
                "parameters": _parameters_out(r.parameters),
                "reply": _reply_out(r.reply),
                "discarded": r.discarded,
                "fault": r.fault,
            }
            for r in envelope.recipients
        ],
    }


def _envelope_in(read: dict[str, Any]) -> Envelope:
    return Envelope(
        reverse_path=read["reverse_path"],
        parameters=_parameters_in(read["parameters"]),
        recipients=tuple(
            Recipient(
                path=r["path"],
                parameters=_parameters_in(r["parameters"]),
                reply=Reply(**r["reply"]),
                discarded=r["discarded"],
                fault=r["fault"],
            )
            for r in read["recipients"]
        ),
    )


def _transcript_out(transcript: Sequence[TranscriptEntry]) -> list[tuple[float, str, str, int]]:
    if not isinstance(transcript, Entries):
        return [(e.at, e.kind, e.text, e.size) for e in transcript]
    return [
        (at, kind, said if isinstance(said, str) else said.decode("utf-8", "backslashreplace"), size)
        for at, kind, said, size in transcript.records
    ]


def _transaction_out(transaction: Transaction) -> dict[str, Any]:
    return {
        "envelope": _envelope_out(transaction.envelope),
        "started_at": encode_time(transaction.started_at),
        "ended_at": _time_out(transaction.ended_at),
        "inbox": transaction.inbox,
        "reply": transaction.reply and _reply_out(transaction.reply),
        "message_id": transaction.message_id,
        "field": transaction.field,
        "digest": transaction.digest,
        "faults": transaction.faults,
    }


def _transaction_in(read: dict[str, Any]) -> Transaction:
    return Transaction(
        envelope=_envelope_in(read["envelope"]),
        started_at=decode_time(read["started_at"]),
        ended_at=_time_in(read["ended_at"]),
        inbox=read["inbox"],
        reply=read["reply"] and Reply(**read["reply"]),
        message_id=read["message_id"],
        field=read["field"],
        digest=read["digest"],
        faults=tuple(read["faults"]),
    )


def _time_out(moment: dt.datetime | None) -> int | None:
    return None if moment is None else encode_time(moment)


def _time_in(microseconds: int | None) -> dt.datetime | None:
    return None if microseconds is None else decode_time(microseconds)


def _parameters_out(parameters: tuple[Parameter, ...]) -> list[list[str | None]]:
    return [[p.keyword, p.value] for p in parameters]


def _parameters_in(read: list[list[str]]) -> tuple[Parameter, ...]:
    return tuple(Parameter(*pair) for pair in read)


def _reply_out(reply: Reply) -> dict[str, Any]:
    return {"code": reply.code, "text": reply.text, "enhanced": reply.enhanced}


def _address_out(address: Address) -> list[str]:
    return [address.name, address.address]


def _address_in(read: list[str]) -> Address:
    return Address(*read)


def _peer_out(peer: Peer) -> list[Any]:
    return [peer.host, peer.port]


def _tls_out(tls: Tls | None) -> dict[str, str] | None:
    if tls is None:
        return None
    return {
        "mode": tls.mode,
        "version": tls.version,
        "cipher": tls.cipher,
        "server_name": tls.server_name,
        "client_certificate": tls.client_certificate,
    }


def _tls_in(read: dict[str, str] | None) -> Tls | None:
    return None if read is None else Tls(**read)


def _auth_out(auth: Auth | None) -> list[str] | None:
    return None if auth is None else [auth.mechanism, auth.user]


def _auth_in(read: list[str] | None) -> Auth | None:
    return None if read is None else Auth(*read)
