import asyncio

import anyio
import anyio.to_thread
import pytest
import trio
from shop import welcome


@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(3))
async def test_under_pytest_asyncio(mailsink, number):
    await asyncio.to_thread(welcome, mailsink.host, mailsink.port, f"reader{number}@example.com")

    mail = await mailsink.aio.expect(subject="Welcome")
    assert mail.rcpts == [f"reader{number}@example.com"]


@pytest.mark.trio
@pytest.mark.parametrize("number", range(3))
async def test_under_pytest_trio(mailsink, number):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            trio.to_thread.run_sync, welcome, mailsink.host, mailsink.port, f"reader{number}@example.com"
        )
        mail = await mailsink.aio.expect(subject="Welcome")
    assert mail.rcpts == [f"reader{number}@example.com"]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_under_anyio(mailsink, anyio_backend):
    async with anyio.create_task_group() as group:
        group.start_soon(
            anyio.to_thread.run_sync, welcome, mailsink.host, mailsink.port, "reader@example.com"
        )
        mail = await mailsink.aio.expect(to="reader@example.com")
    assert mail.subject == "Welcome"
    await mailsink.aio.expect_none(subject="Goodbye")


@pytest.mark.trio
async def test_a_wait_without_await_is_refused_under_trio(mailsink):
    with pytest.raises(RuntimeError, match=r"await mailsink\.aio\.expect"):
        mailsink.expect()
