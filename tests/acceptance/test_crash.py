"""A 250 after the final dot outlives the process, however it dies."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from acceptance.crashing import crash, damage, lost_words
from sending import RawClient, mail
from serving import Server

from mailsink import Sink

ENOUGH = 500


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """The store of a process that was killed while it took mail, and who had sent what."""
    directory = tmp_path_factory.mktemp("crash")
    file = directory / "mail.db"
    return file, crash(directory, file, enough=ENOUGH)


def test_every_mail_that_got_its_250_is_there_once_and_the_same(crashed):
    file, senders = crashed
    expected = {name: sent for sender in senders for name, sent in sender.acknowledged.items()}

    with Sink(store=str(file)) as sink:
        found = [(m.subject, (m.envelope.reverse_path, m.content)) for m in sink.everything]

    assert len(expected) >= ENOUGH
    names = [name for name, _ in found]
    assert [name for name in expected if names.count(name) != 1] == []
    assert {name: sent for name, sent in found if name in expected} == expected


def test_no_mail_is_there_twice_or_out_of_nowhere(crashed):
    file, senders = crashed
    attempted = set().union(*(sender.attempted for sender in senders))

    with Sink(store=str(file)) as sink:
        names = [m.subject for m in sink.everything]

    assert len(names) == len(set(names))
    assert set(names) <= attempted


def test_each_session_s_mails_are_in_the_order_they_were_sent(crashed):
    file, senders = crashed

    with Sink(store=str(file)) as sink:
        names = [m.subject.rpartition("-") for m in sink.everything]

    for sender in senders:
        counts = [int(count) for session, _, count in names if session == sender.name]
        assert counts == list(range(len(counts)))


def test_the_file_is_sound(crashed):
    file, _ = crashed

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_search_finds_everything(crashed):
    file, senders = crashed

    assert damage(file, senders) == []
    assert lost_words(file, senders[0].acknowledged) == []


def test_a_look_at_the_file_tells_what_is_wrong(crashed, tmp_path):
    file, senders = crashed
    first, second = list(senders[0].acknowledged)[:2]
    with Sink(store=str(file)) as sink, Sink(store=tmp_path / "harmed.db") as harmed:
        for message in sink.everything:
            if message.subject != first:
                harmed.store.add(message, lambda _error: None)

    senders[0].acknowledged[second] = ("other@example.com", b"")
    found = damage(tmp_path / "harmed.db", senders)

    assert sorted(found) == [f"{first} is missing", f"{second} is not what was sent"]


def test_a_server_that_starts_on_the_file_goes_on(crashed, tmp_path):
    file, _ = crashed
    with Server(tmp_path, "--store", str(file)) as server:
        client = RawClient(server.smtp)
        client.reply()
        client.ask(b"EHLO client.example.org")
        client.ask(b"MAIL FROM:<shop@example.com>")
        client.ask(b"RCPT TO:<ada@example.org>")
        client.ask(b"DATA")
        reply = client.ask(mail("9-0") + b"\r\n.")
        client.close()
        assert server.stop() == (0, "")

    assert reply.startswith(b"250 ")
    with Sink(store=str(file)) as sink:
        assert sink.everything.get("latest").subject == "9-0"
        sink.everything.delete([sink.everything.get("latest").id])
