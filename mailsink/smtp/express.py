"""The common dialogue, answered as its octets come: no coroutine is woken for a command.

A session begins here where nothing can come between a command and its reply, and goes over to `SinkProtocol`
for good at the first thing that is not common: another command, a line that is too long or not ended by CRLF,
a fault plan, a client that does not read or that sends a flood of commands. The rules and the records are the
same: this module only knows what waits for what.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..message import Message
from ..model import Reply
from .commands import MAX_COMMAND
from .connection import BUSY, MAX_UNSENT, MOST_AHEAD
from .content import DotCollector, Octets
from .protocol import SinkProtocol

__all__ = ["ExpressProtocol"]

# So much of what a client sends ahead is held while the store is asked; then it is not read any more.
MAX_HELD = 65_536


class ExpressProtocol(SinkProtocol):
    """A session that is answered at once as long as it says what everybody says."""

    _is_express = False
    # Between DATA's 354 and the end of the content.
    _content: DotCollector | None = None
    # Whether the store has a message that it has not answered for yet.
    _is_asking = False
    # Received and not looked at yet: a part of a line, or what came while the store was asked.
    _held = b""
    _holds_back = False

    def begin(self, refused: Reply | None) -> None:
        port = self.port
        policy = port.policy
        if (
            refused is not None
            or self.is_hooked
            or port.plan.active
            or port.tls == "implicit"
            or policy.proxy
            or policy.lmtp
            or policy.require_tls
            or policy.require_auth
        ):
            super().begin(refused)
            return
        self._is_express = True
        self.write(self.dialogue.banner())

    # ---------------------------------------------------------------- what comes

    def received(self, octets: Octets) -> None:
        if not self._is_express or self._closing:
            super().received(octets)
            return
        self._active_at = self.loop.time()
        self.port.pulse[0] += 1
        self._take(octets)

    def _take(self, octets: Octets) -> None:
        try:
            while octets:
                octets = self._step(octets)
        except Exception as error:  # noqa: BLE001 - the client is told, and the session recorded
            self._is_asking = False
            self.fail(error)

    def _step(self, octets: Octets) -> Octets:
        """Do what can be done with *octets* as things are; what is left of them."""
        if not self._is_express:
            self._reader.feed_data(octets)
            return b""
        if self._closing:
            return b""
        if self._is_asking:
            self._hold(octets)
            return b""
        if self._content is None:
            return self._read_lines(octets)
        rest = self._content.feed(octets)
        if rest is None:
            return b""
        self._end_content()
        return rest

    def _hold(self, octets: Octets) -> None:
        self._held += octets
        if len(self._held) > MAX_HELD and not self._holds_back and self.transport is not None:
            self._holds_back = True
            self.transport.pause_reading()

    def _read_lines(self, octets: Octets) -> Octets:
        lines = self._held + octets if self._held else bytes(octets)
        self._held = b""
        start = answered = 0
        while (end := lines.find(b"\n", start)) >= 0:
            if answered == MOST_AHEAD or not self._answer(lines[start : end + 1]):
                self._leave(lines[start:])
                return b""
            start = end + 1
            answered += 1
            if self._content is not None or not self._is_express or self._closing:
                return lines[start:]
        if len(lines) - start > MAX_COMMAND:
            self._leave(lines[start:])
        else:
            self._held = lines[start:]
        return b""

    def _answer(self, line: bytes) -> bool:
        """Answer a command line, its line end with it; false for one that is not common."""
        answer = _COMMANDS.get(line[:5])
        if (
            answer is None
            or line[-2:] != b"\r\n"
            or line[-3:-2] == b"\r"
            or len(line) > MAX_COMMAND
            or self.port.plan.active
        ):
            return False
        command = line[:-2]
        self.transcript.client(command)
        answer(self, command[5:].decode("utf-8", "surrogateescape").strip(" \t"))
        if self.presence is BUSY and self.dialogue.draft is None:
            self.port.busy(self, is_busy=False)
        return True

    # ------------------------------------------------------------------ commands

    def _ehlo(self, argument: str) -> None:
        self.port.linger(self)
        self._say(self.greet("EHLO", argument))

    def _mail(self, argument: str) -> None:
        self.port.busy(self, is_busy=True)
        self._say(self.begin_transaction(self.dialogue.read_mail(argument)))

    def _rcpt(self, argument: str) -> None:
        self._say(self.add_recipient(self.dialogue.read_rcpt(argument)))

    def _data(self, _argument: str) -> None:
        reply = self.dialogue.data("")
        if reply.code == 354:
            self._content = DotCollector(self.port.policy.max_size)
        self._say(reply)

    def _rset(self, _argument: str) -> None:
        if self._may_idle("RSET"):
            self.abandon()
            self._say(self.dialogue.rset(""))

    def _noop(self, _argument: str) -> None:
        if self._may_idle("NOOP"):
            self._say(self.dialogue.noop(""))

    def _quit(self, _argument: str) -> None:
        self.close("The client said QUIT.", self.dialogue.quit(""))

    def _may_idle(self, verb: str) -> bool:
        limit = self.dialogue.count_command(verb)
        if limit is not None:
            self.close("The client sent too many commands without a message.", limit)
            return False
        self.port.linger(self)
        return True

    # ------------------------------------------------------------------- content

    def _end_content(self) -> None:
        collector, self._content = self._content, None
        assert collector is not None
        content = self.content_of(collector, ended=True)
        if content is None:
            self._conclude_at_once(self.dialogue.too_large())
        elif self.port.plan.active:
            self._leave(b"", self._capture_first(content))
        else:
            self._keep(content)

    async def _capture_first(self, content: bytes) -> bool:
        await self.capture(content)
        return True

    def _keep(self, content: bytes) -> None:
        draft = self.dialogue.draft
        assert draft is not None
        message = self.message(draft, content)
        if message.envelope.forward_paths:
            self._is_asking = True
            self.port.keep(message, _Asked(self, message))
        else:
            # Every recipient is a discarded one: it sounds as it does for the others.
            self._conclude_at_once(Reply(250, f"Kept as {message.id}", "2.0.0"))

    def answered(self, message: Message, reply: Reply) -> None:
        """The store has answered for *message*."""
        self._is_asking = False
        try:
            if reply.is_positive:
                self._conclude_at_once(reply, message.id)
            else:
                self._conclude_at_once(reply, content=message.content)
        except Exception as error:  # noqa: BLE001 - the client is told, and the session recorded
            self.fail(error)
        if self._closing:
            self._finish_here()
            return
        held, self._held = self._held, b""
        if self._holds_back and self.transport is not None:
            self._holds_back = False
            self.transport.resume_reading()
        self._take(held)
        if self._has_ended and self._is_express and not self._is_asking:
            self._end_here()

    def _conclude_at_once(self, reply: Reply, message_id: str = "", content: bytes = b"") -> None:
        self.end_transaction(reply, message_id, content)
        self._say(reply)

    # ----------------------------------------------------------------- both ways

    def _say(self, reply: Reply) -> None:
        if self._closing:
            return
        self.write(reply)
        limit = None if reply.code < 500 else self.dialogue.count_error(reply)
        if limit is not None:
            self.close("The client made too many errors.", limit)
        elif self.unsent() > MAX_UNSENT:
            # The client does not read its replies: it is waited for.
            self._leave(b"", self._drain_first())

    async def _drain_first(self) -> bool:
        await self.drain_if_needed()
        if self._content is not None:
            self._content = None
            await self.take_content()
        return True

    def _leave(self, octets: bytes, first: Awaitable[bool] | None = None) -> None:
        """Go on as any session does, first with *first* and then with *octets*."""
        self._is_express = False
        if octets:
            self._reader.feed_data(octets)
        if self._has_ended:
            self.end_reading()
        self.lane.run(self._run(first or _at_once()))

    # ----------------------------------------------------------------- its end

    def eof_received(self) -> bool:
        if not self._is_express or self._closing:
            return super().eof_received()
        self._hear_end()
        return not self._closing

    def disconnect(self, error: Exception | None) -> None:
        if self._is_express and not self._closing:
            self._hear_end()
        super().disconnect(error)

    def _hear_end(self) -> None:
        self._has_ended = True
        if not self._is_asking:
            self._end_here()

    def _end_here(self) -> None:
        """The client has said all, and has been answered."""
        if self._content is None:
            # What it is called if a command is cut off is known there.
            self._leave(self._held)
            return
        self.content_of(self._content, ended=False)
        self._finish_here()

    def _finish_here(self) -> None:
        if self._is_express:
            self._is_express = False
            self.finish()

    def close(self, reason: str, reply: Reply | None = None) -> None:
        was_closing = self._closing
        super().close(reason, reply)
        if not was_closing and not self._is_asking:
            self._finish_here()

    def cancel(self) -> None:
        super().cancel()
        self._is_asking = False
        self._finish_here()

    @property
    def is_listening(self) -> bool:
        return not self._is_asking if self._is_express else super().is_listening


class _Asked:
    """What the store's answer for a message is given to."""

    __slots__ = ("_is_done", "_message", "_protocol")

    def __init__(self, protocol: ExpressProtocol, message: Message) -> None:
        self._protocol = protocol
        self._message = message
        self._is_done = False

    def done(self) -> bool:
        return self._is_done

    def cancelled(self) -> bool:
        return False

    def set_result(self, result: Reply, /) -> None:
        self._is_done = True
        self._protocol.answered(self._message, result)


async def _at_once() -> bool:
    return True


def _spellings(verb: bytes, end: bytes) -> list[bytes]:
    return [spelling + end for spelling in (verb, verb.lower(), verb.capitalize())]


# By the first five octets of a line; other spellings are not common.
_COMMANDS: dict[bytes, Callable[[ExpressProtocol, str], None]] = {
    spelling: answer
    for verb, end, answer in (
        (b"EHLO", b" ", ExpressProtocol._ehlo),
        (b"MAIL", b" ", ExpressProtocol._mail),
        (b"RCPT", b" ", ExpressProtocol._rcpt),
        (b"DATA", b"\r", ExpressProtocol._data),
        (b"RSET", b"\r", ExpressProtocol._rset),
        (b"NOOP", b"\r", ExpressProtocol._noop),
        (b"QUIT", b"\r", ExpressProtocol._quit),
    )
    for spelling in _spellings(verb, end)
}
