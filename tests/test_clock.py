from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time

import pytest

from mailsink import clock

# Long before and long after.
MOMENTS = ("2020-01-01", "2040-01-01")


@pytest.fixture(params=["freezegun", "time_machine"])
def stop(request):
    """What stops the clocks at a moment, as a ``with`` block, by one of the libraries."""
    library = pytest.importorskip(request.param)
    return library.freeze_time if request.param == "freezegun" else lambda m: library.travel(m, tick=False)


def test_it_is_the_time():
    before = dt.datetime.now(dt.UTC)

    assert before <= clock.now() <= dt.datetime.now(dt.UTC)
    assert clock.now().tzinfo is dt.UTC


def test_seconds_only_grow():
    before = time.monotonic()

    assert before <= clock.monotonic() <= time.monotonic()


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_goes_on_though_a_test_stops_the_clocks(stop, moment):
    before, began = clock.now(), clock.monotonic()
    with stop(moment):
        assert str(dt.datetime.now(dt.UTC)).startswith(moment)
        inside, later = clock.now(), clock.monotonic()
        while clock.monotonic() == later:
            pass
    after, ended = clock.now(), clock.monotonic()

    assert before <= inside <= after
    assert began <= later < ended
    assert type(inside) is dt.datetime


def test_so_it_does_where_it_is_loaded_when_they_are_stopped():
    pytest.importorskip("freezegun")
    code = (
        "import freezegun, sys\n"
        "with freezegun.freeze_time('2020-01-01'):\n"
        "    from mailsink import clock\n"
        "    print(clock.now().year > 2020, clock.monotonic() != clock.monotonic())\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True True\n"
