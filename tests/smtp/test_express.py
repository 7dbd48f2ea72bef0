from __future__ import annotations

import queue
import socket
import threading
from contextlib import suppress

import pytest
from raw import RCPT, SENDER, Raw

from mailsink.events import Events
from mailsink.policy import Policy
from mailsink.sink import Sink
from mailsink.smtp import express
from mailsink.smtp.connection import Connection
from mailsink.store.memory import MemoryStore

BEGIN = f"EHLO a.example\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<{RCPT}>\r\n".encode()
MAIL = BEGIN + b"DATA\r\nSubject: hi\r\n\r\n..dot\r\n.\r\n"
DIALOGUES = {
    "one mail": MAIL + b"QUIT\r\n",
    "other spellings": MAIL.replace(b"EHLO", b"ehlo").replace(b"MAIL", b"Mail") + b"quit\r\n",
    "two mails": MAIL + MAIL + b"NOOP\r\nRSET\r\nQUIT\r\n",
    "out of order": b"DATA\r\nRCPT TO:<a@example.org>\r\nMAIL FROM:<a@example.org>\r\n" + MAIL + b"QUIT\r\n",
    "wrong paths": b"EHLO a\r\nMAIL FROM:<a@>\r\nMAIL FROM:<> SIZE=x\r\nMAIL\r\nEHLO \r\nQUIT\r\n",
    "left behind": BEGIN + b"RSET\r\n" + BEGIN + BEGIN + b"QUIT\r\n",
    "too large": BEGIN + b"DATA\r\n" + b"x" * 5_000 + b"\r\n.\r\nQUIT\r\n",
    "too many": b"NOOP\r\n" * 9,
    "too wrong": b"RCPT TO:<a@example.org>\r\n" * 9,
    "refused and discarded": BEGIN.replace(RCPT.encode(), b"no@example.org") + b"DATA\r\nQUIT\r\n",
    "help in between": BEGIN + b"HELP\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n",
    "a bare LF": BEGIN.replace(b">\r\n", b">\n") + b"DATA\r\nhi\r\n.\r\nQUIT\r\n",
    "a bare CR": b"EHLO a\r\r\nNOOP\r\r\nQUIT\r\n",
    "a long line": b"EHLO " + b"a" * 5_000 + b"\r\nNOOP\r\nQUIT\r\n",
    "arguments that there are none of": b"EHLO a\r\nDATA now\r\nQUIT now\r\nRSET now\r\nQUIT\r\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a cut command": BEGIN + b"DAT",
    "a cut content": BEGIN + b"DATA\r\nhalf",
    "no end": MAIL,
    "nothing": b"",
}


def protocol_of(served) -> Connection:
    (protocol,) = served.listener._open.values()
    return protocol


def held(serve, dialogue: bytes, piece: int) -> tuple[object, ...]:
    """What is recorded of a client that says *dialogue* in pieces, what it was told among it."""
    served = serve(max_size=4_000, max_idle_commands=5, max_errors=5)
    client = served.connect()
    # The server may have ended the session before the client has said all.
    with suppress(OSError):
        for start in range(0, len(dialogue), piece):
            client.send(dialogue[start : start + piece])
        client.socket.shutdown(socket.SHUT_WR)
    client.rest()
    session = served.ended()
    ids = [message.id for message in served.messages()]

    def even(text: str) -> str:
        for message_id in ids:
            text = text.replace(message_id, "ID")
        return text

    return (
        [(entry.kind, even(entry.text), entry.size) for entry in session.transcript],
        [
            (t.envelope, t.inbox, even(str(t.reply)), bool(t.message_id), t.digest)
            for t in session.transactions
        ],
        session.end,
        [(m.content, m.envelope, m.notes, m.greeting) for m in served.messages()],
    )


@pytest.mark.parametrize("piece", [1_000_000, 7], ids=["at once", "in pieces"])
@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_it_says_and_records_what_the_ordinary_way_does(serve, monkeypatch, dialogue, piece):
    quickly = held(serve, dialogue, piece)
    monkeypatch.setattr(express, "_COMMANDS", {})

    assert quickly == held(serve, dialogue, piece)


