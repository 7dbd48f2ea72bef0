from __future__ import annotations

import pytest
from sending import converse, raw, send

from mailsink.conditions import caseless
from mailsink.store import memory
from mailsink_web import judgements as module
from mailsink_web.judgements import Judgements, names_of


@pytest.fixture
def judgements(sink):
    return Judgements(sink.store, sink.sessions)


def broken_off(sink):
    """A session of a client that goes away without QUIT."""
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO worker-3.example")


def words(judgements):
    return [judged.outcome.word for judged in judgements.list()]


def test_an_open_session_is_judged_anew_when_it_is_over(sink, judgements, ended):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        assert words(judgements) == ["open"]
        client.ask(b"QUIT")
    ended(1)

    assert words(judgements) == ["no mail"]


def test_the_failed_ones_are_counted(sink, judgements, ended):
    assert judgements.failed() == 0
    broken_off(sink)
    ended(1)
    assert judgements.failed() == 1
    broken_off(sink)
    send((sink.host, sink.port))
    ended(3)

    assert judgements.failed() == 2


def test_a_session_is_judged_once(sink, judgements, ended):
    send((sink.host, sink.port))
    ended(1)

    assert judgements.list()[0] is judgements.list()[0]


def test_a_session_that_has_gone_meanwhile_is_left_out(judgements):
    assert judgements._of(["gone"]) == ()


def test_no_more_are_remembered_than_two_lists_need(sink, judgements, ended, monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)
    for _ in range(3):
        converse((sink.host, sink.port), b"QUIT")
    ended(3)

    assert len(judgements.list()) == 3
    assert len(judgements._kept) == 2


def test_names_are_remembered_unless_they_are_long(sink, judgements, ended, monkeypatch):
    send((sink.host, sink.port), rcpt=["ADA@example.org"])
    ended(1)
    (judged,) = judgements.list()
    monkeypatch.setattr(module, "_LONG", 10)
    (long,) = Judgements(sink.store, sink.sessions).list()

    assert judged.names is not None
    assert long.names is None
    assert judgements.names(judged) == judgements.names(long) == names_of(sink.sessions.list()[0])
    assert caseless("Ada@Example") in judgements.names(long)
    monkeypatch.setattr(memory, "MAX_SESSIONS", 1)
    converse((sink.host, sink.port), b"QUIT")
    ended(2)
    assert judgements.names(long) == ""
