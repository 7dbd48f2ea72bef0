from __future__ import annotations

import datetime as dt

import pytest

from mailsink.webhooks.pace import Pace, retry_after

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def test_pauses_double_up_to_the_longest_with_chance_in_them():
    pace = Pace(first=1.0, longest=10.0, tries=8)

    for tried, whole in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10)):
        pauses = {pace.pause(tried) for _ in range(20)}
        assert len(pauses) > 1
        assert all(whole / 2 <= pause <= whole for pause in pauses)


def test_after_the_last_try_there_is_none():
    assert Pace(tries=3).pause(3) is None


def test_a_receiver_may_ask_for_more_time_but_not_for_ever():
    assert Pace().pause(1, 60.0) == 60.0
    assert Pace().pause(1, 0.0) > 0.0
    assert Pace().pause(1, 1e9) == 86_400.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 02 Mar 2026 09:31:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 09:29:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("9" * 500, 999_999_999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, NOW) == seconds
