from __future__ import annotations

import smtplib
import socket

import pytest

from mailsink import GuardError
from mailsink.testing import Guard, Server, Stray, told


@pytest.fixture
def guard():
    guard = Guard(lambda host, port: (host, port) == ("sink.example.org", 25))
    guard.active = True
    guard.start()
    yield guard
    guard.stop()


def test_smtp_elsewhere_is_refused_before_a_name_is_looked_up(guard):
    with pytest.raises(GuardError, match=r"SMTP to mail\.example\.org:25 is refused: it is not the sink"):
        smtplib.SMTP("mail.example.org")

    [stray] = guard.take()
    assert (stray.host, stray.port) == ("mail.example.org", 25)
    assert stray.place.startswith("test_guard.py:")
    assert stray.place.endswith(", in test_smtp_elsewhere_is_refused_before_a_name_is_looked_up")


def test_a_connection_to_a_mail_port_is_smtp_whoever_makes_it(guard):
    with pytest.raises(GuardError):
        socket.create_connection(("127.0.0.1", 587), 10)


def test_the_sink_is_let_be(guard):
    guard.check("sink.example.org", 25)

    assert guard.take() == []


def test_strays_are_taken_once_each(guard):
    for _ in range(2):
        with pytest.raises(GuardError):
            smtplib.SMTP("mail.example.org", 465)

    assert len(guard.take()) == 1
    assert guard.take() == []


def test_one_that_is_not_active_or_stopped_lets_all_be(guard):
    guard.active = False
    guard.check("mail.example.org", 25)
    guard.stop()

    assert guard.take() == []


def test_a_server_takes_what_comes_to_its_ports_and_would_have():
    with Server() as server, server.open("test") as opened:
        assert server.takes("localhost", opened.port)
        assert not server.takes("192.0.2.1", opened.port)
        assert not server.takes("localhost", 25)
        with opened.down():
            assert server.takes("127.0.0.1", opened.port)


def test_strays_are_told_with_what_to_do():
    strays = [
        Stray(host="a.example.org", port=25, place="app.py:1, in f"),
        Stray(host="b\x1b", port=1, place="x"),
    ]

    assert told(strays).splitlines() == [
        "mail was on its way past the sink:",
        "  1. SMTP to a.example.org:25",
        "       app.py:1, in f",
        "  2. SMTP to b\\x1b:1",
        "       x",
        "point it at mailsink.host and mailsink.port, or allow it: mailsink_guard.allow('a.example.org', 25)",
    ]
    assert told([]) == ""
