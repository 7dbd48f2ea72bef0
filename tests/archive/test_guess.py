from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from archiving import MODIFIED_AT

from mailsink.archive import Entry, message_of
from mailsink.archive.guess import GUESSED, envelope_of
from mailsink.mime import Parsed

DATE = dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
CONTENT = (
    b"Date: Thu, 2 Jan 2025 03:04:05 +0000\r\nFrom: shop@example.com\r\nTo: ada@example.org\r\n\r\nHi\r\n"
)
ENTRY = Entry(content=CONTENT, position="a.eml", modified_at=MODIFIED_AT, octets=9)


def fields(*lines: str) -> Parsed:
    return Parsed("\r\n".join((*lines, "", "")).encode())


@pytest.mark.parametrize(
    ("lines", "sender", "expected"),
    [
        (["Return-Path: <a@example.org>", "From: b@example.org"], "c@example.org", "a@example.org"),
        (["Return-Path: <>", "From: b@example.org"], "c@example.org", ""),
        (["From: b@example.org"], "c@example.org", "c@example.org"),
        (["From: b@example.org"], "", ""),
        (["From: B <b@example.org>, c@example.org"], None, "b@example.org"),
        (["Subject: Hi"], None, ""),
    ],
    ids=["Return-Path", "null path", "what the format tells", "null path by the format", "From", "nothing"],
)
def test_the_reverse_path_is_read(lines, sender, expected):
    assert envelope_of(fields(*lines), sender).reverse_path == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Delivered-To: a@example.org", "Delivered-To: b@example.org", "To: c@example.org"], ["a", "b"]),
        (
            ["To: a@example.org, B <b@example.org>", "Cc: c@example.org", "Bcc: d@example.org"],
            ["a", "b", "c", "d"],
        ),
        (["To: a@example.org, b@example.org", "Cc: A@example.org"], ["a", "b"]),
        (["To: undisclosed-recipients:;"], []),
    ],
    ids=["Delivered-To", "To, Cc, Bcc", "each once", "nobody"],
)  # fmt: skip
def test_the_recipients_are_read(lines, expected):
    assert envelope_of(fields(*lines)).forward_paths == tuple(f"{name}@example.org" for name in expected)


def test_a_message_says_that_its_envelope_was_read():
    assert message_of(ENTRY).notes == (GUESSED,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"moment": DATE.replace(year=2024)}, DATE.replace(year=2024)),
        ({}, DATE),
        ({"moment": DATE.replace(year=1960)}, DATE),
        ({"moment": DATE.replace(year=9000)}, DATE),
        ({"content": b"Date: never\r\n\r\n"}, MODIFIED_AT),
    ],
    ids=["the format", "Date", "too early", "in the future", "the file"],
)
def test_the_time_is_the_first_that_can_be_true(changes, expected):
    assert message_of(replace(ENTRY, **changes)).received_at == expected


def test_the_same_entry_is_the_same_message():
    assert message_of(ENTRY) == message_of(replace(ENTRY, modified_at=DATE, octets=1))


@pytest.mark.parametrize(
    "other", [{"content": CONTENT + b"."}, {"position": "b.eml"}], ids=["content", "position"]
)
def test_another_entry_is_another_message(other):
    assert message_of(replace(ENTRY, **other)).id != message_of(ENTRY).id


def test_another_inbox_gets_a_message_of_its_own():
    assert message_of(ENTRY, inbox="a").id != message_of(ENTRY, inbox="b").id


def test_ids_are_in_the_order_of_the_times():
    later = replace(ENTRY, moment=DATE + dt.timedelta(microseconds=1))

    assert message_of(ENTRY).id < message_of(later).id


def test_a_message_without_an_inbox_goes_to_the_default_one():
    assert (message_of(ENTRY).inbox, message_of(ENTRY, inbox="a").inbox) == ("default", "a")


def test_no_content_is_too_strange():
    message = message_of(replace(ENTRY, content=b"\xff\x00To: <<>>,\r\n" * 5))

    assert message.envelope.forward_paths == ()
