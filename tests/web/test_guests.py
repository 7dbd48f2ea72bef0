from __future__ import annotations

import socket

import pytest

from mailsink_web.guests import Guests


@pytest.fixture
def connect():
    """A connection, of which nothing but its being open matters."""
    ends = []

    def make():
        ends.extend(socket.socketpair())
        return ends[-2]

    yield make
    for end in ends:
        end.close()


def arrive(guests, connection, address, *, busy=True):
    admitted = guests.admit(connection, address)
    if admitted and busy:
        guests[connection].begins()
    return admitted


def test_one_address_leaves_room_for_others(connect):
    guests = Guests(most=4, most_of_one=2)

    came = [arrive(guests, connect(), "192.0.2.1") for _ in range(3)]

    assert came == [True, True, False]
    assert arrive(guests, connect(), "192.0.2.2")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_who_is_the_same_client(connect, first, second, same):
    guests = Guests(most_of_one=1)
    arrive(guests, connect(), first)

    assert arrive(guests, connect(), second) is not same


def test_an_address_with_many_behind_it_has_no_limit_of_its_own(connect):
    guests = Guests(most=3, most_of_one=1, is_shared="192.0.2.1".__eq__)

    assert [arrive(guests, connect(), "192.0.2.1") for _ in range(4)] == [True, True, True, False]


def test_the_one_that_is_idle_longest_makes_room(connect):
    guests = Guests(most=3, patience=0)
    old, busy, new = connect(), connect(), connect()
    for connection in (old, busy, new):
        arrive(guests, connection, "192.0.2.1", busy=connection is busy)
    guests[old].begins()
    guests[old].waits()

    assert arrive(guests, connect(), "192.0.2.2")
    assert new.recv(1) == b""
    assert len(guests) == 3


def test_who_has_come_a_moment_ago_need_not_make_room(connect):
    guests = Guests(most=1)
    arrive(guests, connect(), "192.0.2.1", busy=False)

    assert not arrive(guests, connect(), "192.0.2.2")


def test_who_must_make_room_is_of_the_same_address(connect):
    guests = Guests(most_of_one=1, patience=0)
    other = connect()
    arrive(guests, other, "192.0.2.2", busy=False)
    arrive(guests, connect(), "192.0.2.1")

    assert not arrive(guests, connect(), "192.0.2.1")
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.recv(1)


def test_who_leaves_makes_room_once(connect):
    guests = Guests(most_of_one=1)
    first = connect()
    arrive(guests, first, "192.0.2.1")

    guests.leave(first)
    guests.leave(first)

    assert guests.wait_gone(0)
    assert arrive(guests, connect(), "192.0.2.1")
    assert not arrive(guests, connect(), "192.0.2.1")


def test_who_had_to_go_may_still_say_what_it_does(connect):
    gone = Guests()[connect()]

    gone.begins()
    gone.waits()

    assert gone.idle_since is not None
