"""One thread, one event loop, many listening sockets.

Knows a store to keep messages in; which addresses and policies there are is told by the `Sink`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from ..activity import Activity
from ..errors import StoreError
from ..faults import Plan
from ..message import Message
from ..meters import SmtpMeter
from ..model import Auth, Reply, Session
from ..policy import Policy
from ..sockets import BACKLOG, format_address
from ..store import Done, Store
from .channel import Acceptor
from .connection import AWAY, BUSY, Connection
from .dialogue import Offers
from .express import ExpressProtocol
from .lane import Told
from .loops import name_of, new_loop
from .stock import RECEIVED, Hooks
from .tls import Certificates
from .wheel import Wheel

__all__ = ["Listener", "ListenerThread"]

T = TypeVar("T")

# How long connections that are cut may take to let go of their sockets, in seconds.
_LETTING_GO = 0.5
# So many turns of the loop it takes to close what is let go of: a listening socket, a transport's handle.
_TURNS = 5
_CLOSING = Reply(421, "Closing", "4.3.2")

DEFAULT_INBOX = "default"
# A client may send its next mail on the same connection right after the 250; so long it counts as busy.
GRACE = 0.005
# And its first one right after the greeting. A pool that connects ahead is not waited for longer than that.
GREETING_GRACE = 0.05
# How long stopping may take, in seconds.
STOP_TIMEOUT = 2.0
# Mails that come within so many seconds are written together, while there is anything else to do.
TOGETHER = 0.002


class Listener:
    """One or more listening sockets of the same port and their connections. Close it, or close its sink.

    *host* and *port* are where it listens, or the socket file and 0; *tls* is ``"none"``, ``"starttls"``
    or ``"implicit"``; *inbox* is where its messages go, ``None`` where the AUTH user or a recipient's tag
    decides. *known_as* is the address of another listener whose second door this is.
    The rest belongs to the loop's thread.
    """

    def __init__(
        self,
        thread: ListenerThread,
        sockets: list[socket.socket],
        *,
        policy: Policy,
        inbox: str | None = None,
        tls: str = "none",
        certificates: Certificates | None = None,
        hooks: Hooks | None = None,
        plan: Plan | None = None,
        known_as: str = "",
    ) -> None:
        name = sockets[0].getsockname()
        self.host: str = name if isinstance(name, str) else name[0]
        self.port: int = 0 if isinstance(name, str) else name[1]
        self.policy = policy
        self.inbox = inbox
        self.tls = tls
        self.certificates = certificates
        self.plan = Plan() if plan is None else plan
        self._known_as = known_as
        self.octets = thread.octets
        self.pulse = thread.pulse
        self._thread = thread
        self._connections = 0
        self._sockets = sockets
        self._servers: list[Acceptor | asyncio.Server] = []
        self._open: dict[str, Connection] = {}
        self._peers: Counter[str] = Counter()
        self._silent: Wheel[Connection] | None = None
        self.offers: Offers = {}
        self._stopping = False
        self._hooks = hooks or Hooks.of(object())

    @property
    def address(self) -> str:
        """``host:port``, an IPv6 host in brackets; the path of a socket file."""
        return format_address(self.host, self.port) if self.port else self.host

    @property
    def known_as(self) -> str:
        """What sessions and fault rules call it: its address, unless it is another one's second door."""
        return self._known_as or self.address

    @property
    def url(self) -> str:
        """``smtp://host:port``; smtps where TLS is implicit."""
        return f"{'smtps' if self.tls == 'implicit' else 'smtp'}://{self.address}"

    def close(self) -> None:
        """Stop listening and end what is open with a 421. A second call does nothing."""
        self._thread.close_listener(self)

    # Called on the loop's thread by its connections.

    def inbox_of(self, auth: Auth | None, tag: str) -> str:
        """Where a transaction's message goes: by listener, else AUTH user, else a recipient's tag."""
        return self.inbox or (auth.user if auth is not None else "") or tag or DEFAULT_INBOX

    def opened(self, protocol: Connection) -> Reply | None:
        """A connection came; the 421 if it is one too many, or came too late."""
        self._connections += 1
        protocol.number = self._connections
        self._open[protocol.session_id] = protocol
        self._peers[protocol.peer.host] += 1
        self._thread.opened(protocol, self.inbox)
        if self._stopping:
            return _CLOSING
        limit = self.policy.max_connections
        if limit and len(self._open) > limit:
            return Reply(421, f"Too many connections; {limit} are allowed", "4.7.0")
        limit = self.policy.max_connections_per_peer
        if limit and self._peers[protocol.peer.host] > limit:
            whom = protocol.peer.host or "this socket file"
            return Reply(421, f"Too many connections from {whom}; {limit} are allowed", "4.7.0")
        return None

    def closed(self, protocol: Connection) -> None:
        if self._open.pop(protocol.session_id, None) is not None:
            host = protocol.transport_host
            self._peers[host] -= 1
            if not self._peers[host]:
                del self._peers[host]
        self._thread.closed(protocol)

    def gone(self, protocol: Connection) -> None:
        self._thread.gone(protocol)

    def busy(self, protocol: Connection, *, is_busy: bool) -> None:
        self._thread.set_busy(protocol, is_busy=is_busy)

    def linger(self, protocol: Connection) -> None:
        self._thread.linger(protocol)

    def watch(self, protocol: Connection) -> None:
        """Ask *protocol* `policy.idle_timeout` seconds from now whether it was silent."""
        if self._silent is None:
            self._silent = Wheel(protocol.loop, self.policy.idle_timeout, Connection.look_at_silence)
        self._silent.add(protocol)

    def unwatch(self, protocol: Connection) -> None:
        if self._silent is not None:
            self._silent.discard(protocol)

    def keep(self, message: Message, kept: Told[Reply]) -> None:
        self._thread.keep(message, kept)

    # Called on the loop's thread by `ListenerThread`.

    async def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        def connection() -> ExpressProtocol:
            return ExpressProtocol(self, self._hooks, loop=loop)

        for sock in self._sockets:
            server: Acceptor | asyncio.Server
            if isinstance(loop, asyncio.SelectorEventLoop):
                server = Acceptor(loop, sock, connection)
            elif sock.family == getattr(socket, "AF_UNIX", None):
                server = await loop.create_unix_server(connection, sock=sock, backlog=BACKLOG)
            else:
                server = await loop.create_server(connection, sock=sock, backlog=BACKLOG)
            self._servers.append(server)

    async def stop(self) -> None:
        self._stopping = True
        for sock in self._sockets:
            # Not every loop has it.
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().remove_reader(sock)
        # asyncio forgets to close what it has accepted and not yet made a connection of when a server is
        # closed: such ones are made now, and refused.
        await asyncio.sleep(0)
        for server in self._servers:
            # Never wait_closed(): from Python 3.12 on it waits for connections that may be gone.
            server.close()
        if not self.port:
            # From Python 3.13 on asyncio does this itself.
            Path(self.host).unlink(missing_ok=True)
        for protocol in list(self._open.values()):
            protocol.close("The listener closed.", _CLOSING)
        if self._silent is not None:
            self._silent.close()
        self._thread.forget(self)


