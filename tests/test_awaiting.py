from __future__ import annotations

import asyncio
import threading

import pytest
import trio

from mailsink import Inbox
from mailsink.awaiting import Waits, in_thread
from mailsink.store import open_store


@pytest.fixture(params=["asyncio", "trio"])
def run(request):
    """Run a coroutine function under one of the libraries."""
    return trio.run if request.param == "trio" else lambda main: asyncio.run(main())


@pytest.fixture
def inbox():
    store = open_store("memory")
    yield Inbox(store)
    store.close()


def test_work_is_done_in_another_thread(run):
    async def main():
        return await in_thread(threading.get_ident, lambda: None)

    assert run(main) != threading.get_ident()


def test_what_it_raises_is_raised(run):
    def fail():
        raise LookupError("so")

    async def main():
        await in_thread(fail, lambda: None)

    with pytest.raises(LookupError, match="so"):
        run(main)


def test_a_cancelled_task_gives_its_waits_up(inbox):
    ended = threading.Event()

    async def main():
        waits = Waits()
        watched = inbox.watched(waits.begin)

        def work():
            watched.wait(timeout=60)
            ended.set()

        with trio.move_on_after(0.05):
            await in_thread(work, waits.give_up)

    trio.run(main)

    assert ended.wait(5)


def test_a_wait_that_begins_too_late_is_given_up_at_once(inbox):
    waits = Waits()
    waits.give_up()

    assert not inbox.watched(waits.begin).wait(timeout=60).complete
