"""A transport over an event loop's readiness, with real sockets on the other side."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import struct

import pytest

from mailsink.smtp import channel
from mailsink.smtp.channel import HIGH_WATER, LOW_WATER, Acceptor

LOT = bytes(range(256)) * 65_536  # 16 MiB, more than sockets hold
PATIENCE = 20.0


class Recorded(asyncio.BufferedProtocol):
    """Keeps what comes and what is asked of it."""

    def __init__(self, *, stays=False, handle=None):
        self.octets = bytearray()
        self.asked = []
        self.stays = stays
        self.handle = handle
        self.transport = None
        self.over = asyncio.get_running_loop().create_future()
        self.changed = asyncio.Event()
        self._buffer = memoryview(bytearray(65_536))

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, _sizehint):
        return self._buffer

    def buffer_updated(self, nbytes):
        if self.handle is not None:
            self.handle(bytes(self._buffer[:nbytes]))
        self.octets += self._buffer[:nbytes]
        self.changed.set()

    def eof_received(self):
        self.asked.append("eof")
        self.changed.set()
        return self.stays

    def pause_writing(self):
        self.asked.append("pause")

    def resume_writing(self):
        self.asked.append("resume")

    def connection_lost(self, error):
        self.over.set_result(error)

    async def until(self, done):
        """Wait until *done* is true of what came."""
        while not done():
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), PATIENCE)


class Door:
    """An acceptor, the protocols that it made, and clients of it."""

    def __init__(self, factory=Recorded):
        self.listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(128)
        self.address = self.listening.getsockname()
        self.made = []
        self._factory = factory
        self._clients = []
        self.acceptor = Acceptor(asyncio.get_running_loop(), self.listening, self._make)

    def _make(self):
        protocol = self._factory()
        self.made.append(protocol)
        return protocol

    async def connect(self):
        """A client's socket, and the protocol on the other side."""
        client = socket.socket()
        self._clients.append(client)
        client.setblocking(False)
        count = len(self.made)
        await asyncio.get_running_loop().sock_connect(client, self.address)
        while len(self.made) == count:
            await asyncio.sleep(0)
        return client, self.made[-1]

    async def close(self):
        self.acceptor.close()
        for client in self._clients:
            client.close()
        for protocol in self.made:
            if protocol.transport is not None:
                protocol.transport.abort()
                await protocol.over


def run(work, factory=Recorded):
    """Run *work* with a `Door` whose protocols *factory* makes."""

    async def main():
        door = Door(factory)
        try:
            return await asyncio.wait_for(work(door), PATIENCE)
        finally:
            await door.close()

    return asyncio.run(main())


async def received(client, count=0):
    """What *client* gets: *count* octets, or all to the end."""
    loop = asyncio.get_running_loop()
    octets = bytearray()
    while not count or len(octets) < count:
        piece = await loop.sock_recv(client, 65_536)
        if not piece:
            break
        octets += piece
    return bytes(octets)


def test_octets_go_both_ways():
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write(b"220 hello\r\n")
        await asyncio.get_running_loop().sock_sendall(client, b"EHLO there\r\n")
        await protocol.until(lambda: protocol.octets)
        return await received(client, 11), bytes(protocol.octets)

    assert run(work) == (b"220 hello\r\n", b"EHLO there\r\n")


def test_it_tells_who_is_connected():
    async def work(door):
        client, protocol = await door.connect()
        tell = protocol.transport.get_extra_info
        return (
            tell("peername") == client.getsockname(),
            tell("sockname") == door.address,
            tell("socket").fileno() > 0,
            tell("cipher", "none"),
        )

    assert run(work) == (True, True, True, "none")


def test_small_replies_do_not_wait_for_an_acknowledgement():
    async def work(door):
        _, protocol = await door.connect()
        sock = protocol.transport.get_extra_info("socket")
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert run(work)


