"""One SMTP connection: bytes in, replies out, time, and a transcript of it all.

Reads commands and finds who handles them; the handlers are in `mailsink.smtp.protocol`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import socket
import struct
from collections.abc import Awaitable
from typing import Protocol

from ..address import tag_of
from ..clock import now
from ..faults import Plan
from ..message import Message, new_id
from ..model import Auth, Peer, Reply, Session, Tls, Transaction
from ..policy import Policy
from .breaking import STAGE_OF, Breaker
from .channel import Channel
from .commands import MAX_AUTH, MAX_COMMAND, is_http
from .content import Octets
from .dialogue import Dialogue, Offers
from .draft import Draft, Path, drafted
from .encryption import read_proxy_header, start_tls
from .lane import Told
from .reader import Collector, SinkReader
from .stock import Hooks, StockProtocol, read_continuation, read_reply
from .tls import Certificates
from .transcript import Transcript
from .wheel import Wheel

__all__ = ["AWAY", "BUSY", "MAX_UNSENT", "MOST_AHEAD", "Connection", "Port", "read_error"]

log = logging.getLogger("mailsink.smtp")

# How long a closing connection may take to send what is left before it is cut.
LINGER = 2.0
# A transcript of a long session would hold as many transactions as the client likes.
MAX_TRANSACTIONS = 1_000
# The recipients of all its transactions: twice what one may have by default.
MAX_RECIPIENTS_RECORDED = 20_000
# What a session's `presence` is while it says something, and when it says nothing; in between a wheel.
BUSY, AWAY = "busy", "away"
# More than this unsent means that the client does not read its replies: wait for it.
MAX_UNSENT = 65_536
# After so many commands that a client sent ahead, the other sessions have their turn.
MOST_AHEAD = 100


class Port(Protocol):
    """What a connection needs of the listener it came by. Called on the loop's thread."""

    @property
    def policy(self) -> Policy: ...
    @property
    def address(self) -> str: ...
    @property
    def known_as(self) -> str: ...
    @property
    def tls(self) -> str: ...
    @property
    def certificates(self) -> Certificates | None: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def octets(self) -> memoryview: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def pulse(self) -> list[int]: ...
    @property
    def inbox(self) -> str | None: ...
    def inbox_of(self, auth: Auth | None, tag: str) -> str: ...
    def opened(self, protocol: Connection) -> Reply | None: ...
    def closed(self, protocol: Connection) -> None: ...
    def gone(self, protocol: Connection) -> None: ...
    def busy(self, protocol: Connection, *, is_busy: bool) -> None: ...
    def linger(self, protocol: Connection) -> None: ...
    def watch(self, protocol: Connection) -> None: ...
    def unwatch(self, protocol: Connection) -> None: ...
    def keep(self, message: Message, kept: Told[Reply]) -> None: ...


