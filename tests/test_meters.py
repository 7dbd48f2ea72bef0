from __future__ import annotations

import pytest

from mailsink.meters import Histogram, SmtpMeter, StoreMeter, named


def test_a_value_counts_for_its_bound_and_every_one_above():
    histogram = Histogram((1.0, 5.0))

    for value in (0.5, 1.0, 3.0, 99.0):
        histogram.observe(value)

    assert histogram.cumulated == (2, 3, 4)
    assert (histogram.count, histogram.total) == (4, 103.5)


def test_what_is_read_of_a_store_does_not_change_any_more():
    meter = StoreMeter()
    meter.added(100, 0.001)
    sizes, seconds, failures = meter.read()

    meter.added(100, 0.001)
    meter.failed()

    assert (sizes.count, seconds.count, failures) == (1, 1, 0)
    assert meter.read()[2] == 1


@pytest.mark.parametrize(
    ("said", "verb", "code"),
    [
        ((b"MAIL ", b"250"), "MAIL", "250"),
        ((b"quit", b"221"), "QUIT", "221"),
        ((b"START", b"220"), "STARTTLS", "220"),
        ((b"", b"220"), "connect", "220"),
        ((b"MAILX", b"500"), "other", "500"),
        ((b"\xff\0", b"500"), "other", "500"),
        ((b"DATA", b"not"), "DATA", "other"),
        ((b"DATA", b""), "DATA", "other"),
    ],
    ids=repr,
)
def test_a_reply_is_named_by_words_that_no_client_chose(said, verb, code):
    assert named(said) == (verb, code)


def test_open_sessions_count_as_far_as_they_have_come():
    meter = SmtpMeter()
    meter.ended(0.01, {(b"NOOP", b"250"): 1}, 10)

    read = meter.read([({(b"NOOP", b"250"): 2}, 5)])

    assert (read.replies["NOOP", "250"], read.octets) == (3, 15)
    assert (meter.replies["NOOP", "250"], meter.octets) == (1, 10)