def test_a_client_that_does_not_read_is_waited_for_and_gets_all():
    async def work(door):
        client, protocol = await door.connect()
        for start in range(0, len(LOT), 100_000):
            protocol.transport.write(LOT[start : start + 100_000])
        asked = list(protocol.asked)
        unsent = protocol.transport.get_write_buffer_size()
        octets = await received(client, len(LOT))
        return asked, unsent > HIGH_WATER > LOW_WATER, octets == LOT, protocol.asked

    assert run(work) == (["pause"], True, True, ["pause", "resume"])


@pytest.mark.parametrize("end", ["close", "write_eof"])
def test_what_is_unsent_goes_out_before_the_end(end):
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write(LOT)
        getattr(protocol.transport, end)()
        return await received(client) == LOT

    assert run(work)


def test_after_its_half_is_ended_it_goes_on_reading():
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write_eof()
        protocol.transport.write_eof()
        end = await received(client)
        await asyncio.get_running_loop().sock_sendall(client, b"still here")
        await protocol.until(lambda: protocol.octets)
        return end, bytes(protocol.octets)

    assert run(work) == (b"", b"still here")


def test_close_ends_it_once_and_in_order():
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write(b"221 bye\r\n")
        protocol.transport.close()
        is_closing = protocol.transport.is_closing(), protocol.over.done()
        protocol.transport.close()
        protocol.transport.abort()
        protocol.transport.write(b"nobody hears")
        return is_closing, await received(client), await protocol.over

    assert run(work) == ((True, False), b"221 bye\r\n", None)


@pytest.mark.parametrize("before", [b"", LOT], ids=["nothing before", "a lot before"])
def test_last_words_are_heard_before_the_end(before):
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write(before)
        protocol.transport.write_last(b"221 bye\r\n")
        return protocol.transport.is_closing(), await received(client) == before + b"221 bye\r\n"

    assert run(work) == (True, True)


def test_abort_lets_go_of_what_is_unsent():
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.write(LOT)
        protocol.transport.abort()
        await protocol.over
        return protocol.transport.get_write_buffer_size(), len(await received(client)) < len(LOT)

    assert run(work) == (0, True)


def test_the_client_s_end_closes_it():
    async def work(door):
        client, protocol = await door.connect()
        client.shutdown(socket.SHUT_WR)
        return await protocol.over, protocol.asked, await received(client)

    assert run(work) == (None, ["eof"], b"")


def test_a_protocol_that_stays_can_still_answer_and_hears_of_the_end_once():
    async def work(door):
        client, protocol = await door.connect()
        client.shutdown(socket.SHUT_WR)
        await protocol.until(lambda: protocol.asked)
        protocol.transport.pause_reading()
        protocol.transport.resume_reading()
        protocol.transport.write(b"250 kept\r\n")
        octets = await received(client, 10)
        return octets, protocol.asked, protocol.transport.is_reading()

    assert run(work, lambda: Recorded(stays=True)) == (b"250 kept\r\n", ["eof"], False)


def test_who_takes_over_hears_of_the_end_too():
    async def work(door):
        client, protocol = await door.connect()
        client.shutdown(socket.SHUT_WR)
        await protocol.until(lambda: protocol.asked)
        other = Recorded()
        protocol.transport.set_protocol(other)
        protocol.transport.resume_reading()
        # It is the other one that is told from now on.
        protocol.over = other.over
        return await other.over, other.asked, protocol.transport.get_protocol() is other

    assert run(work, lambda: Recorded(stays=True)) == (None, ["eof"], True)


def test_what_comes_waits_while_reading_is_paused():
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.pause_reading()
        protocol.transport.pause_reading()
        await asyncio.get_running_loop().sock_sendall(client, b"NOOP\r\n")
        for _ in range(5):
            await asyncio.sleep(0)
        meanwhile = bytes(protocol.octets), protocol.transport.is_reading()
        protocol.transport.resume_reading()
        await protocol.until(lambda: protocol.octets)
        return meanwhile, bytes(protocol.octets)

    assert run(work) == ((b"", False), b"NOOP\r\n")