class Connection(StockProtocol):
    """The server's side of one session. *port* says what is offered and takes what is captured."""

    ended_at: dt.datetime | None = None
    peer = Peer("")
    transport_host = ""
    tls: Tls | None = None
    # Whether the listener knows that this session is in the middle of saying something.
    presence: Wheel[Connection] | str = AWAY
    # Which of its listener's connections this is, from 1.
    number = 0
    is_half_closed = False
    # Whether a reply would be heard in the middle of another, or where silence is wanted.
    is_mute = False
    _end = ""
    _closing = False
    _deadline: asyncio.TimerHandle | None = None
    _recorded = 0
    _recipients_recorded = 0
    _breaker: Breaker | None = None
    _gone: asyncio.Future[None] | None = None

    def __init__(self, port: Port, hooks: Hooks, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(port.policy, hooks, loop=loop, octets=port.octets)
        self.port = port
        self.dialogue = Dialogue(
            port.policy,
            can_tls=port.tls != "none",
            own_mechanisms=tuple(hooks.auth),
            own_check=hooks.authenticator is not None,
            offers=port.offers,
        )
        self.session_id = new_id()
        self.transcript = Transcript()
        self.started_at = now()
        self.transactions: list[Transaction] = []
        self.notes: list[str] = []
        self._faults: list[str] = []
        self._is_enhanced = "ENHANCEDSTATUSCODES" in port.policy.extensions
        self._active_at = loop.time()

    # -------------------------------------------------------------- connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = self.peername = transport.get_extra_info("peername")
        self.peer = Peer(peer[0], peer[1]) if isinstance(peer, tuple) else Peer("")
        # XCLIENT and PROXY change who the peer is said to be; the limit counts whose socket it is.
        self.transport_host = self.peer.host
        self.connect(transport)
        refused = self.port.opened(self)
        if self._timeout_duration < float("inf"):
            self.port.watch(self)
        if self.port.policy.max_seconds:
            self._deadline = self.loop.call_later(self.port.policy.max_seconds, self._deadline_cb)
        self.begin(refused)

    def begin(self, refused: Reply | None) -> None:
        """Greet the client, or send it away with *refused*, and answer what it says."""
        # A handler's hook may ask for the current task, and so does who waits for PROXY's header.
        as_task = self._hooks.is_used or self.port.policy.proxy
        self.lane.run(self._run(self._greet(refused)), as_task=as_task)

    def connection_lost(self, error: Exception | None) -> None:
        # The task is not cancelled: it reads to the end of what came, so that a store in progress is
        # finished and its outcome recorded although nobody hears of it.
        if error is not None and not self._end:
            gone = isinstance(error, ConnectionError) and self._is_new_to_tls
            self._end = self._left() if gone else f"The connection broke: {_sentence(error)}."
        self._cancel_timers()
        self.disconnect(error)
        self._wake()
        self.port.gone(self)

    def received(self, octets: Octets) -> None:
        if self._closing:
            # TLS hands over what it has decrypted even after close().
            return
        self._active_at = self.loop.time()
        self.port.pulse[0] += 1
        super().received(octets)

    def eof_received(self) -> bool:
        # A client that has said all may close its half: it still gets its replies. TLS has no half-close.
        self.end_reading()
        return self.tls is None and not self._closing

    def close(self, reason: str, reply: Reply | None = None) -> None:
        """End the session: send *reply*, note *reason*, and cut what does not go out in time."""
        if self._closing:
            return
        self._end_session(reason, reply)
        if self.transport is not None:
            # A TLS transport that is closed twice, first by the client, cannot be aborted any more.
            if not self.transport.is_closing():
                self.transport.close()
            if self.unsent():
                self._timeout_handle = self.loop.call_later(LINGER, self.transport.abort)

    def hang_up(self, reason: str) -> None:
        """End the session with FIN, whatever the client is sending: it is dropped for `LINGER` seconds."""
        heard_all = self._reader.has_ended
        if self._closing or self.transport is None or not self.transport.can_write_eof() or heard_all:
            # TLS says in its own way that this is the end, and reads on until the client has heard it.
            self.close(reason)
            return
        self._end_session(reason)
        # A socket that is closed with octets unread sends RST in place of FIN.
        self._reader.forget()
        if not self.is_half_closed:
            self.transport.write_eof()
        self._timeout_handle = self.loop.call_later(LINGER, self.transport.abort)

    def reset(self, reason: str) -> None:
        """End the session with RST: what was sent and not yet read is lost with it."""
        self._end_session(reason)
        if self.transport is None or self.transport.is_closing():
            return
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _end_session(self, reason: str, reply: Reply | None = None) -> None:
        self._closing = True
        self._end = self._end or reason
        # The session counts as over before its client can know, so that nobody waits for it.
        self.port.busy(self, is_busy=False)
        if reply is not None and not self.is_mute:
            self.write(reply, is_last=True)
        self._cancel_timers()
        self._wake()
        self.end_reading()

    def _cancel_timers(self) -> None:
        self.port.unwatch(self)
        for timer in (self._timeout_handle, self._deadline):
            if timer is not None:
                timer.cancel()

    def abort(self) -> None:
        """Cut the connection now."""
        if self.transport is not None:
            self.transport.abort()

    @property
    def is_ending(self) -> bool:
        """Whether the session will take no further command."""
        return self._closing

    @property
    def is_listening(self) -> bool:
        """Whether it waits for what the client says next."""
        return self._reader.is_waiting

    def look_at_silence(self) -> None:
        """End the session if the client was silent for too long, else look again when it would have been."""
        if not self.is_listening and not self.unsent():
            # It is our turn: a hook or the store is slow, which the client is not to blame for.
            self._active_at = self.loop.time()
        left = self._active_at + self._timeout_duration - self.loop.time()
        if left > 0:
            # Anything received counts, so a slow upload lives.
            self._timeout_handle = self.loop.call_later(left, self.look_at_silence)
            return
        seconds = f"{self._timeout_duration:g} s"
        reply = Reply(421, f"Nothing came for {seconds}; closing", "4.4.2")
        self.close(f"The client was silent for {seconds}.", reply)

    def _deadline_cb(self) -> None:
        seconds = f"{self.port.policy.max_seconds:g} s"
        reply = Reply(421, f"The session is older than {seconds}; closing", "4.7.0")
        self.close(f"The session was older than {seconds}.", reply)

    # ------------------------------------------------------------------- loop

    async def _run(self, first: Awaitable[bool]) -> None:
        """Answer what the client says, to the end, if *first* says that there is to be anything."""
        try:
            if await first:
                await self._handle_client()
        except Exception as error:  # noqa: BLE001 - the client is told, and the session recorded
            self.fail(error)
        finally:
            self.finish()

    def fail(self, error: Exception) -> None:
        """End the session for *error*, which is ours; for use where it is handled."""
        log.exception("session %s: an internal error", self.session_id)
        reply = Reply(421, "Internal error, see the log; closing", "4.3.0")
        self.close(f"mailsink failed: {_sentence(error)}.", reply)

    async def _greet(self, refused: Reply | None) -> bool:
        if refused is not None:
            self.close(f"Refused: {refused.text}.", refused)
        elif (
            await self._passes("connect") and await self._begin_connection() and await self._passes("banner")
        ):
            await self.push(self.dialogue.banner())
            return True
        return False

    async def _begin_connection(self) -> bool:
        """What comes before the greeting: PROXY's header, and TLS where it is implicit."""
        if self.port.policy.proxy and not await read_proxy_header(self):
            return False
        return self.port.tls != "implicit" or await self.start_tls("implicit")

    async def start_tls(self, mode: str) -> bool:
        """Do the handshake; false when it failed, and the transcript says why."""
        return await start_tls(self, mode)

    async def _handle_client(self) -> None:
        ahead = 0
        while not self._closing:
            line, too_long = await self._reader.read_line(MAX_AUTH)
            if not line or self._closing:
                break
            if not too_long and not line.endswith(b"\n"):
                # Cut off in the middle: what it would have been is not for us to guess.
                self.transcript.client(line)
                self._end = self._end or "The client closed the connection in the middle of a command."
                break
            await self._command(line, too_long=too_long)
            if self.presence is BUSY and self.dialogue.draft is None:
                self.port.busy(self, is_busy=False)
            ahead = ahead + 1 if self._reader.has_more else 0
            if ahead >= MOST_AHEAD:
                ahead = 0
                await asyncio.sleep(0)

    async def _command(self, line: bytes, *, too_long: bool) -> None:
        command = line.rstrip(b"\r\n")
        verb_octets, _, argument = command.partition(b" ")
        verb = verb_octets.decode("ascii", "backslashreplace").upper()
        self.transcript.client(command)
        if self.presence is not BUSY:
            self.port.busy(self, is_busy=True)
        if too_long or (len(command) > MAX_COMMAND and verb != "AUTH"):
            await self.push(self.dialogue.too_long())
            return
        if not line.endswith(b"\r\n"):
            self.note("A command line ended with a bare LF (RFC 5321 §2.3.8 asks for CRLF).")
        # Octets that are not UTF-8 stay themselves, as surrogates.
        text = argument.decode("utf-8", "surrogateescape").strip(" \t")
        try:
            await self._dispatch(verb, text or None)
        except Exception as error:  # noqa: BLE001 - a handler's hook may raise anything
            await self._failed(verb, error)

    async def _dispatch(self, verb: str, argument: str | None) -> None:
        method = self.command(verb)
        if method is None and is_http(verb):
            self._cut_off(verb)
        elif method is None or not self.dialogue.knows(verb):
            await self.push(self.dialogue.unknown(verb))
        elif self.is_insecure and verb != "QUIT":
            await self.push(Reply(554, "Command refused due to lack of security", "5.7.0"))
        elif verb != "BDAT" and (refused := self.dialogue.gate(verb)) is not None:
            if verb == "MAIL" and not isinstance(read := self.dialogue.read_mail(argument or ""), Reply):
                self.refuse_transaction(read, refused)
            await self.push(refused)
        elif (limit := self.dialogue.count_command(verb)) is not None:
            self.close("The client sent too many commands without a message.", limit)
        elif verb not in STAGE_OF or not (self.port.plan.active or self._breaker):
            await method(argument)
        else:
            await self.breaker.run(verb, argument, method)

    def _cut_off(self, verb: str) -> None:
        # A web page that posts to this port must not be able to send mail.
        name = "Host" if verb.startswith("HOST:") else verb
        self.close(f"The client spoke HTTP ({name}).", Reply(421, "This is SMTP, not HTTP; closing", "5.7.0"))

    async def _failed(self, verb: str, error: Exception) -> None:
        """A hook or mailsink itself raised: tell the client, drop the transaction, go on."""
        log.exception("session %s: %s failed", self.session_id, verb)
        self.abandon()
        if hasattr(self.event_handler, "handle_exception"):
            await self.push(read_reply(await self.event_handler.handle_exception(error)))
            return
        await self.push(read_error(error))

    def abandon(self) -> None:
        """Drop the transaction that is going on; the session remembers it."""
        if self.dialogue.draft is not None:
            self.record(self.dialogue.end(), None)
        self.new_envelope()

    def cancel(self) -> None:
        """End the session where it stands, whatever it waits for."""
        self.lane.cancel()

    def finish(self) -> None:
        """The session is over: record how, and let go of the connection."""
        self.abandon()
        self._end = self._end or self._left()
        self.transcript.end(self._end)
        self.ended_at = now()
        self.port.closed(self)
        self.close(self._end)

    @property
    def _is_new_to_tls(self) -> bool:
        """Whether the client has greeted nobody since the TLS handshake."""
        return self.tls is not None and not self.dialogue.verb

    def _left(self) -> str:
        """How the session ended if the client closed the connection on its own."""
        if not self._is_new_to_tls:
            return "The client closed the connection without QUIT."
        # GnuTLS and others look at the certificate when the handshake is over, and send no alert.
        why = "it may not trust the certificate"
        return f"The client closed the connection without QUIT after the TLS handshake; {why}."

    # ----------------------------------------------------------------- faults

    @property
    def breaker(self) -> Breaker:
        """What makes this connection go wrong as the plan says; made when the plan has rules."""
        if self._breaker is None:
            self._breaker = Breaker(self, self.port.plan)
        return self._breaker

    @property
    def reader(self) -> SinkReader:
        return self._reader

    @property
    def transaction_number(self) -> int:
        """Which of this connection's transactions is going on or comes next, from 1."""
        return self._recorded + 1

    def inbox_so_far(self, rcpt: str = "") -> str:
        """The inbox that a transaction goes to as far as is known; ``""`` where nothing is.

        *rcpt* is a forward-path that was said and not yet accepted.
        """
        draft, auth = self.dialogue.draft, self.dialogue.auth
        is_told = draft is not None and bool(draft.accepted)
        if not (rcpt or is_told or auth is not None or self.port.inbox is not None):
            return ""
        tag = draft.tag if draft is not None and is_told else ""
        return self.port.inbox_of(auth, tag or tag_of(rcpt))

    def note_faults(self, stage: str, rule_ids: list[str]) -> None:
        """Rules that fired: the transaction, and the message that comes of it, remember them."""
        if self.dialogue.draft is None:
            if stage != "mail":
                return
            # Those of a MAIL that came to nothing.
            self._faults.clear()
        self._faults += (rule_id for rule_id in rule_ids if rule_id not in self._faults)

    async def pause(self, seconds: float | None) -> None:
        """Say and read nothing for *seconds*, or until the client goes away; ``None`` waits for that.

        A client that closes its half meanwhile is taken for one that gave up; one that did so before is not.
        """
        if self._closing or self.transport is None:
            return
        self._gone = self.loop.create_future()
        waits: set[asyncio.Future[None]] = {self._gone}
        if seconds is None or not self._reader.has_ended:
            # Where the session ends after it, what comes is of no use; unread, it would hide the end.
            waits.add(self.loop.create_task(self._reader.wait_end(drop=seconds is None)))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._gone = None

    def _wake(self) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    async def _passes(self, stage: str) -> bool:
        """Whether the session goes on after *stage*, at which a reply is the last word."""
        return not self.port.plan.active or await self.breaker.passes(stage)

    async def collect(self, collector: Collector) -> bool:
        """Read content into *collector*; false when the connection ended before."""
        if self.port.plan.active:
            return await self.breaker.collect(collector)
        return await self._reader.collect(collector)

    # ---------------------------------------------------------------- replies

    async def push(self, status: str | bytes | Reply, *, times: int = 1) -> None:
        """Send a reply. A hook's text is read as a reply first, so that it cannot hold two."""
        if self._closing:
            return
        if isinstance(status, Reply):
            reply = status
        elif (line := read_continuation(status)) is not None:
            self.write_octets(line)
            return
        else:
            reply = read_reply(status)
        if self._breaker is None:
            self.write(reply, times=times)
        else:
            reply = await self._breaker.say(reply, times)
        limit = None if reply.code < 500 else self.dialogue.count_error(reply)
        if limit is not None:
            self.close("The client made too many errors.", limit)
        elif self.unsent() > MAX_UNSENT:
            # The client does not read its replies.
            await self.drain()

    async def drain_if_needed(self) -> None:
        """Wait for a client that does not read its replies."""
        if self.unsent() > MAX_UNSENT:
            await self.drain()

    def spell(self, reply: Reply) -> bytes:
        """The octets of *reply*, as this listener spells replies."""
        return reply.encode() if self._is_enhanced else Reply(reply.code, reply.text).encode()

    def write(self, reply: Reply, *, times: int = 1, is_last: bool = False) -> None:
        """Send *reply* at once; with *is_last* the connection is closed after it."""
        octets = self.spell(reply)
        for _ in range(times):
            if self.transport is None or self.is_half_closed:
                self.transcript.event(f"Nobody was there to hear: {reply}")
            else:
                self.transcript.server(octets)
                if is_last and isinstance(self.transport, Channel):
                    self.transport.write_last(octets)
                else:
                    self.transport.write(octets)

    def write_octets(self, octets: bytes) -> None:
        """Send octets that are no reply of ours, as they are."""
        if self.transport is None or self.is_half_closed:
            return
        self.transcript.server(octets)
        self.transport.write(octets)

    # ---------------------------------------------------------------- records

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def snapshot(self) -> Session:
        """The session as it is now, or as it ended. Safe from any thread."""
        return Session(
            id=self.session_id,
            listener=self.port.known_as,
            peer=self.peer,
            started_at=self.started_at,
            ended_at=self.ended_at,
            end=self._end,
            greeting_verb=self.dialogue.verb,
            greeting=self.dialogue.domain,
            tls=self.tls,
            auth=self.dialogue.auth,
            transcript=self.transcript.entries(),
            cut=self.transcript.cut,
            transactions=tuple(self.transactions),
        )

    def refuse_transaction(self, path: Path, reply: Reply | None) -> None:
        """Remember a transaction that ended with its MAIL, to which *reply* was said."""
        self.record(drafted(path), reply)

    def record(self, draft: Draft, reply: Reply | None, message_id: str = "", content: bytes = b"") -> None:
        """Remember a transaction that is over. *content* is what came of it, where nothing was kept."""
        faults, self._faults = tuple(self._faults), []
        self.notes.clear()
        self._recorded += 1
        self._recipients_recorded += len(draft.recipients)
        if len(self.transactions) >= MAX_TRANSACTIONS or self._recipients_recorded > MAX_RECIPIENTS_RECORDED:
            return
        field, digest = _fingerprint(content)
        self.transactions.append(
            Transaction(
                envelope=draft.envelope(),
                started_at=draft.started_at,
                ended_at=now(),
                inbox=self.port.inbox_of(self.dialogue.auth, draft.wanted_tag),
                reply=reply or draft.refused,
                message_id=message_id,
                field=field,
                digest=digest,
                faults=faults,
            )
        )


def _fingerprint(content: bytes) -> tuple[str, str]:
    """The Message-ID field and the digest of content that was not kept; empty where there was none."""
    if not content:
        return "", ""
    import hashlib

    from ..mime import parse

    return parse(content).message_id, hashlib.sha256(content).hexdigest()


def read_error(error: Exception) -> Reply:
    """The reply that tells of an exception."""
    return Reply(451, f"Error: ({type(error).__name__}) {' '.join(str(error).split())}", "4.3.0")


def _sentence(error: BaseException) -> str:
    return str(error) or type(error).__name__