class ListenerThread:
    """Runs an event loop in a daemon thread, and listeners in it.

    Methods without an underscore are safe from any thread but the loop's own, unless said otherwise.
    """

    def __init__(self, store: Store, activity: Activity) -> None:
        self._store = store
        self._activity = activity
        self.octets = memoryview(bytearray(RECEIVED))
        self.meter = SmtpMeter()
        self._loop = new_loop()
        self.loop_name = name_of(self._loop)
        self._thread = threading.Thread(target=self._run, name="mailsink-smtp", daemon=True)
        self._listeners: list[Listener] = []
        self._open: dict[str, Connection] = {}
        # Connections whose session is over may still be sending, or waiting for TLS to be closed.
        self._connected: set[Connection] = set()
        self._after_greeting = Wheel(self._loop, GREETING_GRACE, self._leave)
        self._after_mail = Wheel(self._loop, GRACE, self._leave)
        self._kept: deque[tuple[Told[Reply], Reply]] = deque()
        self._waking = False
        self._to_add: list[tuple[Message, Done]] = []
        # By when these are handed over; how often anything was heard, and had been at the last look.
        self._add_by = 0.0
        self.pulse = [0]
        self._heard = 0
        # While stopping: done when the last session is over, and when the last connection is cut.
        self._emptied: asyncio.Future[None] | None = None
        self._cut: asyncio.Future[None] | None = None

    @property
    def listeners(self) -> tuple[Listener, ...]:
        return tuple(self._listeners)

    def start(self) -> None:
        if self._store.after_done is not None:
            self._store.after_done.append(self._wake_up)
        self._thread.start()

    def open(self, sockets: list[socket.socket], **settings: Any) -> Listener:
        """Serve at *sockets*, which listen, from now on; *settings* are `Listener`'s."""
        listener = Listener(self, sockets, **settings)
        self._listeners.append(listener)
        self._call(listener.serve(self._loop))
        return listener

    def close_listener(self, listener: Listener) -> None:
        if listener in self._listeners and self._thread.is_alive():
            self._call(listener.stop())

    def sessions(self) -> tuple[Session, ...]:
        """Snapshots of the sessions that are open, oldest first."""
        return tuple(protocol.snapshot() for protocol in list(self._open.values()))

    def session(self, session_id: str) -> Session | None:
        """A snapshot of an open session, or ``None``."""
        protocol = self._open.get(session_id)
        return None if protocol is None else protocol.snapshot()

    def measure(self) -> tuple[SmtpMeter, int]:
        """What all sessions did so far, and how many are open; of one moment."""
        with self.meter.lock:
            transcripts = [protocol.transcript for protocol in list(self._open.values())]
            # The copy is one step to the thread that goes on counting.
            said = [(transcript.replies.copy(), transcript.octets) for transcript in transcripts]
            return self.meter.read(said), len(said)

    def began_at(self, session_id: str) -> dt.datetime | None:
        """When the transaction that is open in a session began; ``None`` where none is."""
        protocol = self._open.get(session_id)
        draft = None if protocol is None else protocol.dialogue.draft
        return None if draft is None else draft.started_at

    def stop(self) -> None:
        """Close every listener, end every session, end the thread. Within `STOP_TIMEOUT` seconds."""
        if self._thread.is_alive():
            with contextlib.suppress(TimeoutError):
                self._call(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_TIMEOUT)
        if not self._thread.is_alive():
            self._loop.close()
        if self._store.after_done is not None:
            with contextlib.suppress(ValueError):
                self._store.after_done.remove(self._wake_up)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        # Whatever there was no time for: a transport that is forgotten would leak its socket.
        self._loop.run_until_complete(self._end())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STOP_TIMEOUT)

    async def _stop(self) -> None:
        for listener in list(self._listeners):
            await listener.stop()
        # Sessions, and connections that are being made, which become sessions.
        ends = self._loop.time() + STOP_TIMEOUT / 4
        while (waits := self._unfinished()) and self._loop.time() < ends:
            await asyncio.wait(waits, timeout=ends - self._loop.time(), return_when=asyncio.FIRST_COMPLETED)
        for protocol in list(self._open.values()):
            # A handler's hook that does not end, or a store.
            protocol.cancel()
        await self._let_go()

    async def _end(self) -> None:
        """What `_stop` had no time for."""
        await self._let_go()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_LETTING_GO)

    def _unfinished(self) -> set[asyncio.Future[Any]]:
        """What is still at work: tasks, and something that is done when every session is over."""
        waits: set[asyncio.Future[Any]] = {*(asyncio.all_tasks() - {asyncio.current_task()})}
        if self._open:
            self._emptied = self._loop.create_future()
            waits.add(self._emptied)
        return waits

    async def _let_go(self) -> None:
        """Cut what is still connected, and turn the loop until transports have let go of their sockets."""
        if self._connected:
            for protocol in list(self._connected):
                protocol.abort()
            self._cut = self._loop.create_future()
            await asyncio.wait([self._cut], timeout=_LETTING_GO)
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    # ---------------------------------------------------- on the loop's thread

    def forget(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def opened(self, protocol: Connection, inbox: str | None) -> None:
        self.meter.began += 1
        self._open[protocol.session_id] = protocol
        self._connected.add(protocol)
        self._activity.enter(inbox)
        self._leave_later(protocol)

    def closed(self, protocol: Connection) -> None:
        self._leave(protocol)
        session, transcript = protocol.snapshot(), protocol.transcript
        # In one step: a total that falls would be taken for a restart. Who hears of the end finds it counted.
        with self.meter.lock:
            self._store.put_session(session)
            self._open.pop(protocol.session_id, None)
            self.meter.ended(time.monotonic() - transcript.started, transcript.replies, transcript.octets)
        if self._emptied is not None and not self._open and not self._emptied.done():
            self._emptied.set_result(None)

    def gone(self, protocol: Connection) -> None:
        self._connected.discard(protocol)
        if self._cut is not None and not self._connected and not self._cut.done():
            self._cut.set_result(None)

    def set_busy(self, protocol: Connection, *, is_busy: bool) -> None:
        """A session begins to say something, or has said what it had to."""
        presence = protocol.presence
        if is_busy:
            if isinstance(presence, Wheel):
                presence.discard(protocol)
            elif presence is AWAY and protocol.session_id in self._open:
                self._activity.enter(protocol.port.inbox)
            else:
                return
            protocol.presence = BUSY
        elif protocol.is_ending:
            self._leave(protocol)
        elif presence is BUSY:
            self._leave_later(protocol)

    def linger(self, protocol: Connection) -> None:
        """A session said something that begins nothing."""
        if protocol.presence is AWAY:
            self._activity.enter(protocol.port.inbox)
        if protocol.presence is not BUSY:
            self._leave_later(protocol)

    def _leave_later(self, protocol: Connection) -> None:
        wheel = self._after_mail if protocol.transactions else self._after_greeting
        protocol.presence = wheel
        wheel.add(protocol)

    def _leave(self, protocol: Connection) -> None:
        presence, protocol.presence = protocol.presence, AWAY
        if isinstance(presence, Wheel):
            presence.discard(protocol)
        if presence is not AWAY:
            self._activity.leave(protocol.port.inbox)

    def keep(self, message: Message, kept: Told[Reply] | None = None) -> None:
        """Hand *message* to the store; *kept* gets the reply when the store has answered."""
        future: Told[Reply] = self._loop.create_future() if kept is None else kept

        def done(error: StoreError | None) -> None:
            if error is None:
                reply = Reply(250, f"Kept as {message.id}", "2.0.0")
            elif error.full:
                # RFC 5321 §4.2.3: insufficient system storage.
                reply = Reply(452, f"Not kept: {error}", "4.3.1")
            else:
                reply = Reply(451, f"Not kept: {error}", "4.3.0")
            if self._store.after_done is not None:
                self._kept.append((future, reply))
            elif threading.get_ident() == self._thread.ident:
                _resolve(future, reply)
            else:
                self._kept.append((future, reply))
                self._wake_up()

        if self._store.after_done is None:
            self._store.add(message, done)
            return
        self._to_add.append((message, done))
        if len(self._to_add) == 1:
            self._add_by = self._loop.time() + TOGETHER
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """Give the store what came, to be written in one go: once nothing else comes, or all wait for it."""
        if self._heard != self.pulse[0]:
            self._heard = self.pulse[0]
            if len(self._to_add) < len(self._open) and self._loop.time() < self._add_by:
                self._loop.call_soon(self._hand_over)
                return
        messages, self._to_add = self._to_add, []
        self._store.add_all(messages)
        self._resolve_kept()

    def _wake_up(self) -> None:
        """One wake-up serves all the messages of a commit."""
        if self._kept and not self._waking:
            self._waking = True
            # Where the loop is closed the message is kept, and nobody is left to be told.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._told)

    def _told(self) -> None:
        self._waking = False
        self._resolve_kept()

    def _resolve_kept(self) -> None:
        while self._kept:
            _resolve(*self._kept.popleft())


def _resolve(future: Told[Reply], reply: Reply) -> None:
    if not future.done():
        future.set_result(reply)
