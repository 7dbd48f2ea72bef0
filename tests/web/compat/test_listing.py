from __future__ import annotations

import pytest
from sending import mail

from mailsink.query_text import parse
from mailsink_web.compat.listing import MOST, newest, widened, window


def subjects(messages):
    return [message.subject for message in messages]


@pytest.mark.parametrize(
    ("start", "limit", "shown"),
    [
        (0, 50, ["Third", "Second", "First"]),
        (1, 1, ["Second"]),
        (2, 9, ["First"]),
        (3, 9, []),
        (0, 0, []),
        (0, 2, ["Third", "Second"]),
    ],
)
def test_a_window_counts_from_the_newest(sink, three, start, limit, shown):
    assert subjects(window(sink.everything, None, start, limit)) == shown


def test_a_window_goes_over_many_pages(sink, captured):
    from mailsink.capturing import capture

    for number in range(1100):
        capture(sink.store, b"Subject: %d\r\n\r\n" % number)

    shown = subjects(window(sink.everything, None, 550, 520))

    assert (shown[0], shown[-1], len(shown)) == ("549", "30", 520)


def test_no_window_is_larger_than_the_bound(sink, monkeypatch, three):
    monkeypatch.setattr("mailsink_web.compat.listing.MOST", 2)

    assert MOST > 2
    assert subjects(window(sink.everything, None, 0, 50)) == ["Third", "Second"]


def test_what_was_deleted_meanwhile_is_passed_over(sink, three):
    shown = window(sink.everything, None, 0, 2)
    assert next(shown).subject == "Third"

    sink.everything.delete([three[1].id])

    assert subjects(shown) == ["First"]


def test_the_newest_that_matches(sink, three):
    from mailsink.query_text import parse

    assert newest(sink.everything, None).subject == "Third"
    assert newest(sink.everything, parse("subject:first")).subject == "First"
    assert newest(sink.everything, parse("subject:other")) is None


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("confir", True),
        ("-confir", False),
        ("nothing OR confir", True),
        ("click confir", True),
        ("nfirm", False),
    ],
)
def test_a_word_may_be_the_beginning_of_one_in_a_body(sink, captured, text, finds):
    captured(mail("Hello", "Click to confirm."))

    assert subjects(window(sink.everything, widened(parse(text)), 0, 9)) == ["Hello"] * finds
