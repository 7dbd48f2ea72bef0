from __future__ import annotations

import dataclasses
import datetime as dt
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink import model
from mailsink.model import (
    Entries,
    Envelope,
    Parameter,
    Peer,
    Recipient,
    Reply,
    TranscriptEntry,
    parameter_value,
)

NOW = dt.datetime(2030, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
OK = Reply(250, "OK", "2.1.5")
NO = Reply(550, "No such user", "5.1.1")
VALUES = [
    value for value in vars(model).values() if inspect.isclass(value) and value.__module__ == model.__name__
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_every_value_is_frozen_and_slotted(value):
    assert dataclasses.is_dataclass(value)
    assert value.__dataclass_params__.frozen
    assert not hasattr(value, "__dict__") or "__slots__" in vars(value)


def test_every_value_is_public():
    assert sorted(value.__name__ for value in VALUES) == [n for n in model.__all__ if n != "parameter_value"]


def test_a_reply_of_one_line_is_sent_as_code_enhanced_code_and_text():
    assert NO.encode() == b"550 5.1.1 No such user\r\n"


def test_a_reply_without_an_enhanced_code_is_sent_without():
    assert Reply(354, "Go on").encode() == b"354 Go on\r\n"


def test_a_reply_of_several_lines_repeats_both_codes():
    reply = Reply(550, "No such user\nAsk the postmaster", "5.1.1")

    assert reply.encode() == b"550-5.1.1 No such user\r\n550 5.1.1 Ask the postmaster\r\n"


def test_the_lines_of_a_greeting_carry_the_code_only():
    assert Reply(250, "mailsink\nSIZE 10\nHELP").lines == ("250-mailsink", "250-SIZE 10", "250 HELP")


@given(st.text())
def test_no_text_can_end_a_reply_early(text):
    reply = Reply(500, text, "5.5.1")

    lines = reply.encode().split(b"\r\n")

    assert lines.pop() == b""
    assert len(lines) == text.count("\n") + 1
    assert all(line.startswith(b"500") for line in lines)
    assert not any(octet < 32 or octet == 127 for line in lines for octet in line)


@pytest.mark.parametrize(("code", "positive"), [(250, True), (354, True), (421, False), (550, False)])
def test_2xx_and_3xx_are_positive(code, positive):
    assert Reply(code, "").is_positive is positive


@pytest.mark.parametrize(
    ("reply", "shown"),
    [(NO, "550 5.1.1 No such user"), (Reply(354, "Go on"), "354 Go on"), (Reply(250, ""), "250")],
)
def test_a_reply_is_shown_without_gaps(reply, shown):
    assert str(reply) == shown


@pytest.mark.parametrize(
    ("parameter", "shown"),
    [
        (Parameter("SMTPUTF8"), "SMTPUTF8"),
        (Parameter("SIZE", "10"), "SIZE=10"),
        (Parameter("ENVID", ""), "ENVID="),
    ],
)
def test_a_parameter_is_shown_as_it_was_said(parameter, shown):
    assert str(parameter) == shown


def test_the_forward_paths_are_those_that_were_accepted():
    envelope = Envelope(
        reverse_path="",
        recipients=(
            Recipient(path="b@example.org", reply=OK),
            Recipient(path="no@example.org", reply=NO),
            Recipient(path="a@example.org", reply=OK),
        ),
    )

    assert envelope.forward_paths == ("b@example.org", "a@example.org")


def test_an_envelope_without_parameters_is_7bit_and_not_smtputf8():
    envelope = Envelope(reverse_path="shop@example.com")

    assert (envelope.body, envelope.smtputf8) == ("7BIT", False)


def test_an_envelope_knows_its_parameters():
    envelope = Envelope(reverse_path="", parameters=(Parameter("BODY", "8bitmime"), Parameter("SMTPUTF8")))

    assert (envelope.body, envelope.smtputf8) == ("8BITMIME", True)


def test_the_first_parameter_of_a_name_counts():
    parameters = (Parameter("SIZE", "1"), Parameter("SIZE", "2"))

    assert parameter_value(parameters, "SIZE") == "1"


def test_a_parameter_without_a_value_reads_as_empty_and_a_missing_one_as_the_default():
    parameters = (Parameter("SMTPUTF8"),)

    assert parameter_value(parameters, "SMTPUTF8", "x") == ""
    assert parameter_value(parameters, "RET", "FULL") == "FULL"


@pytest.mark.parametrize(
    ("peer", "shown"),
    [
        (Peer("127.0.0.1", 40000), "127.0.0.1:40000"),
        (Peer("::1", 40000), "[::1]:40000"),
        (Peer(""), "unix socket"),
    ],
)
def test_a_peer_is_shown_as_an_address(peer, shown):
    assert str(peer) == shown


def test_a_session_is_open_until_it_says_otherwise():
    session = model.Session(id="1", listener="127.0.0.1:1025", peer=Peer("127.0.0.1", 1), started_at=NOW)

    assert session.ended_at is None
    assert session.end == ""
    assert session.transactions == ()


def test_entries_are_made_of_records():
    entries = Entries.of([(0.0, "client", "EHLO x", 0), (0.5, "server", b"250-a\r\n250 b\r\n", 0)])

    assert list(entries) == [
        TranscriptEntry(0.0, "client", "EHLO x"),
        TranscriptEntry(0.5, "server", "250-a"),
        TranscriptEntry(0.5, "server", "250 b"),
    ]


def test_entries_are_a_sequence_that_equals_a_tuple():
    entries = Entries.of([(0.0, "client", "EHLO x", 0), (0.5, "server", b"250-a\r\n250 b\r\n", 0)])
    made = tuple(entries)

    assert entries == made == entries
    assert (hash(entries), repr(entries), len(entries)) == (hash(made), repr(made), 3)
    assert (entries[-1], entries[1:], list(reversed(entries))) == (made[2], made[1:], list(made)[::-1])
    assert entries != list(made)
