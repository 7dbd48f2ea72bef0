"""Adding to a store and waiting until it is kept, and values of every kind to keep, for the store tests."""

from __future__ import annotations

import datetime as dt
import os
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hypothesis import strategies as st
from messages import message

from mailsink.errors import StoreError
from mailsink.message import Message, new_id
from mailsink.model import (
    Auth,
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
from mailsink.store import Store, indexer
from mailsink.store.sqlite import SQLiteStore
from mailsink.store.writer import Job

T = TypeVar("T")
STARTED_AT = dt.datetime(2026, 11, 24, 14, 30, 0, 123456, tzinfo=dt.UTC)
TIMEOUT = 30.0
# For child processes: they find what this one finds.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def keep(store: Store, *messages: Message) -> tuple[Message, ...]:
    """Add *messages* and wait until each is kept; raises what a `done` was told."""
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for each in messages:
        store.add(each, told.put)
    for _ in messages:
        if error := told.get(timeout=TIMEOUT):
            raise error
    return messages


def mail(inbox: str = "default", **state: Any) -> Message:
    """A small message in *inbox*."""
    return message(octets=b"Subject: Hello\r\n\r\nHi\r\n", state={"inbox": inbox, **state})


def session(**more: Any) -> Session:
    given = {"id": new_id(), "listener": "127.0.0.1:1025", "peer": Peer("127.0.0.1", 50000), **more}
    return Session(**{"started_at": STARTED_AT, **given})


def index_all(store: Store) -> None:
    """Wait until everything is in the index of a file store."""
    assert isinstance(store, SQLiteStore)
    done: queue.SimpleQueue[object] = queue.SimpleQueue()

    class Fill(Job):
        def run(self, connection: sqlite3.Connection) -> None:
            while indexer.fill(connection, lambda: False):
                pass

        def settle(self, error: StoreError | None) -> None:
            done.put(error)

    store._writer.submit(Fill())
    assert done.get(timeout=TIMEOUT) is None


def on_writer(store: Store, work: Callable[[sqlite3.Connection], T]) -> T:
    """What *work* returns, done in a transaction of a file store."""
    assert isinstance(store, SQLiteStore)
    done: list[T] = []

    def change(connection: sqlite3.Connection) -> dict[str, list[str]]:
        done.append(work(connection))
        return {}

    store._change("changed", change)
    return done[0]


@contextmanager
def older_index() -> Iterator[None]:
    """What is indexed inside is indexed as an older version did it: without tokens for what is short."""
    last, indexer.LAST = indexer.LAST, -1
    try:
        yield
    finally:
        indexer.LAST = last


class Hold(Job):
    """Keeps a writer inside a transaction until it is released, so that what comes next is one batch."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.released = threading.Event()

    def run(self, _connection: sqlite3.Connection) -> None:
        self.began.set()
        assert self.released.wait(TIMEOUT)


# Every string: controls, NUL and lone surrogates, which stand for octets that were not UTF-8.
texts = st.text(st.characters(exclude_categories=()), max_size=20)
moments = st.datetimes(min_value=dt.datetime(1970, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
numbers = st.integers(0, 2**31)
parameters = st.lists(st.builds(Parameter, texts, st.none() | texts), max_size=3).map(tuple)
replies = st.builds(Reply, st.integers(200, 599), texts, texts)
recipients = st.builds(
    Recipient, path=texts, parameters=parameters, reply=replies, discarded=st.booleans(), fault=texts
)
envelopes = st.builds(
    Envelope,
    reverse_path=texts,
    parameters=parameters,
    recipients=st.lists(recipients, max_size=3).map(tuple),
)
peers = st.builds(Peer, texts, st.integers(0, 65535))
tls = st.builds(Tls, mode=texts, version=texts, cipher=texts, server_name=texts, client_certificate=texts)
auths = st.builds(Auth, texts, texts)
tags = st.lists(texts, max_size=3).map(tuple)
messages = st.builds(
    Message,
    id=st.builds(new_id),
    inbox=texts,
    envelope=envelopes,
    content=st.binary(max_size=2000),
    received_at=moments,
    session_id=st.builds(new_id),
    peer=peers,
    greeting=texts,
    tls=st.none() | tls,
    auth=st.none() | auths,
    notes=tags,
    faults=tags,
    read=st.booleans(),
    starred=st.booleans(),
    tags=tags,
)
entries = st.builds(TranscriptEntry, st.floats(0, 1e6), texts, texts, numbers)
transactions = st.builds(
    Transaction,
    envelope=envelopes,
    started_at=moments,
    ended_at=st.none() | moments,
    inbox=texts,
    reply=st.none() | replies,
    message_id=texts,
    field=texts,
    digest=texts,
    faults=st.lists(texts, max_size=3).map(tuple),
)
sessions = st.builds(
    Session,
    id=st.builds(new_id),
    listener=texts,
    peer=peers,
    started_at=moments,
    ended_at=st.none() | moments,
    end=texts,
    greeting_verb=texts,
    greeting=texts,
    tls=st.none() | tls,
    auth=st.none() | auths,
    transcript=st.lists(entries, max_size=3).map(tuple),
    cut=numbers,
    transactions=st.lists(transactions, max_size=2).map(tuple),
)
