from __future__ import annotations

import asyncio
import threading
import time

import pytest
import trio
from sending import mail, send

from mailsink.errors import ExpectationError

TEXT = "waiting here would block the running event loop; write: await mailsink.aio.expect(...)"


def put(mailsink, subject="Hello"):
    send((mailsink.host, mailsink.port), mail(subject))


def later(mailsink, *subjects):
    threading.Timer(0.05, lambda: [put(mailsink, subject) for subject in subjects]).start()


@pytest.fixture(params=["asyncio", "trio"])
def run(request):
    """Run a coroutine function under one of the libraries."""
    return trio.run if request.param == "trio" else lambda main: asyncio.run(main())


def waits() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == "mailsink-wait"]


def test_one_is_expected_and_so_many(run, mailsink):
    later(mailsink, "1", "2")

    async def main():
        mails = await mailsink.aio.expect(count=2)
        return mails, await mailsink.aio.expect(subject="1")

    mails, one = run(main)

    assert [m.subject for m in mails] == ["1", "2"]
    assert one.subject == "1"
    assert mailsink.unexpected == []


def test_they_are_expected_in_order(run, mailsink):
    later(mailsink, "1", "2")

    async def main():
        return await mailsink.aio.expect_in_order([{"subject": "1"}, {"subject": "2"}])

    assert len(run(main)) == 2


def test_none_is_expected(run, mailsink):
    async def main():
        await mailsink.aio.expect_none(within=0.01)

    run(main)
    put(mailsink)

    with pytest.raises(ExpectationError):
        run(main)


def test_a_failure_is_raised_where_it_is_awaited(run, mailsink):
    async def main():
        await mailsink.aio.expect(subject="None", timeout=0.01)

    with pytest.raises(ExpectationError, match=r"^expected 1 message, got 0 after \d"):
        run(main)


def test_the_loop_goes_on_while_it_waits(mailsink):
    async def main():
        waiting = asyncio.create_task(mailsink.aio.expect())
        await asyncio.to_thread(put, mailsink)
        return await waiting

    assert asyncio.run(main()).subject == "Hello"


def test_a_hundred_wait_at_once(mailsink):
    async def main():
        waiting = [asyncio.create_task(mailsink.aio.expect(subject=f"{n}")) for n in range(100)]
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: [put(mailsink, f"{n}") for n in range(100)])
        return await asyncio.gather(*waiting)

    assert [m.subject for m in asyncio.run(main())] == [f"{n}" for n in range(100)]


def test_a_cancelled_wait_ends_at_once_under_asyncio(mailsink):
    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mailsink.aio.expect(timeout=60), 0.02)

    began = time.monotonic()
    asyncio.run(main())
    for thread in threading.enumerate():
        if thread.name == "mailsink-wait":
            thread.join(10)

    assert time.monotonic() - began < 10
    assert waits() == []


def test_a_cancelled_wait_ends_at_once_under_trio(mailsink):
    async def main():
        with trio.move_on_after(0.02) as scope:
            await mailsink.aio.expect(timeout=60)
        return scope.cancelled_caught

    began = time.monotonic()

    assert trio.run(main)
    assert time.monotonic() - began < 10


def test_what_does_not_wait_is_asked_without_it(mailsink):
    with pytest.raises(AttributeError) as caught:
        mailsink.aio.find  # noqa: B018

    assert str(caught.value) == (
        "aio.find: aio has expect, expect_in_order and expect_none, which wait; all else is asked without "
        "aio and await"
    )


def test_waiting_without_await_is_refused_under_both(run, mailsink):
    async def main():
        mailsink.expect()

    with pytest.raises(RuntimeError) as caught:
        run(main)

    assert str(caught.value) == TEXT
