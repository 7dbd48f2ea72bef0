"""Many waits of one length with one timer."""

from __future__ import annotations

import asyncio

from mailsink.smtp.wheel import Wheel

SHORT = 0.01
LONG = 60.0


def run(work):
    """Run *work* with a wheel of `SHORT` and the list of what has rung."""

    async def main():
        rung = []
        ringing = asyncio.Event()

        def ring(key):
            rung.append(key)
            ringing.set()

        return await work(Wheel(asyncio.get_running_loop(), SHORT, ring), rung, ringing)

    return asyncio.run(main())


def timers():
    return [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()]


def test_a_key_rings_once():
    async def work(wheel, rung, ringing):
        wheel.add("a")
        await asyncio.wait_for(ringing.wait(), LONG)
        return rung, len(wheel)

    assert run(work) == (["a"], 0)


def test_keys_ring_in_the_order_of_their_adding():
    async def work(wheel, rung, ringing):
        for key in "abc":
            wheel.add(key)
        while len(rung) < 3:
            ringing.clear()
            await asyncio.wait_for(ringing.wait(), LONG)
        return rung

    assert run(work) == ["a", "b", "c"]


def test_what_is_taken_out_does_not_ring():
    async def work(wheel, rung, ringing):
        wheel.add("a")
        wheel.add("b")
        wheel.discard("a")
        await asyncio.wait_for(ringing.wait(), LONG)
        return rung

    assert run(work) == ["b"]


def test_a_key_that_rings_may_be_added_anew():
    async def main():
        rung = []
        twice = asyncio.Event()

        def ring(key):
            rung.append(key)
            if len(rung) < 2:
                wheel.add(key)
            else:
                twice.set()

        wheel = Wheel(asyncio.get_running_loop(), SHORT, ring)
        wheel.add("a")
        await asyncio.wait_for(twice.wait(), LONG)
        return rung, len(wheel)

    assert asyncio.run(main()) == (["a", "a"], 0)


def test_many_keys_have_one_timer():
    async def work(wheel, rung, ringing):
        for key in range(100):
            wheel.add(key)
        return len(timers())

    assert run(work) == 1


def test_keys_that_come_and_go_share_one_timer():
    async def work(wheel, rung, ringing):
        for key in range(100):
            wheel.add(key)
            wheel.discard(key)
        return len(timers())

    assert run(work) == 1


def test_there_is_no_timer_when_nothing_waits():
    async def work(wheel, rung, ringing):
        wheel.add("a")
        wheel.discard("a")
        while timers():
            await asyncio.sleep(SHORT)
        return rung

    assert run(work) == []


def test_a_closed_wheel_has_forgotten_all():
    async def work(wheel, rung, ringing):
        wheel.add("a")
        wheel.close()
        return timers(), len(wheel)

    assert run(work) == ([], 0)
