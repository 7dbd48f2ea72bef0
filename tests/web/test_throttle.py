from __future__ import annotations

import pytest

from mailsink_web import throttle as throttle_of
from mailsink_web.throttle import FOR_ADDRESS, FOR_USER, WINDOW, Throttle


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock=clock)


def test_nobody_waits_before_the_last_try(throttle):
    for _ in range(FOR_USER - 1):
        throttle.failed("192.0.2.1", "ada")

    assert throttle.wait("192.0.2.1", "ada") == 0


def test_one_failure_too_many_waits_for_the_rest_of_the_minute(throttle, clock):
    for _ in range(FOR_USER):
        throttle.failed("192.0.2.1", "ada")
    clock.now += 20

    assert throttle.wait("192.0.2.1", "ada") == WINDOW - 20
    assert throttle.wait("192.0.2.1", "grace") == 0
    assert throttle.wait("192.0.2.2", "ada") == 0


def test_an_address_has_a_limit_over_all_its_users(throttle):
    for number in range(FOR_ADDRESS):
        throttle.failed("192.0.2.1", f"user {number}")

    assert throttle.wait("192.0.2.1", "another") == WINDOW
    assert throttle.wait("192.0.2.2", "another") == 0


def test_after_a_minute_the_count_begins_anew(throttle, clock):
    for _ in range(FOR_USER):
        throttle.failed("192.0.2.1", "ada")
    clock.now += WINDOW
    assert throttle.wait("192.0.2.1", "ada") == 0

    throttle.failed("192.0.2.1", "ada")

    assert throttle.wait("192.0.2.1", "ada") == 0


def test_only_so_many_are_remembered(throttle, monkeypatch):
    monkeypatch.setattr(throttle_of, "_MOST", 8)

    for number in range(100):
        throttle.failed(f"192.0.2.{number}", "ada")

    assert len(throttle._counts) == 8
