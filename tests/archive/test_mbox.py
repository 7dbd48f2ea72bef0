from __future__ import annotations

import datetime as dt
import mailbox

import pytest
from archiving import change, contents, entries, forget, read, small, write
from hypothesis import given

from mailsink.archive import Bad
from mailsink.archive.mbox import quote, read_mbox, unquote
from mailsink.model import Envelope

START = b"From ada@example.org Tue Nov 24 14:30:00 2026\n"


def file_of(tmp_path, octets: bytes):
    (tmp_path / "in.mbox").write_bytes(octets)
    return tmp_path / "in.mbox"


def found(tmp_path, octets: bytes):
    return entries("mbox", file_of(tmp_path, octets))


@given(content=contents)
def test_quoting_can_be_taken_back(content):
    assert unquote(quote(content)) == content


@given(content=contents)
def test_nothing_that_is_quoted_begins_a_message(content):
    assert not any(line.startswith(b"From ") for line in quote(content).split(b"\n"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"From a\nFrom", b">From a\nFrom"), (b">From a\n>> From a\n", b">>From a\n>> From a\n")],
)
def test_lines_that_look_like_a_beginning_get_one_more_mark(content, expected):
    assert quote(content) == expected


def test_pythons_own_reader_finds_the_same_messages(tmp_path):
    mails = [small(content=b"Subject: %d\n\nFrom here\n\nto there\n" % number) for number in range(3)]
    target = write("mbox", tmp_path / "out.mbox", mails)

    with target.open("rb"):
        box = mailbox.mbox(target, create=False)
        texts = [unquote(box.get_bytes(key)) for key in box.iterkeys()]
        box.close()

    assert texts == [mail.content for mail in mails]


def test_the_first_line_tells_reverse_path_and_time(tmp_path):
    (entry,) = found(tmp_path, START + b"Subject: Hi\n\nHi\n\n")

    assert (entry.sender, entry.moment) == (
        "ada@example.org",
        dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC),
    )
    assert entry.content == b"Subject: Hi\n\nHi\n"


@pytest.mark.parametrize(
    ("line", "sender", "hour"),
    [
        (b"From MAILER-DAEMON Tue Nov 24 14:30:00 2026", "", 14),
        (b"From a b@example.org Tue Nov 24 14:30 2026", "a b@example.org", 14),
        (b"From a@example.org  Tue Nov 24 14:30:00 +0200 2026", "a@example.org", 12),
        (b"From a@example.org  Tue Nov 24 14:30:00 2026 -0100", "a@example.org", 15),
        (b"From \xffa@example.org Tue Nov  4 14:30:00 2026", "\udcffa@example.org", 14),
    ],
)
def test_first_lines_of_every_program_are_read(line, sender, hour, tmp_path):
    _, second = found(tmp_path, START + b"\n" + line + b"\nHi\n")

    assert (second.sender, second.moment.hour) == (sender, hour)


def test_a_file_may_begin_with_a_line_that_has_no_date(tmp_path):
    (entry,) = found(tmp_path, b"From ada@example.org\nHi\n")

    assert (entry.sender, entry.moment, entry.content) == ("ada@example.org", None, b"Hi\n")


def test_a_line_of_text_that_begins_with_from_is_text(tmp_path):
    (entry,) = found(tmp_path, START + b"\nFrom here on it is text.\n")

    assert entry.content == b"\nFrom here on it is text.\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_the_blank_line_before_the_next_message_is_not_the_contents(end, tmp_path):
    text = START.replace(b"\n", end) + b"Hi" + end + end

    assert [entry.content for entry in found(tmp_path, text * 2)] == [b"Hi" + end] * 2


def test_a_file_may_end_without_a_blank_line(tmp_path):
    assert [entry.content for entry in found(tmp_path, START + b"Hi\n")] == [b"Hi\n"]


@pytest.mark.parametrize(
    ("start", "fields", "sender", "read", "starred"),
    [
        (b"From -", b"X-Mozilla-Status: 0005\nX-Mozilla-Status2: 00000000", None, True, True),
        (b"From -", b"X-Mozilla-Status: 0000", None, False, False),
        (b"From 1600000000000000001@xxx", b"X-Gmail-Labels: Inbox,Unread,Starred", None, False, True),
        (b"From ada@example.org", b"Status: RO\nX-Status: F", "ada@example.org", True, True),
        (b"From ada@example.org", b"Status: O", "ada@example.org", False, None),
        (b"From ada at example.org ", b"X: y", "ada@example.org", None, None),
        (b"From MAILER-DAEMON", b"X: y\n\nStatus: RO", "", None, None),
    ],
)
def test_what_mail_programs_add_is_understood(start, fields, sender, read, starred, tmp_path):
    file = tmp_path / "Inbox"
    file.write_bytes(start + b" Tue Nov 24 10:00:00 2020\n" + fields + b"\n\nHi\n")

    (entry,) = read_mbox(file)

    assert (entry.sender, entry.read, entry.starred) == (sender, read, starred)
    assert entry.content == fields + b"\n\nHi\n"


