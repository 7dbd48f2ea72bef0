from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mailsink.smtp.content import CountedCollector, DotCollector
from mailsink.smtp.reader import SinkReader


def run(work: Callable[[SinkReader], Awaitable[object]]) -> object:
    """Run *work* with a reader on a loop of its own."""

    async def main() -> object:
        return await work(SinkReader(loop=asyncio.get_running_loop()))

    return asyncio.run(main())


def test_a_line_comes_with_its_line_end():
    async def work(reader):
        reader.feed_data(b"NOOP\r\nQUIT\r\n")
        return [await reader.read_line(100), await reader.read_line(100)]

    assert run(work) == [(b"NOOP\r\n", False), (b"QUIT\r\n", False)]


def test_a_line_is_waited_for():
    async def work(reader):
        line = asyncio.ensure_future(reader.read_line(100))
        await asyncio.sleep(0)
        was_waiting = reader.is_waiting
        reader.feed_data(b"NO")
        await asyncio.sleep(0)
        reader.feed_data(b"OP\r\n")
        return was_waiting, await line, reader.is_waiting

    assert run(work) == (True, (b"NOOP\r\n", False), False)


def test_a_line_of_the_limit_is_whole():
    async def work(reader):
        reader.feed_data(b"x" * 9 + b"\n")
        return await reader.read_line(10)

    assert run(work) == (b"x" * 9 + b"\n", False)


def test_of_a_longer_line_the_beginning_is_kept_and_the_next_line_is_right():
    async def work(reader):
        reader.feed_data(b"x" * 10 + b"\nNOOP\r\n")
        return [await reader.read_line(10), await reader.read_line(10)]

    assert run(work) == [(b"x" * 10, True), (b"NOOP\r\n", False)]


def test_a_line_that_never_ends_is_not_kept():
    async def work(reader):
        line = asyncio.ensure_future(reader.read_line(10))
        for _ in range(100):
            reader.feed_data(b"x" * 65536)
            await asyncio.sleep(0)
        size = len(reader._buffer)
        reader.feed_data(b"\n")
        return size < 200_000, await line

    assert run(work) == (True, (b"x" * 10, True))


def test_the_end_of_the_stream_gives_what_is_left_and_then_nothing():
    async def work(reader):
        reader.feed_data(b"QUI")
        reader.feed_eof()
        return [await reader.read_line(100), await reader.read_line(100)]

    assert run(work) == [(b"QUI", False), (b"", False)]


def test_the_end_of_the_stream_inside_a_long_line_ends_it():
    async def work(reader):
        reader.feed_data(b"x" * 50)
        reader.feed_eof()
        return await reader.read_line(10)

    assert run(work) == (b"x" * 10, True)


def test_content_that_is_there_already_is_collected_and_the_rest_stays():
    async def work(reader):
        reader.feed_data(b"hi\r\n.\r\nQUIT\r\n")
        collector = DotCollector()
        done = await reader.collect(collector)
        return done, collector.content(), await reader.read_line(100)

    assert run(work) == (True, b"hi\r\n", (b"QUIT\r\n", False))


def test_content_is_collected_as_it_comes():
    async def work(reader):
        collector = CountedCollector(6)
        done = asyncio.ensure_future(reader.collect(collector))
        await asyncio.sleep(0)
        was_waiting = reader.is_waiting
        for piece in (b"abc", b"defQU", b"IT\r\n"):
            reader.feed_data(piece)
        return was_waiting, await done, collector.content(), await reader.read_line(100)

    assert run(work) == (True, True, b"abcdef", (b"QUIT\r\n", False))


def test_the_end_of_the_stream_ends_collecting():
    async def work(reader):
        done = asyncio.ensure_future(reader.collect(CountedCollector(6)))
        await asyncio.sleep(0)
        reader.feed_data(b"abc")
        reader.feed_eof()
        return await done, await reader.collect(CountedCollector(3))

    assert run(work) == (False, False)


def test_a_chunk_of_no_octets_waits_for_nothing():
    async def work(reader):
        return await reader.collect(CountedCollector(0))

    assert run(work) is True


def test_a_broken_connection_reads_like_a_closed_one():
    async def work(reader):
        reader.feed_data(b"QUIT\r\n")
        reader.set_exception(ConnectionResetError())
        return [await reader.read_line(100), await reader.read_line(100)]

    assert run(work) == [(b"QUIT\r\n", False), (b"", False)]


def test_what_was_not_read_can_be_forgotten():
    async def work(reader):
        reader.feed_data(b"RSET\r\n")
        forgotten = reader.forget()
        reader.feed_data(b"NOOP\r\n")
        return forgotten, await reader.read_line(100)

    assert run(work) == (b"RSET\r\n", (b"NOOP\r\n", False))


def test_the_end_of_the_stream_can_be_waited_for():
    async def work(reader):
        end = asyncio.ensure_future(reader.wait_end())
        await asyncio.sleep(0)
        reader.feed_data(b"NOOP\r\n")
        had_ended = reader.has_ended
        reader.feed_eof()
        await end
        return had_ended, reader.has_ended, await reader.read_line(100)

    assert run(work) == (False, True, (b"NOOP\r\n", False))


def test_what_comes_before_an_end_that_is_waited_for_can_be_dropped():
    async def work(reader):
        reader.feed_data(b"NOOP\r\n")
        end = asyncio.ensure_future(reader.wait_end(drop=True))
        await asyncio.sleep(0)
        for _ in range(100):
            reader.feed_data(b"x" * 65536)
        size = len(reader._buffer)
        reader.feed_eof()
        await end
        return size, await reader.read_line(100)

    assert run(work) == (0, (b"", False))


def test_an_end_that_has_come_is_not_waited_for():
    async def work(reader):
        reader.feed_data(b"NOOP\r\n")
        reader.feed_eof()
        await reader.wait_end(drop=True)
        return await reader.read_line(100)

    assert run(work) == (b"NOOP\r\n", False)


def test_who_stops_waiting_for_the_end_loses_nothing_more():
    async def work(reader):
        end = asyncio.ensure_future(reader.wait_end(drop=True))
        await asyncio.sleep(0)
        end.cancel()
        await asyncio.wait([end])
        reader.feed_data(b"NOOP\r\n")
        reader.feed_eof()
        return await reader.read_line(100)

    assert run(work) == (b"NOOP\r\n", False)
