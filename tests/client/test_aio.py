from __future__ import annotations

import asyncio
import re
import threading

import pytest
import trio
from sending import send

from mailsink import AsyncClient, ExpectationError


@pytest.fixture(params=["asyncio", "trio"])
def run(request, web):
    """Run a coroutine function of an open client under one of the libraries."""

    def run(main):
        async def inside():
            async with AsyncClient(web.url) as client:
                return await main(client)

        return trio.run(inside) if request.param == "trio" else asyncio.run(inside())

    return run


def test_mail_that_comes_later_is_expected(run, put, later):
    later(put, "Welcome", "Code 123456")

    message = run(lambda client: client.expect(subject=re.compile("Welcome"), code="123456"))

    assert message.codes[0].value == "123456"


def test_what_is_returned_asks_nothing_more(run, put, sink):
    put("Welcome")

    async def main(client):
        found = [
            await client.expect(),
            *await client.expect(count=1),
            *await client.find(subject="Welcome"),
            *(await client.wait("subject:welcome")).matched,
            await client.get("latest"),
        ]
        await client.clear()
        return found

    assert {(m.text.strip(), m.greeting) for m in run(main)} == {("Hi", "[127.0.0.1]")}


def test_a_failure_is_told(run):
    with pytest.raises(ExpectationError, match="no message came"):
        run(lambda client: client.expect(timeout=0))


def test_none_is_expected(run):
    run(lambda client: client.expect_none(within=0.01))


def test_messages_are_listed_marked_and_deleted(run, put):
    own = put()

    async def main(client):
        return (
            (await client.list("hi")).summaries[0].id,
            await client.mark([own.id], starred=True, tags=("a",)),
            await client.mark_all_read(),
            (await client.counts()).unread,
            await client.delete([own.id]),
            await client.clear(),
            await client.get(own.id),
        )

    assert run(main) == (own.id, 1, 1, 0, 1, 0, None)


def test_sessions_attempts_inboxes_and_health_are_read(run, put, web, sink):
    put()

    async def main(client):
        return (
            len(await client.sessions()),
            len(await client.attempts()),
            [*await client.inboxes()],
            (await client.health())["smtp"][0]["port"],
            client.url,
            repr(client),
        )

    assert run(main) == (1, 1, ["default"], sink.port, web.url, f"<AsyncClient {web.url}>")


def test_an_inbox_is_asked_by_its_name(run, put):
    put()

    async def main(client):
        return (
            client.inbox("x").name,
            len(await client.inbox("x").find()),
            len(await client.inbox(None).find()),
        )

    assert run(main) == ("x", 0, 1)


def test_faults_are_planned(run, put, sink):
    async def main(client):
        async with await client.faults.add(stage="rcpt", reply="450 Later") as fault:
            rules = await client.faults.list()
            hits = await fault.hits()
        await client.faults.preset("greylisting", seconds=1)
        return rules == [fault.rule], hits, await client.faults.clear()

    assert run(main) == (True, 0, 1)


def test_what_happens_is_streamed(run, put_to_a_stream):
    put_to_a_stream()

    async def main(client):
        stream = client.stream("captured")
        event = await anext(stream)
        await stream.aclose()
        return event.kind

    assert run(main) == "captured"


def test_a_cancelled_wait_is_given_up(web):
    async def main():
        async with AsyncClient(web.url) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.expect(timeout=60), 0.1)

    asyncio.run(main())

    for thread in threading.enumerate():
        if thread.name == "mailsink-wait":
            thread.join(5)
            assert not thread.is_alive()


def test_an_inbox_is_made_and_removed(run, sink):
    async def check(client):
        async with await client.create_inbox(listen=True) as inbox:
            send((inbox.host, inbox.port))
            message = await inbox.expect(rcpt="ada@example.org")
            assert inbox.address("ada") == f"ada+{inbox.tag}@mailsink.test"
        return message.inbox == inbox.name, await client.delete_inbox(inbox.name)

    assert run(check) == (True, 0)
    assert sink.inboxes.leases == {}
