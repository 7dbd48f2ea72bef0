"""Makes a connection go wrong as the plan's rules say.

Asks the plan at each stage and carries out what fires: a decision fault before its command runs, a reply
fault when the reply is sent. The rules are in `mailsink.faults`; a plan without rules never comes here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..address import PathError, parse_path
from ..faults import Fault, Fired, Moment, Plan
from ..model import Reply
from .content import CountedCollector, Portion
from .draft import Path

if TYPE_CHECKING:
    from ..mime import Parsed
    from .connection import Connection
    from .reader import Collector

__all__ = ["STAGE_OF", "Breaker", "Verdict"]

# The stage of each command.
STAGE_OF = {
    "HELO": "ehlo",
    "EHLO": "ehlo",
    "LHLO": "ehlo",
    "STARTTLS": "starttls",
    "AUTH": "auth",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "BDAT": "data",
    "RSET": "rset",
    "NOOP": "noop",
    "QUIT": "quit",
}
_NO_REPLY = "this line is not an SMTP reply"
# How the content is cut for a rate: ten times a second looks smooth to a client.
_TICK = 0.1


@dataclass(slots=True)
class Verdict:
    """What the fired rules make of a stage.

    *skip* means that the command is not run: *reply* is said in its place, where there is one. Without
    *skip*, *reply* replaces the words of a positive reply. *lose* keeps nothing; *tls* is how the handshake
    breaks. *by* is the id of the rule that decided.
    """

    skip: bool = False
    reply: Reply | None = None
    lose: bool = False
    tls: str = ""
    by: str = ""
    fired: list[str] = field(default_factory=list)


class Breaker:
    """One connection's faults."""

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan
        self._wire: Fired | None = None
        self._rate = 0.0
        self._words: Reply | None = None

    # --------------------------------------------------------------- deciding

    async def at(
        self, stage: str, argument: str = "", *, content: Parsed | None = None, octets: int = 0
    ) -> Verdict:
        """Ask the plan at *stage* and carry out what can be done now.

        *argument* is the command's, *content* what came by DATA, *octets* how much of it came.
        """
        self._wire = self._words = None
        if stage == "ehlo":
            self._connection.dialogue.hidden, self._connection.dialogue.added = frozenset(), ()
        verdict = Verdict()
        for fired in self._plan.ask(self._moment(stage, argument, content, octets)):
            self._connection.transcript.fault(str(fired))
            verdict.fired.append(fired.rule.id)
            await self._do(fired, verdict)
            if self._connection.is_ending:
                verdict.skip = True
                break
        self._connection.note_faults(stage, verdict.fired)
        return verdict

    def ask(self, stage: str, content: Parsed) -> tuple[Fired, ...]:
        """Only ask: what is to be done is done by `carry_out`."""
        fired = self._plan.ask(self._moment(stage, "", content, 0))
        self._connection.note_faults(stage, [one.rule.id for one in fired])
        return fired

    async def carry_out(self, fired: tuple[Fired, ...]) -> Verdict:
        """Do what `ask` found; how ``dot`` wants the reply said holds on, where this does not replace it."""
        verdict = Verdict()
        for one in fired:
            self._connection.transcript.fault(str(one))
            await self._do(one, verdict)
            if self._connection.is_ending:
                verdict.skip = True
                break
        return verdict

    async def run(
        self, verb: str, argument: str | None, method: Callable[[str | None], Awaitable[None]]
    ) -> None:
        """Run a command as the fault plan lets it."""
        verdict = await self.at(STAGE_OF[verb], argument or "")
        if verdict.skip:
            await self._refuse(verb, argument or "", verdict)
            return
        draft = self._connection.dialogue.draft
        known = 0 if draft is None else len(draft.recipients)
        await method(argument)
        if verb == "RCPT" and verdict.reply is not None:
            self._connection.dialogue.reword_recipient(known, verdict.reply, fault=verdict.by)

    async def passes(self, stage: str) -> bool:
        """Whether the session goes on after *stage*, at which a reply is the last word."""
        verdict = await self.at(stage)
        if verdict.skip:
            self._connection.close(f"A fault refused the connection at {stage}.", verdict.reply)
        return not verdict.skip

    async def _refuse(self, verb: str, argument: str, verdict: Verdict) -> None:
        """Answer a command that a fault skips; what is refused is recorded as if we had refused it."""
        connection, dialogue, reply = self._connection, self._connection.dialogue, verdict.reply
        draft = dialogue.draft
        if verb == "MAIL":
            read = dialogue.read_mail(argument)
            if isinstance(read, Path):
                connection.refuse_transaction(read, reply)
        if connection.is_ending or reply is None:
            return
        if verb == "RCPT" and draft is not None:
            read = dialogue.read_rcpt(argument)
            if isinstance(read, Path):
                dialogue.add_recipient(read, reply, fault=verdict.by)
        elif verb in ("DATA", "BDAT") and draft is not None:
            draft.refused = reply
        if verb == "BDAT":
            await self._skip_chunk(argument)
        # Not by push(): what a fault refuses is no error of the client's.
        connection.write(reply)
        if reply.code == 421:
            connection.close("A fault ended the session with 421.")
        else:
            await connection.drain_if_needed()

    async def _skip_chunk(self, argument: str) -> None:
        """Read and drop the octets of a chunk that is refused; the chunks after it are of no use."""
        connection = self._connection
        draft, chunk = connection.dialogue.draft, connection.dialogue.bdat(argument)
        if isinstance(chunk, Reply):
            return
        collector = CountedCollector(chunk.size, keep=False)
        await connection.reader.collect(collector)
        connection.transcript.content(collector.received)
        if draft is not None:
            draft.spoilt = True
            draft.octets.clear()

    def _moment(self, stage: str, argument: str, content: Parsed | None, octets: int) -> Moment:
        connection, dialogue = self._connection, self._connection.dialogue
        draft = dialogue.draft
        sender = draft.reverse_path if draft is not None else ""
        rcpt = draft.recipients[-1].path if draft is not None and draft.recipients else ""
        if stage == "mail":
            sender = _path_in(argument, "FROM:")
        if stage == "rcpt":
            rcpt = _path_in(argument, "TO:")
        return Moment(
            stage=stage,
            listener=connection.port.known_as,
            inbox=connection.inbox_so_far(rcpt if stage == "rcpt" else ""),
            peer=connection.peer.host,
            helo=argument if stage == "ehlo" else dialogue.domain,
            user=dialogue.auth.user if dialogue.auth is not None else "",
            sender=sender,
            rcpt=rcpt,
            connection=connection.number,
            transaction=connection.transaction_number,
            recipient=0 if draft is None else len(draft.recipients) + (stage == "rcpt"),
            octets=octets,
            header=None if content is None else content.headers,
        )

    async def _do(self, fired: Fired, verdict: Verdict) -> None:
        connection, fault = self._connection, fired.fault
        value = fault.value
        if fault.action == "reply":
            assert isinstance(value, Reply)
            verdict.skip, verdict.reply, verdict.by = fault.skips, value, fired.rule.id
            self._words = None if fault.skips else value
        elif fault.action == "delay":
            assert isinstance(value, (int, float))
            await connection.pause(value)
        elif fault.action == "stall":
            connection.is_mute = True
            await connection.pause(None)
            connection.close("A fault stalled the session until the client gave up.")
        elif fault.action == "close":
            connection.hang_up("A fault closed the connection.")
        elif fault.action == "reset":
            connection.reset("A fault reset the connection.")
        elif fault.action == "throttle":
            assert isinstance(value, (int, float))
            self._rate = float(value)
        elif fault.action == "lose":
            verdict.lose = True
        elif fault.action == "tls":
            verdict.tls = str(value)
        elif fault.action == "hide":
            connection.dialogue.hidden |= {str(value).strip().upper()}
        elif fault.action == "add":
            connection.dialogue.added = (*connection.dialogue.added, str(value))
        else:
            self._wire = fired

    # ---------------------------------------------------------------- replying

    def reword(self, reply: Reply) -> Reply:
        """A positive *reply* in the words of the rule that fired, once; others as they are."""
        words, self._words = self._words, None
        return words if words is not None and reply.is_positive else reply

    async def say(self, reply: Reply, times: int = 1) -> Reply:
        """Send *reply* as the fired rules want it: in other words, in another way. Returns what was said."""
        fired, self._wire = self._wire, None
        reply = self.reword(reply)
        connection = self._connection
        for _ in range(times):
            if fired is None or connection.transport is None or connection.is_half_closed:
                connection.write(reply)
            else:
                await self._send(fired.fault, connection.spell(reply))
        return reply

    async def _send(self, fault: Fault, octets: bytes) -> None:
        connection = self._connection
        if fault.action == "malformed":
            octets = f"{fault.value or _NO_REPLY}\r\n".encode("utf-8", "replace")
        if fault.action in ("split", "dribble"):
            assert isinstance(fault.value, (int, float))
            await self._send_slowly(_pieces(fault.action, octets), fault.value)
            return
        assert connection.transport is not None
        connection.transcript.server(octets)
        connection.transport.write(octets)
        if fault.action == "half_close":
            self._half_close()

    async def _send_slowly(self, pieces: list[bytes], seconds: float) -> None:
        connection = self._connection
        sent = bytearray()
        had_ended = connection.reader.has_ended
        # A 421 in the middle of a reply would be a part of it.
        connection.is_mute = True
        for piece in pieces:
            if sent:
                await self._wait(seconds, had_ended=had_ended)
            if connection.transport is None or connection.is_ending:
                break
            connection.transport.write(piece)
            sent += piece
        connection.is_mute = False
        connection.transcript.server(bytes(sent))

    async def _wait(self, seconds: float, *, had_ended: bool) -> None:
        """One of several pauses. A client that went away since the first is not waited for again."""
        if had_ended or not self._connection.reader.has_ended:
            await self._connection.pause(seconds)

    def _half_close(self) -> None:
        transport = self._connection.transport
        assert transport is not None
        if not transport.can_write_eof():
            self._connection.transcript.event("TLS has no half-close: the connection stays open.")
            return
        transport.write_eof()
        self._connection.is_half_closed = True

    # ----------------------------------------------------------------- content

    async def collect(self, collector: Collector) -> bool:
        """Read content as `SinkReader.collect` does, with the faults of ``body`` at their octets."""
        connection = self._connection
        draft = connection.dialogue.draft
        if draft is None or draft.spoilt:
            return await connection.reader.collect(collector)
        # BDAT's chunks are one content: what came by those before counts.
        came = len(draft.octets)
        self._rate = self._rate if draft.chunked else 0.0
        for threshold in sorted({rule.after for rule in self._plan if rule.stage in ("body", "any")}):
            if threshold < came or (threshold == came and draft.chunked):
                continue
            portion = Portion(collector, threshold - came)
            if threshold > came and not await self._collect(portion):
                return False
            if portion.finished:
                return True
            came = threshold
            await self.at("body", octets=threshold)
            if connection.is_ending:
                return False
        return await self._collect(collector)

    async def _collect(self, collector: Collector) -> bool:
        """Read into *collector*, at a rate where a fault has set one."""
        connection, rate = self._connection, self._rate
        if not rate:
            return await connection.reader.collect(collector)
        had_ended = connection.reader.has_ended
        tick = max(1, int(rate * _TICK))
        while True:
            portion = Portion(collector, tick)
            if not await connection.reader.collect(portion):
                return False
            if portion.finished:
                return True
            await self._wait(tick / rate, had_ended=had_ended)
            if connection.is_ending:
                return False


def _pieces(action: str, octets: bytes) -> list[bytes]:
    if action == "split":
        middle = len(octets) // 2
        return [octets[:middle], octets[middle:]]
    return [octets[i : i + 1] for i in range(len(octets))]


def _path_in(argument: str, keyword: str) -> str:
    try:
        return parse_path(argument[len(keyword) :].strip(), null_ok=True)[0]
    except PathError:
        return ""
