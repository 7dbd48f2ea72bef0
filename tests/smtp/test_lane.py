"""A coroutine runs where its events happen, and as a task once it awaits anything else."""

from __future__ import annotations

import asyncio

import pytest

from mailsink.smtp.lane import Lane


def run(work):
    """Run *work* with a lane of its own."""

    async def main():
        return await work(Lane(asyncio.get_running_loop()))

    return asyncio.run(main())


def test_it_runs_at_once_and_goes_on_where_its_future_is_resolved():
    async def work(lane):
        said = []
        first, second = lane.future(), lane.future()

        async def session():
            said.append("begun")
            said.append(await first)
            said.append(await second)

        lane.run(session())
        steps = [list(said)]
        first.set_result(1)
        steps.append(list(said))
        second.set_result(2)
        return [*steps, list(said)], lane.is_running, lane.task

    assert run(work) == ([["begun"], ["begun", 1], ["begun", 1, 2]], False, None)


def test_what_is_resolved_before_it_is_awaited_is_not_waited_for():
    async def work(lane):
        said = []
        future = lane.future()
        future.set_result("early")

        async def session():
            said.append(await future)

        lane.run(session())
        return said, future.done(), future.cancelled()

    assert run(work) == (["early"], True, False)


def test_a_future_that_is_not_awaited_yet_does_not_disturb_another():
    async def work(lane):
        said = []
        first, second = lane.future(), lane.future()

        async def session():
            said.append(await first)
            said.append(await second)

        lane.run(session())
        second.set_result(2)
        before = list(said)
        first.set_result(1)
        return before, said

    assert run(work) == ([], [1, 2])


def test_it_becomes_a_task_when_it_awaits_something_else():
    async def work(lane):
        said = []
        future = lane.future()

        async def session():
            await asyncio.sleep(0)
            said.append(asyncio.current_task() is lane.task)
            said.append(await future)

        lane.run(session())
        while not said:
            await asyncio.sleep(0)
        future.set_result("as a task")
        await lane.task
        return said, lane.is_running

    assert run(work) == ([True, "as a task"], False)


def test_the_result_of_what_made_it_a_task_is_its_own():
    async def work(lane):
        said = []
        foreign = asyncio.get_running_loop().create_future()

        async def session():
            said.append(await foreign)

        lane.run(session())
        foreign.set_result("foreign")
        await lane.task
        return said

    assert run(work) == ["foreign"]


def test_it_can_be_a_task_from_the_start():
    async def work(lane):
        said = []

        async def session():
            said.append(asyncio.current_task() is lane.task)

        lane.run(session(), as_task=True)
        before = list(said)
        await lane.task
        return before, said

    assert run(work) == ([], [True])


@pytest.mark.parametrize("as_task", [False, True])
def test_one_that_is_cancelled_cleans_up(as_task):
    async def work(lane):
        said = []
        future = lane.future()

        async def session():
            try:
                await future
            finally:
                said.append("clean")

        lane.run(session(), as_task=as_task)
        await asyncio.sleep(0)
        lane.cancel()
        lane.cancel()
        future.set_result("late")
        if lane.task is not None:
            await asyncio.wait({lane.task})
        return said, lane.is_running

    assert run(work) == (["clean"], False)


def test_one_that_became_a_task_can_be_cancelled():
    async def work(lane):
        said = []

        async def session():
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                said.append("cancelled")
                raise

        lane.run(session())
        await asyncio.sleep(0)
        lane.cancel()
        await asyncio.wait({lane.task})
        return said, lane.task.cancelled()

    assert run(work) == (["cancelled"], True)


def test_what_it_raises_comes_out_where_it_went_on():
    async def work(lane):
        future = lane.future()

        async def session():
            await future
            raise LookupError("of the session")

        lane.run(session())
        with pytest.raises(LookupError, match="of the session"):
            future.set_result(None)
        return lane.is_running

    assert run(work) is False


def test_what_a_task_raises_is_the_task_s():
    async def work(lane):
        async def session():
            await asyncio.sleep(0)
            raise LookupError("of the session")

        lane.run(session())
        with pytest.raises(LookupError, match="of the session"):
            await lane.task

    run(work)
