from __future__ import annotations

import datetime as dt

from mailsink import model
from mailsink_web import present
from mailsink_web.pages.exchanges import Said, timeline

START = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)


def rows_of(*entries, seconds=1.0):
    session = model.Session(
        id="s",
        listener="127.0.0.1:1025",
        peer=model.Peer("127.0.0.1", 5),
        started_at=START,
        ended_at=START + dt.timedelta(seconds=seconds),
        transcript=tuple(model.TranscriptEntry(*entry) for entry in entries),
    )
    return timeline(present.session(session)).rows


def test_a_reply_stands_beside_its_command_with_what_it_took():
    (row,) = rows_of((0.1, "client", "NOOP"), (0.15, "server", "250 2.0.0 OK"))

    assert (row.verb, row.replies) == ("NOOP", (Said(code="250", mark=" ", text="2.0.0 OK"),))
    assert (round(row.at), round(row.took)) == (100, 50)
    assert (row.start, row.width) == (10.0, 5.0)


def test_the_greeting_answers_no_command():
    (row,) = rows_of((0.0, "server", "220 mailsink ESMTP"))

    assert (row.verb, row.replies[0].code) == ("", "220")


def test_a_reply_of_several_lines_is_one():
    row, after = rows_of(
        (0.0, "client", "EHLO a"),
        (0.1, "server", "250-mailsink"),
        (0.1, "server", "250 SIZE 10"),
        (0.2, "client", "NOOP"),
    )

    assert [line.text for line in row.replies] == ["mailsink", "SIZE 10"]
    assert (after.replies, after.took) == ((), None)


def test_pipelined_commands_get_their_replies_in_order():
    rows = rows_of(
        (0.1, "client", "MAIL FROM:<a@example.org> SIZE=1"),
        (0.1, "client", "RCPT TO:<b@example.org>"),
        (0.2, "server", "250 2.1.0 OK"),
        (0.3, "server", "550 5.1.1 No"),
    )

    assert [(row.verb, row.rest, row.replies[0].code) for row in rows] == [
        ("MAIL FROM:", "<a@example.org> SIZE=1", "250"),
        ("RCPT TO:", "<b@example.org>", "550"),
    ]


def test_content_is_a_row_of_its_own_and_the_dot_gets_the_answer():
    data, content, dot = rows_of(
        (0.1, "client", "DATA"),
        (0.1, "server", "354 Go on"),
        (0.4, "content", "", 260),
        (0.5, "server", "250 2.0.0 Kept"),
    )

    assert data.replies[0].code == "354"
    assert (content.kind, content.size, round(content.took)) == ("content", 260, 300)
    assert (dot.verb, dot.replies[0].text, round(dot.took)) == (".", "2.0.0 Kept", 100)


def test_content_that_was_broken_off_has_no_dot():
    *_, content, end = rows_of(
        (0.1, "client", "DATA"),
        (0.1, "server", "354 Go on"),
        (0.4, "content", "", 260),
        (0.5, "event", "The client closed the connection before the final dot."),
    )

    assert (content.kind, end.kind) == ("content", "event")


def test_a_dot_that_a_fault_left_without_an_answer_is_there():
    *_, dot, end = rows_of(
        (0.1, "client", "DATA"),
        (0.1, "server", "354 Go on"),
        (0.4, "content", "", 260),
        (0.4, "fault", "Fault F1 fired: close."),
        (0.5, "event", "Fault F1 closed the connection."),
    )

    assert (dot.verb, dot.is_fault, end.kind) == (".", True, "event")


def test_a_chunk_has_no_dot_and_its_command_gets_the_answer():
    command, content = rows_of(
        (0.1, "client", "BDAT 260 LAST"),
        (0.4, "content", "", 260),
        (0.5, "server", "250 2.0.0 Kept"),
    )

    assert (command.verb, command.replies[0].text) == ("BDAT", "2.0.0 Kept")
    assert content.kind == "content"


def test_secrets_are_shown_as_such():
    first, second = rows_of((0.1, "client", "AUTH PLAIN ********"), (0.2, "client", "********", 12))

    assert (first.verb, first.rest, first.masked) == ("AUTH", " PLAIN ", 0)
    assert (second.verb, second.rest, second.masked) == ("", "", 12)


def test_a_bar_is_always_wide_enough_to_be_seen_and_never_too_long():
    rows = rows_of((0.999, "client", "QUIT"), (1.0, "server", "221 Bye"), seconds=1.0)

    assert (rows[0].start, rows[0].width) == (98.4, 1.6)


def test_an_event_that_says_what_went_wrong_is_marked():
    fine, bad = rows_of(
        (0.1, "event", "The client said QUIT."),
        (0.2, "event", "The client closed the connection before the final dot."),
    )

    assert (fine.is_bad, bad.is_bad) == (False, True)


def test_an_empty_transcript_gives_no_rows():
    assert rows_of(seconds=0.0) == ()


def test_a_fault_stands_with_the_command_that_it_answered():
    mail, rcpt = rows_of(
        (0.1, "client", "MAIL FROM:<a@example.org>"),
        (0.1, "client", "RCPT TO:<b@example.org>"),
        (0.2, "server", "250 OK"),
        (0.2, "fault", "Fault F1 fired: delay 0.1."),
        (0.3, "fault", "Fault F2 fired: reply 452 Full."),
        (0.3, "server", "452 Full"),
    )

    assert (mail.is_fault, mail.faults) == (False, ())
    assert (rcpt.is_fault, rcpt.faults) == (
        True,
        ("Fault F1 fired: delay 0.1.", "Fault F2 fired: reply 452 Full."),
    )


def test_a_fault_before_any_command_is_a_row_of_its_own():
    fault, left = rows_of(
        (0.1, "fault", "Fault F1 fired: reply 451 4.3.0 Later."),
        (0.2, "event", "The client closed the connection without QUIT."),
    )

    assert (fault.kind, fault.text, fault.is_fault) == (
        "event",
        "Fault F1 fired: reply 451 4.3.0 Later.",
        True,
    )
    assert (left.is_fault, left.is_bad) == (False, False)
