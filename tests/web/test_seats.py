from __future__ import annotations

import pytest

from mailsink_web.seats import FullError, Seats


def nothing():
    pass


def test_no_more_sit_than_there_are_seats():
    seats = Seats(1)

    with seats.sit(nothing, client="a"), pytest.raises(FullError), seats.sit(lambda: None, client="b"):
        pass

    assert seats.taken == 0


def test_a_seat_is_free_again_after_an_error():
    seats = Seats(1)

    with pytest.raises(ZeroDivisionError), seats.sit(nothing, client="a"):
        raise ZeroDivisionError

    assert seats.taken == 0


def test_who_waits_for_seats_is_told_when_they_are_taken():
    seats = Seats()

    with seats.sit(nothing, client="a"):
        assert seats.wait_taken(1, timeout=0)
        assert not seats.wait_taken(2, timeout=0.01)


def test_closing_wakes_everybody_and_lets_nobody_sit():
    seats = Seats()
    woken = []

    with seats.sit(lambda: woken.append(1), client="a"), seats.sit(lambda: woken.append(2), client="a"):
        seats.close()

    assert sorted(woken) == [1, 2]
    assert seats.closed
    with pytest.raises(FullError), seats.sit(nothing, client="a"):
        pass


def test_one_client_leaves_seats_for_others():
    seats = Seats(most_of_one=1)

    with seats.sit(nothing, client="a"):
        with pytest.raises(FullError), seats.sit(lambda: None, client="a"):
            pass
        with seats.sit(lambda: None, client="b"):
            assert seats.taken == 2
    with seats.sit(nothing, client="a"):
        assert seats.taken == 1