def test_a_reset_is_told_as_the_error_that_it_is():
    async def work(door):
        client, protocol = await door.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        return await protocol.over

    assert isinstance(run(work), ConnectionResetError)


@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "when there is room"])
def test_writing_to_who_is_gone_is_told_as_an_error(is_late):
    async def work(door):
        client, protocol = await door.connect()
        protocol.transport.pause_reading()
        if is_late:
            protocol.transport.write(LOT)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        while not protocol.over.done():
            protocol.transport.write(b"x")
            await asyncio.sleep(0)
        return await protocol.over

    assert isinstance(run(work), ConnectionError)


def test_a_protocol_that_fails_loses_its_connection_and_no_other(caplog):
    def handle(octets):
        if octets == b"bad":
            raise ValueError("cannot")

    async def work(door):
        (bad, failed), (good, lives) = await door.connect(), await door.connect()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(bad, b"bad")
        error = await failed.over
        await loop.sock_sendall(good, b"good")
        await lives.until(lambda: lives.octets)
        return str(error), await received(bad), bytes(lives.octets)

    with caplog.at_level(logging.ERROR, "mailsink.smtp"):
        assert run(work, lambda: Recorded(handle=handle)) == ("cannot", b"", b"good")
    assert [record.message for record in caplog.records] == ["what a client sent could not be handled"]


def test_a_protocol_that_cannot_be_made_costs_one_connection(caplog):
    made = []

    def factory():
        made.append(None)
        if len(made) == 1:
            raise ValueError("cannot")
        return Recorded()

    async def work(door):
        loop = asyncio.get_running_loop()
        with contextlib.closing(socket.socket()) as first:
            first.setblocking(False)
            await loop.sock_connect(first, door.address)
            end = await received(first)
        client, protocol = await door.connect()
        protocol.transport.write(b"220 hello\r\n")
        return end, await received(client, 11)

    with caplog.at_level(logging.ERROR, "mailsink.smtp"):
        assert run(work, factory) == (b"", b"220 hello\r\n")
    assert [record.message for record in caplog.records] == [
        "a connection was accepted and could not be served"
    ]


def test_without_room_for_another_connection_it_is_tried_again(monkeypatch, caplog):
    monkeypatch.setattr(channel, "TRY_AGAIN", 0.01)

    class Full:
        """The listening socket of a process that has no descriptor left, twice."""

        def __init__(self, listening):
            self._listening = listening
            self._left = 2

        def __getattr__(self, name):
            return getattr(self._listening, name)

        def accept(self):
            if self._left:
                self._left -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self._listening.accept()

    async def work(door):
        door.acceptor._listening = Full(door.listening)
        client, protocol = await door.connect()
        protocol.transport.write(b"220 hello\r\n")
        return await received(client, 11)

    with caplog.at_level(logging.ERROR, "mailsink.smtp"):
        assert run(work) == b"220 hello\r\n"
    sentence = "no connection can be accepted: Too many open files; tried again in 0.01 s; "
    sentence += "if it stays so, raise ulimit -n"
    assert [record.message for record in caplog.records] == [sentence, sentence]


def test_closed_it_accepts_no_more():
    async def work(door):
        door.acceptor.close()
        door.acceptor.close()
        with contextlib.closing(socket.socket()) as client:
            client.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(client, door.address)
            except ConnectionRefusedError:
                return "refused"
        return "accepted"

    assert run(work) == "refused"


def test_a_transport_that_is_forgotten_says_so():
    async def work(door):
        _, protocol = await door.connect()
        protocol.transport.pause_reading()
        with pytest.warns(ResourceWarning, match="unclosed transport <Channel open fd="):
            protocol.transport = None
        return "warned"

    assert run(work) == "warned"