INNER = b"Look:\n\nFrom bob@example.org Tue Nov 24 10:00:00 2020\nSubject: x\n\n>From me\n"


@pytest.mark.parametrize("between", [b"", b"\n"])
@pytest.mark.parametrize(
    ("length", "count"),
    [(len(INNER), 2), (len(INNER) + 1, 3), (3, 3), (10**9, 3), (0, 3)],
    ids=["right", "long", "short", "endless", "none"],
)
def test_a_length_that_leads_to_the_next_message_is_believed(length, count, between, tmp_path):
    file = tmp_path / "inbox"
    mail = b"Content-Length: %d\n\n%b" % (length, INNER)
    start = b"From ada@example.org Tue Nov 24 10:00:00 2020\n"
    file.write_bytes(start + mail + between + start + b"\nHi\n")

    entries = list(read_mbox(file))

    if between and length == len(INNER) + 1:
        count = 2  # the blank line may as well be the content's
    assert len(entries) == count
    assert entries[-1].content == b"\nHi\n"
    if count == 2:
        assert entries[0].content == mail


def test_what_stands_before_the_first_message_is_a_bad_entry(tmp_path):
    bad, entry = found(tmp_path, b"Hello\n" + START + b"Hi\n")

    assert str(bad) == f"{tmp_path}/in.mbox, octet 0: no line with From begins it"
    assert entry.content == b"Hi\n"


def test_blank_lines_before_the_first_message_are_nothing(tmp_path):
    assert len(found(tmp_path, b"\n\n" + START + b"Hi\n")) == 1


@pytest.mark.parametrize("content", [b"", b"\n", b"a", b"a\r", b"a\n\n", b"\r\n", b"From "])
def test_the_index_tells_how_a_content_ends(content, tmp_path):
    mails = [small(content=content), small()]

    assert read("mbox", write("mbox", tmp_path / "out", mails)) == mails


def test_without_the_index_a_content_ends_with_a_line_end(tmp_path):
    target = write("mbox", tmp_path / "out", [small(content=b"a")])
    forget(target)

    assert [entry.content for entry in entries("mbox", target)] == [b"a\n"]


def test_an_index_of_another_content_makes_a_bad_entry(tmp_path):
    target = write("mbox", tmp_path / "out", [small(1), small(2)])
    target.write_bytes(target.read_bytes().replace(b"Number 1", b"Number 3"))

    bad, good = entries("mbox", target)

    assert str(bad) == f"{target}, octet 0: out.jsonl is of another content; remove it to import without"
    assert good.facts is not None


def test_a_broken_line_of_the_index_makes_a_bad_entry(tmp_path):
    target = write("mbox", tmp_path / "out", [small()])
    change(tmp_path / "out.jsonl", envelope=7)

    (bad,) = entries("mbox", target)

    assert isinstance(bad, Bad)
    assert bad.why == (
        "out.jsonl cannot be used: it is not what mailsink writes:"
        " Expected `object`, got `int` - at `$.envelope`; remove it to import without"
    )


def test_lines_that_are_no_index_are_passed_over(tmp_path):
    target = write("mbox", tmp_path / "out", [small()])
    (tmp_path / "out.jsonl").write_text('{"a": 1}\n[\n7\n')

    (entry,) = entries("mbox", target)

    assert entry.facts is None


def test_a_message_added_by_another_program_has_no_facts(tmp_path):
    target = write("mbox", tmp_path / "out", [small()])
    with target.open("ab") as stream:
        stream.write(START + b"Hi\n")

    first, second = entries("mbox", target)

    assert first.facts is not None
    assert (second.facts, second.content) == (None, b"Hi\n")


def test_no_path_breaks_the_first_line(tmp_path):
    mail = small(envelope=Envelope(reverse_path="a\r\nb\ud800@example.org" + "x" * 5000))
    target = write("mbox", tmp_path / "out", [mail])
    forget(target)

    (entry,) = entries("mbox", target)

    assert entry.sender.startswith("a??b")
    assert entry.content == mail.content


def test_a_line_as_long_as_a_message_costs_no_more_than_its_octets(tmp_path):
    hostile = START + b"From " + b"Mon " * 500_000 + b"\n" + b"From" + b" Tue Nov 24" * 100_000 + b"\n"

    assert len(found(tmp_path, hostile)) == 1
