from __future__ import annotations

from mailsink.smtp.transcript import MAX_ENTRIES, MAX_EVENTS, MAX_LINE, MAX_OCTETS, Transcript


def said(transcript: Transcript) -> list[tuple[str, str]]:
    return [(entry.kind, entry.text) for entry in transcript.entries()]


def test_what_was_said_is_kept_in_order():
    transcript = Transcript()
    transcript.server(b"220 mailsink\r\n")
    transcript.client(b"NOOP")

    assert said(transcript) == [("server", "220 mailsink"), ("client", "NOOP")]


def test_times_count_from_the_beginning_of_the_session():
    transcript = Transcript()
    transcript.client(b"NOOP")
    transcript.client(b"QUIT")
    first, second = transcript.entries()

    assert 0 <= first.at <= second.at < 5


def test_a_reply_of_several_lines_makes_several_entries():
    transcript = Transcript()
    transcript.server(b"250-mailsink\r\n250 HELP\r\n")

    assert said(transcript) == [("server", "250-mailsink"), ("server", "250 HELP")]


def test_octets_that_are_not_utf_8_are_shown_as_such():
    transcript = Transcript()
    transcript.client(b"EHLO \xff")

    assert said(transcript) == [("client", "EHLO \\xff")]


def test_an_initial_response_of_auth_is_masked():
    transcript = Transcript()
    transcript.client(b"auth Plain AGFkYQBzZXNhbWU=")

    assert said(transcript) == [("client", "auth Plain ********")]


def test_auth_without_a_response_is_shown():
    transcript = Transcript()
    transcript.client(b"AUTH LOGIN")

    assert said(transcript) == [("client", "AUTH LOGIN")]


def test_of_a_secret_only_the_size_is_kept():
    transcript = Transcript()
    transcript.secret(24)
    (entry,) = transcript.entries()

    assert (entry.kind, entry.text, entry.size) == ("client", "********", 24)


def test_of_content_only_the_size_is_kept():
    transcript = Transcript()
    transcript.content(1234)
    (entry,) = transcript.entries()

    assert (entry.kind, entry.text, entry.size) == ("content", "", 1234)


def test_a_long_line_is_cut():
    transcript = Transcript()
    transcript.client(b"x" * 5000)

    assert said(transcript) == [("client", "x" * MAX_LINE + "... (5000 octets)")]


def test_entries_are_bounded_in_number():
    transcript = Transcript()
    for _ in range(MAX_ENTRIES + 7):
        transcript.client(b"NOOP")

    assert len(transcript.entries()) == MAX_ENTRIES
    assert transcript.cut == 7


def test_entries_are_bounded_in_size():
    transcript = Transcript()
    for _ in range(MAX_ENTRIES):
        transcript.client(b"x" * MAX_LINE)

    assert sum(len(entry.text) for entry in transcript.entries()) <= MAX_OCTETS + 2 * MAX_LINE


def test_events_are_kept_when_the_rest_has_reached_its_bound():
    transcript = Transcript()
    for _ in range(MAX_ENTRIES):
        transcript.client(b"NOOP")
    transcript.event("TLS is active.")

    assert said(transcript)[-1] == ("event", "TLS is active.")


def test_events_are_bounded_and_the_end_is_always_told():
    transcript = Transcript()
    for _ in range(MAX_EVENTS + 3):
        transcript.event("Nobody failed to authenticate by PLAIN.")
    transcript.end("The client said QUIT.")

    assert len(transcript.entries()) == MAX_EVENTS + 1
    assert said(transcript)[-1] == ("event", "The client said QUIT.")
    assert transcript.cut == 3


def test_a_fault_is_told_on_one_line():
    transcript = Transcript()
    transcript.fault("Fault F1 fired: reply 550 5.7.1 Blocked\nSee https://example.org.")

    assert said(transcript) == [("fault", "Fault F1 fired: reply 550 5.7.1 Blocked See https://example.org.")]


def test_faults_and_events_are_bounded_together():
    transcript = Transcript()
    for number in range(MAX_EVENTS + 3):
        (transcript.fault if number % 2 else transcript.event)("Fault F1 fired: delay 0.")

    assert len(transcript.entries()) == MAX_EVENTS
    assert transcript.cut == 3


def test_a_long_fault_is_cut():
    transcript = Transcript()
    transcript.fault("x" * 5000)

    assert said(transcript) == [("fault", "x" * MAX_LINE)]
