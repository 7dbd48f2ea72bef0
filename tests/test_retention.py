"""Limits as values, and what goes beyond them."""

import pytest

from mailsink.retention import IN_MEMORY, MICROSECONDS, Excess, Limits, Retention


def test_nothing_is_limited_unless_said():
    assert not Limits()
    assert not Retention()


@pytest.mark.parametrize("limit", [{"max_messages": 1}, {"max_bytes": 1}, {"max_age": 1.0}], ids=str)
def test_one_limit_is_enough(limit):
    assert Limits(**limit)
    assert Retention(all=Limits(**limit))
    assert Retention(each=Limits(**limit))
    assert Retention(inboxes={"a": Limits(**limit)})


def test_an_inbox_has_its_own_limits_or_those_of_each():
    own, each = Limits(max_messages=1), Limits(max_messages=2)
    retention = Retention(each=each, inboxes={"a": own})

    assert retention.of("a") == own
    assert retention.of("b") == each


def test_memory_keeps_ten_thousand_messages_or_a_gibibyte():
    assert Retention(all=Limits(max_messages=10_000, max_bytes=1_073_741_824)) == IN_MEMORY


def test_too_many_go_until_enough_are_left():
    excess = Excess(Limits(max_messages=2), 0, messages=3, octets=30)

    assert [excess.takes(10, 0) for _ in range(3)] == [True, False, False]


def test_too_much_goes_but_never_the_last():
    excess = Excess(Limits(max_bytes=5), 0, messages=3, octets=30)

    assert [excess.takes(10, 0) for _ in range(3)] == [True, True, False]


def test_what_is_older_than_the_age_goes():
    excess = Excess(Limits(max_age=10.0), 100 * MICROSECONDS, messages=2, octets=2)

    assert excess.takes(1, 89 * MICROSECONDS)
    assert not excess.takes(1, 90 * MICROSECONDS)