def test_no_coroutine_runs_while_only_common_things_are_said(served):
    client = served.connect()
    client.begin()
    client.data(b"hi\r\n")
    client.say("NOOP")
    assert not protocol_of(served).lane.is_running

    client.say("HELP")
    assert protocol_of(served).lane.is_running


@pytest.mark.parametrize("before", [b"", BEGIN, BEGIN + b"DATA\r\nhi"], ids=["MAIL", "DATA", "dot"])
def test_a_rule_that_is_added_in_the_middle_of_a_session_holds(served, before):
    client = served.connect()
    client.send(before)
    for _ in range(before.count(b"\r\n")):
        client.reply()
    served.sink.inbox.faults.add(stage="dot", reply="451 4.3.0 Later")
    if not before:
        client.begin()
    if b"DATA" not in before:
        client.say("DATA")
    client.send(b"\r\n.\r\n")

    assert client.reply().code == 451
    assert served.messages() == []


class SlowStore(MemoryStore):
    """Keeps what it is given once it is `released`."""

    def __init__(self) -> None:
        super().__init__(Events())
        self.given: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.released = threading.Event()

    def add(self, message, done):
        def later() -> None:
            self.released.wait(20)
            super(SlowStore, self).add(message, done)

        threading.Thread(target=later, daemon=True).start()
        self.given.put(None)


@pytest.fixture
def slow():
    store = SlowStore()
    with Sink(store=store, policy=Policy(max_idle_commands=0, idle_timeout=0.2)) as sink:
        yield store, sink
        store.released.set()


def asking(slow, octets: bytes = MAIL):
    """A client whose mail the store has and has not answered for."""
    store, sink = slow
    client = Raw(sink.host, sink.port)
    client.send(octets)
    assert [client.reply().code for _ in range(4)] == [250, 250, 250, 354]
    store.given.get(timeout=20)
    return client


def test_what_comes_before_the_store_has_answered_is_answered_after_it(slow):
    with asking(slow, MAIL + b"NOOP\r\nQU") as client:
        client.send(b"IT\r\n")
        slow[0].released.set()

        assert [client.reply().text.split()[0] for _ in range(3)] == ["2.0.0", "2.0.0", "2.0.0"]
        assert client.rest() == b""


def test_a_client_that_sends_on_and_on_before_the_store_has_answered_is_not_read(slow):
    with asking(slow) as client:
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.send((b"EHLO " + b"a" * 4_000 + b"\r\n") * 10_000)


def test_a_client_that_left_before_the_store_has_answered_has_its_mail_kept(slow):
    store, sink = slow
    with sink.events.subscribe(kinds=("session",)) as sessions:
        with asking(slow) as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        store.released.set()
        (session_id,) = sessions.get(20).ids

    (transaction,) = sink.sessions.get(session_id).transactions
    assert transaction.reply.code == 250
    assert [m.id for m in sink.inbox.find()] == [transaction.message_id]


def test_a_slow_store_is_not_the_clients_silence(slow):
    store, _ = slow
    with asking(slow) as client:
        # Thrice as long as a client may be silent.
        assert not store.released.wait(0.6)
        store.released.set()

        assert client.reply().code == 250
        assert client.reply().code == 421


def test_a_sink_that_is_closed_does_not_wait_for_a_store_for_ever(slow):
    _, sink = slow
    with asking(slow) as client:
        sink.close()

        assert client.reply().code == 421


@pytest.mark.parametrize("command", [b"NOOP\r\n", BEGIN + b"DATA\r\nhi\r\n.\r\n"], ids=["NOOP", "mails"])
def test_a_client_that_does_not_read_is_not_read_and_hears_all_at_last(serve, command):
    served = serve(max_idle_commands=0)
    client = served.connect(window=4_096)
    times = 400_000 // len(command)
    sender = threading.Thread(target=client.send, args=(command * times + b"QUIT\r\n",))
    sender.start()
    sender.join(0.5)
    heard = client.rest()
    sender.join()

    assert heard.count(b"\n250 2.0.0 ") >= times - 1
    assert heard.endswith(b"221 2.0.0 mailsink closes\r\n")
