"""The commands of an SMTP session, each asking the dialogue's rules and answering.

A handler written for aiosmtpd's stock class works: its hooks are called at the same places with the same
arguments. Knows no store: a captured transaction goes to the connection's port.
"""

from __future__ import annotations

import logging

from ..clock import now
from ..faults import Fired
from ..message import Message, new_id
from ..model import Auth, Peer, Reply
from .authentication import AuthConnection
from .breaking import Verdict
from .connection import read_error
from .content import CountedCollector, DotCollector
from .draft import Draft, Path
from .forwarded import ForwardedError, read_xclient
from .lane import Waiting

__all__ = ["SinkProtocol"]

log = logging.getLogger("mailsink.smtp")


class SinkProtocol(AuthConnection):
    """A session with all its commands."""

    # --------------------------------------------------------------- greeting

    async def smtp_HELO(self, hostname: str | None) -> None:
        reply = self.greet("HELO", hostname or "")
        if reply.is_positive:
            reply = await self.hook("HELO", hostname) or reply
        await self.push(reply)

    async def smtp_EHLO(self, hostname: str | None) -> None:
        await self._extended("EHLO", hostname or "")

    async def smtp_LHLO(self, hostname: str | None) -> None:
        await self._extended("LHLO", hostname or "")

    async def _extended(self, verb: str, hostname: str) -> None:
        reply = self.greet(verb, hostname)
        if reply.is_positive:
            reply = await self.ehlo_hook_lines(hostname, reply)
        await self.push(reply)

    def greet(self, verb: str, hostname: str) -> Reply:
        """The client greets by *verb*; the reply."""
        if hostname:
            # RFC 5321 §4.1.4: a greeting ends the transaction, as RSET does; one without a name is refused.
            self.abandon()
        is_extended = verb != "HELO"
        reply = self.dialogue.ehlo(hostname, verb) if is_extended else self.dialogue.helo(hostname)
        if reply.is_positive and self.is_hooked:
            self.new_envelope()
            self.session.host_name = hostname
            self.session.extended_smtp = is_extended
        return reply

    # ------------------------------------------------------------ transaction

    async def smtp_MAIL(self, arg: str | None) -> None:
        read = self.dialogue.read_mail(arg or "")
        reply = None
        if self.is_hooked and not isinstance(read, Reply) and not self.dialogue.declared_too_large(read):
            reply = await self._mail_hook(read)
        await self.push(self.begin_transaction(read, reply))

    def begin_transaction(self, read: Path | Reply, said: Reply | None = None) -> Reply:
        """MAIL was *read*, and a hook has *said* something; the reply."""
        if isinstance(read, Reply):
            return read
        said = said or self.dialogue.declared_too_large(read)
        if said is not None and not said.is_positive:
            self.refuse_transaction(read, said)
            return said
        accepted = self.dialogue.begin(read)
        self._note_path("MAIL", read)
        return said or accepted

    async def _mail_hook(self, read: Path) -> Reply | None:
        options = [str(parameter) for parameter in read.parameters]
        self.envelope.smtp_utf8 = "SMTPUTF8" in options
        reply = await self.hook("MAIL", read.path, options)
        if (reply is None or reply.is_positive) and self.envelope.mail_from is None:
            # A hook may have filled the envelope itself, as it must on the stock class.
            self.envelope.mail_from = read.path
            self.envelope.mail_options = options
        return reply

    async def smtp_RCPT(self, arg: str | None) -> None:
        read = self.dialogue.read_rcpt(arg or "")
        if isinstance(read, Reply):
            await self.push(read)
            return
        if self.is_hooked:
            reply = await self._rcpt_hook(read)
            self._note_path("RCPT", read)
        else:
            reply = self.add_recipient(read)
        await self.push(reply)

    def add_recipient(self, read: Path | Reply) -> Reply:
        """RCPT was *read*, and there is no hook; the reply."""
        if isinstance(read, Reply):
            return read
        reply = self.dialogue.decide(read)
        self._note_path("RCPT", read)
        return reply

    async def _rcpt_hook(self, read: Path) -> Reply:
        options = [str(parameter) for parameter in read.parameters]
        known = len(self.envelope.rcpt_tos)
        said = await self.hook("RCPT", read.path, options)
        reply = self.dialogue.decide(read) if said is None else self.dialogue.add_recipient(read, said)
        if reply.is_positive and len(self.envelope.rcpt_tos) == known:
            self.envelope.rcpt_tos.append(read.path)
            self.envelope.rcpt_options.extend(options)
        return reply

    async def smtp_DATA(self, arg: str | None) -> None:
        reply = self.dialogue.data(arg or "")
        await self.push(reply)
        if reply.code == 354:
            await self.take_content()

    async def take_content(self) -> None:
        """Read what follows DATA's 354, and answer."""
        collector = DotCollector(self.port.policy.max_size)
        ended = await self.collect(collector)
        content = self.content_of(collector, ended=ended)
        if content is not None:
            await self.capture(content)
        elif ended:
            await self._conclude(self.dialogue.too_large())

    def content_of(self, collector: DotCollector, *, ended: bool) -> bytes | None:
        """What was collected after DATA; ``None`` where it has not *ended*, or was too large."""
        self.transcript.content(collector.received)
        if not ended:
            self._end = self._end or "The client closed the connection before the final dot."
            return None
        content = collector.content()
        if collector.overflow:
            return None
        if collector.looks_ended:
            self.note(
                "A lone dot stood between line ends other than CRLF, which some servers take for the end."
            )
        return content

    async def smtp_BDAT(self, arg: str | None) -> None:
        """RFC 3030 §2."""
        chunk = self.dialogue.bdat(arg or "")
        if isinstance(chunk, Reply):
            # How many octets follow is not known: nothing that comes can be understood.
            await self.push(chunk)
            self.close("BDAT without a size: what follows cannot be told from commands.")
            return
        collector = CountedCollector(chunk.size, keep=chunk.refused is None)
        ended = await self.collect(collector)
        self.transcript.content(collector.received)
        if not ended:
            self._end = self._end or "The client closed the connection inside a chunk."
        elif chunk.refused is not None:
            await self._refuse_chunk(chunk.refused)
        else:
            await self._take_chunk(collector.content(), is_last=chunk.is_last)

    async def _refuse_chunk(self, reply: Reply) -> None:
        draft = self.dialogue.draft
        if draft is not None:
            draft.spoilt = True
            draft.octets.clear()
        await self.push(reply)

    async def _take_chunk(self, octets: bytes, *, is_last: bool) -> None:
        draft = self.dialogue.draft
        assert draft is not None
        draft.chunked = True
        draft.octets += octets
        if is_last:
            await self.capture(bytes(draft.octets))
            return
        await self.push(Reply(250, f"{len(octets)} octets received", "2.0.0"))

    async def capture(self, content: bytes) -> None:
        """The transaction's content has come: keep the message, and answer."""
        said = await self._data_hook(content) if self.is_hooked else None
        if said is not None and not said.is_positive:
            await self._conclude(said, content=content)
            return
        fired: tuple[Fired, ...] = ()
        if self.port.plan.active:
            from ..mime import parse

            parsed = parse(content)
            verdict = await self.breaker.at("dot", content=parsed)
            if verdict.skip or verdict.lose:
                await self._break_off(verdict, content)
                return
            # Asked before the store, so that the message can say which rules fired; done after it.
            fired = self.breaker.ask("stored", parsed)
        draft = self.dialogue.draft
        assert draft is not None
        message = self.message(draft, content)
        if not message.envelope.forward_paths:
            # Every recipient is a discarded one: it sounds as it does for the others.
            await self._conclude(said or Reply(250, f"Kept as {message.id}", "2.0.0"))
            return
        # The store has the message from here on, whether or not the client waits for the reply.
        kept: Waiting[Reply] = self.lane.future()
        self.port.keep(message, kept)
        reply = await kept
        if not reply.is_positive:
            await self._conclude(reply, content=content)
            return
        verdict = await self.breaker.carry_out(fired) if fired else Verdict()
        if verdict.skip and verdict.reply is None:
            self.record(self.dialogue.end(), None, message.id)
            return
        refused = verdict.reply if verdict.skip else None
        await self._conclude(refused or said or reply, message.id)
        if refused is not None and refused.code == 421:
            self.close("A fault ended the session with 421.")

    async def _break_off(self, verdict: Verdict, content: bytes) -> None:
        """A fault at the final dot: nothing is kept, whatever is said."""
        reply = Reply(250, f"Kept as {new_id()}", "2.0.0") if verdict.lose else verdict.reply
        if reply is None:
            self.record(self.dialogue.end(), None, content=content)
            return
        await self._conclude(reply, content=content)
        if reply.code == 421:
            self.close("A fault ended the session with 421.")

    async def _data_hook(self, content: bytes) -> Reply | None:
        """What the handler says to the content; what it lets in is kept all the same."""
        self.envelope.content = self.envelope.original_content = content
        try:
            return await self.hook("DATA")
        except Exception as error:
            if not self.port.policy.lmtp:
                raise
            # RFC 2033 §4.2: every recipient is owed a reply.
            log.exception("session %s: handle_DATA failed", self.session_id)
            return read_error(error)

    def message(self, draft: Draft, content: bytes) -> Message:
        """What *draft* and *content* make."""
        return Message(
            id=new_id(),
            inbox=self.port.inbox_of(self.dialogue.auth, draft.tag),
            envelope=draft.envelope(),
            content=content,
            received_at=now(),
            session_id=self.session_id,
            peer=self.peer,
            greeting=self.dialogue.domain,
            tls=self.tls,
            auth=self.dialogue.auth,
            notes=tuple(self.notes),
            faults=tuple(self._faults),
        )

    async def _conclude(self, reply: Reply, message_id: str = "", content: bytes = b"") -> None:
        """The transaction is over, with *reply* as the last word; *content* where it was not kept."""
        if self._breaker is not None:
            reply = self._breaker.reword(reply)
        draft = self.end_transaction(reply, message_id, content)
        # RFC 2033 §4.2: LMTP answers for each accepted recipient.
        await self.push(reply, times=len(draft.accepted) if self.port.policy.lmtp else 1)

    def end_transaction(self, reply: Reply, message_id: str = "", content: bytes = b"") -> Draft:
        """Record the transaction that is over, which is returned; *reply* is to be sent yet."""
        draft = self.dialogue.end()
        self.record(draft, reply, message_id, content)
        self.new_envelope()
        self.port.busy(self, is_busy=False)
        return draft

    async def smtp_RSET(self, arg: str | None) -> None:
        reply = self.dialogue.rset(arg or "")
        if reply.is_positive:
            self.abandon()
            reply = await self.hook("RSET") or reply
        await self.push(reply)

    # ---------------------------------------------------------- TLS and AUTH

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        reply = self.dialogue.starttls(arg or "")
        await self.push(reply)
        if reply.code == 220 and await self.start_tls("starttls"):
            # RFC 3207 §4.2: what was said before is forgotten.
            self.abandon()
            self.dialogue.forget_greeting()
            self.starttls_hook()

    # -------------------------------------------------------- forwarded facts

    async def smtp_XCLIENT(self, arg: str | None) -> None:
        """Postfix's XCLIENT: a trusted client says whose connection this is."""
        if self.dialogue.draft is not None:
            await self.push(Reply(503, "Bad sequence: a transaction is open", "5.5.1"))
            return
        try:
            facts = read_xclient(arg or "")
        except ForwardedError as error:
            await self.push(Reply(501, str(error), "5.5.4"))
            return
        self.peer = Peer(facts.get("ADDR", self.peer.host), int(facts.get("PORT") or self.peer.port))
        if facts.get("LOGIN"):
            self.dialogue.auth = Auth("XCLIENT", facts["LOGIN"])
        self.dialogue.forget_greeting()
        self.dialogue.domain = facts.get("HELO", "")
        self.new_envelope()
        self.transcript.event(f"XCLIENT says the client is {self.peer}.")
        await self.push(self.dialogue.banner())

    # ------------------------------------------------------------------ others

    async def smtp_NOOP(self, arg: str | None) -> None:
        await self.push(await self.hook("NOOP", arg) or self.dialogue.noop(arg or ""))

    async def smtp_QUIT(self, arg: str | None) -> None:
        reply = self.dialogue.quit(arg or "")
        if not reply.is_positive:
            await self.push(reply)
            return
        reply = await self.hook("QUIT") or reply
        if self._breaker is not None:
            await self.push(reply)
        self.close("The client said QUIT.", None if self._breaker is not None else reply)

    async def smtp_VRFY(self, arg: str | None) -> None:
        reply = self.dialogue.vrfy(arg or "")
        if reply.is_positive:
            reply = await self.hook("VRFY", arg) or reply
        await self.push(reply)

    async def smtp_EXPN(self, arg: str | None) -> None:
        await self.push(self.dialogue.expn(arg or ""))

    async def smtp_HELP(self, arg: str | None) -> None:
        await self.push(self.dialogue.help(arg or ""))

    def _note_path(self, verb: str, path: Path) -> None:
        draft = self.dialogue.draft
        if not path.path.isascii() and not (draft is not None and draft.smtputf8):
            self.note(f"{verb} held an address outside ASCII without SMTPUTF8 (RFC 6531 §3.4).")
