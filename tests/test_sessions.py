from __future__ import annotations

import datetime as dt

import pytest
from messages import message
from sending import in_data, raw, send

from mailsink import Fault, Rule, Sink


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def at(sink: Sink) -> tuple[str, int]:
    return sink.host, sink.port


def test_there_are_none_at_first(sink):
    assert sink.sessions.list() == ()
    assert len(sink.sessions) == 0


def test_a_session_is_there_while_it_is_open(sink):
    with in_data(at(sink)):
        (session,) = sink.sessions.list()

        assert (session.ended_at, session.greeting) == (None, "client.example.org")
        assert sink.sessions.get(session.id).id == session.id


def test_a_session_is_there_once_when_it_has_ended(sink):
    send(at(sink))
    assert sink.inbox.wait_idle(10)

    (session,) = sink.sessions.list()

    assert session.id == sink.inbox.expect().session_id
    assert [t.message_id for t in session.transactions] == [sink.inbox.expect().id]


def test_a_session_that_sent_nothing_is_there_too(sink):
    with raw(at(sink)) as client:
        client.reply()
        client.ask(b"QUIT")
        assert client.reply() == b""

    with sink.events.subscribe(after=0, kinds=("session",)) as news:
        assert news.get(10) is not None
    assert len(sink.sessions) == 1


def test_an_unknown_session_is_none(sink):
    assert sink.sessions.get("nothing") is None


def test_sessions_are_listed_newest_first_and_go_on_before_one(sink):
    with raw(at(sink)) as first, raw(at(sink)) as second, raw(at(sink)) as third:
        peers = [str(client.socket.getsockname()[1]) for client in (first, second, third)]
        for client in (first, second, third):
            client.reply()

        page = sink.sessions.list(limit=2)
        rest = sink.sessions.list(limit=2, before=page[-1].id)
        assert sink.sessions.ids(limit=2) == tuple(session.id for session in page)
        assert sink.sessions.ids(before=page[-1].id) == (rest[0].id,)

    assert [str(session.peer.port) for session in (*page, *rest)] == peers[::-1]


def test_open_and_ended_sessions_are_one_list(sink):
    with raw(at(sink)) as still_open:
        still_open.reply()
        send(at(sink))
        sink.inbox.expect()

        assert len(sink.sessions.list()) == len(sink.sessions.ids()) == 2


def test_a_message_s_transaction_began_when_mail_came(sink):
    with in_data(at(sink)) as client:
        before = dt.datetime.now(dt.UTC)
        client.ask(b"\r\n.")

        assert sink.sessions.began_at(sink.inbox.expect()) < before


def test_a_message_that_is_being_answered_has_begun_too(sink):
    sink.faults.add(Rule(stage="stored", fault=Fault("stall")))
    with in_data(at(sink)) as client:
        before = dt.datetime.now(dt.UTC)
        client.say(b"\r\n.\r\n")
        message = sink.inbox.wait().matched[0]

        assert sink.sessions.began_at(message) < before
        assert sink.sessions.get(message.session_id).transactions == ()


def test_without_its_session_a_message_began_when_it_was_complete(sink):
    kept = message()

    assert sink.sessions.began_at(kept) == kept.received_at
