"""Archives for tests: messages of every kind, written and read by the name of a format."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from acceptance.corpus import MAILS
from hypothesis import strategies as st
from messages import message

from mailsink.archive import FORMATS, Bad, Entry, message_of, reader_of, writer_of
from mailsink.message import Message, new_id
from mailsink.model import Auth, Envelope, Parameter, Peer, Recipient, Reply, Tls

FORMAT_NAMES = tuple(FORMATS)
MODIFIED_AT = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
TLS = Tls(mode="starttls", version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", server_name="mail.example.org")


def corpus() -> tuple[Message, ...]:
    """A message of each kind, as captured, with what a session knows and with flags."""
    return tuple(
        message(
            octets=sample.content,
            reverse_path=sample.reverse_path,
            rcpt=sample.forward_paths,
            refused={"full@example.org": Reply(452, "Later", "4.2.2")},
            state={
                "inbox": "shop" if number % 4 == 0 else "default",
                "received_at": dt.datetime(2026, 11, 24, 14, 30, number, 123456, tzinfo=dt.UTC),
                "session_id": new_id(),
                "peer": Peer("127.0.0.1", 50000 + number),
                "greeting": "client.example.org",
                "tls": TLS if number % 2 else None,
                "auth": Auth("PLAIN", "ada") if number % 3 else None,
                "notes": ("A line was too long.",),
                "read": number % 2 == 0,
                "starred": number % 3 == 0,
                "tags": ("grün", "b")[: number % 3],
            },
        )
        for number, sample in enumerate(MAILS.values())
    )


def small(number: int = 0, *, content: bytes | None = None, **state: object) -> Message:
    """A small message; *number* is in its subject."""
    octets = f"Subject: Number {number}\r\n\r\nHi\r\n".encode() if content is None else content
    return replace(message(octets=octets), **state)


def write(format_name: str, target: Path, messages: Iterable[Message]) -> Path:
    """*messages* as the archive *target*."""
    with writer_of(format_name)(target, {}) as writer:
        for each in messages:
            writer.add(each)
        writer.finish()
    return target


def entries(format_name: str, source: Path) -> list[Entry | Bad]:
    return list(reader_of(format_name)(source))


def read(format_name: str, source: Path) -> list[Message]:
    """The messages in *source*, by id; there must be no bad entry."""
    found = entries(format_name, source)
    assert [str(each) for each in found if isinstance(each, Bad)] == []
    return sorted((message_of(each) for each in found), key=lambda m: m.id)


def forget(target: Path) -> None:
    """Remove what is kept beside the contents of the archive *target*."""
    if target.is_dir():
        for file in target.rglob("*.json"):
            file.unlink()
    else:
        target.with_name(target.name + ".jsonl").unlink(missing_ok=True)


def change(file: Path, **values: object) -> None:
    """Put other *values* into the JSON of the first line of *file*."""
    first, *others = file.read_text("ascii").splitlines()
    file.write_text("\n".join([json.dumps(json.loads(first) | values), *others]) + "\n", "ascii")


# What can come over the wire: any octets, which are surrogate escapes where they are not UTF-8.
texts = st.binary(max_size=12).map(lambda octets: octets.decode("utf-8", "surrogateescape"))
parameters = st.lists(st.builds(Parameter, texts, st.none() | texts), max_size=2).map(tuple)
replies = st.builds(Reply, st.integers(200, 599), texts, texts)
recipients = st.builds(
    Recipient, path=texts, parameters=parameters, reply=replies, discarded=st.booleans(), fault=texts
)
envelopes = st.builds(
    Envelope,
    reverse_path=texts,
    parameters=parameters,
    recipients=st.lists(recipients, max_size=2).map(tuple),
)
words = st.lists(texts, max_size=2).map(tuple)
# Line ends and beginnings of every kind, as an mbox might mistake them.
pieces = (b"From ", b">From ", b">", b"From me Mon Jan  1 00:00:00 2024", b"a", b"\n", b"\r\n", b"\r")
contents = st.lists(st.sampled_from(pieces) | st.binary(max_size=5), max_size=12).map(b"".join)
messages = st.builds(
    Message,
    id=st.builds(new_id),
    inbox=texts.filter(bool),
    envelope=envelopes,
    content=contents,
    received_at=st.datetimes(min_value=dt.datetime(1970, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    session_id=st.builds(new_id),
    peer=st.builds(Peer, texts, st.integers(0, 65535)),
    greeting=texts,
    tls=st.none() | st.builds(Tls, mode=texts, version=texts, cipher=texts),
    auth=st.none() | st.builds(Auth, texts, texts),
    notes=words,
    faults=words,
    read=st.booleans(),
    starred=st.booleans(),
    tags=words,
)
