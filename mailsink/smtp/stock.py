"""The parts of aiosmtpd's `SMTP` that we stand on: its attributes, its hooks, its connection.

All knowledge of aiosmtpd's inside is here; `mailsink.smtp.protocol` has the commands. A test holds the
names used here against the installed aiosmtpd.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import warnings
from asyncio.streams import FlowControlMixin
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

with warnings.catch_warnings():
    # aiosmtpd imports a name that Python 3.15 deprecates: nobody who turns warnings into errors is to suffer.
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.smtp import MISSING, SMTP, AuthResult, LoginPassword
    from aiosmtpd.smtp import Envelope as StockEnvelope
    from aiosmtpd.smtp import Session as StockSession

from ..errors import ConfigError
from ..model import Reply
from ..policy import Policy
from .content import Octets
from .lane import Lane
from .reader import SinkReader

__all__ = [
    "RECEIVED",
    "Hooks",
    "StockAuth",
    "StockProtocol",
    "login",
    "read_auth",
    "read_continuation",
    "read_reply",
]

# As much as asyncio receives at once: a big mail comes in few pieces.
RECEIVED = 262_144
# What the stock class's session.ssl holds.
_TLS_FACTS = ("sslcontext", "peercert", "cipher", "compression", "ssl_object")
_CONTINUATION = re.compile(r"[2-5]\d\d-[^\r\n]*")
_REPLY = re.compile(r"([2-5]\d\d)[ -]?(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a handler written for the stock class brings, looked up once and not for each connection.

    *called* maps a command to the handler's ``handle_…`` method, *auth* a mechanism to its ``auth_…``
    method. *ehlo* is which form of `handle_EHLO` it has: ``None``, ``"old"`` (4 arguments) or ``"new"`` (5).
    *authenticator* is called as the stock class calls it. `of` raises ConfigError.
    """

    handler: object
    called: dict[str, Callable[..., Awaitable[Any]]]
    auth: dict[str, Callable[..., Awaitable[Any]]]
    ehlo: str | None
    authenticator: Callable[..., Any] | None = None

    @property
    def is_used(self) -> bool:
        """Whether anything of it is ever called."""
        return bool(self.called or self.auth or self.authenticator)

    @classmethod
    def of(cls, handler: object, authenticator: Callable[..., Any] | None = None) -> Hooks:
        called = _methods(handler, "handle_")
        auth = {
            getattr(method, "__auth_mechanism_name__", name.replace("__", "-")).upper(): method
            for name, method in _methods(handler, "auth_").items()
        }
        return cls(handler, called, auth, _ehlo_form(called.get("EHLO")), authenticator)


def _ehlo_form(hook: Callable[..., object] | None) -> str | None:
    if hook is None:
        return None
    count = len(inspect.signature(hook).parameters)
    if count not in (4, 5):
        raise ConfigError(
            f"handle_EHLO takes {count} arguments; aiosmtpd calls it with server, session, envelope, hostname"
            " and, in its new form, responses"
        )
    return "old" if count == 4 else "new"


def _methods(handler: object, prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): getattr(handler, name) for name in dir(handler) if name.startswith(prefix)
    }


class StockProtocol(SMTP, asyncio.BufferedProtocol):
    """An `SMTP` whose constructor costs little, over our reader and over transports known to be streams.

    What comes is received into *octets*, which all protocols of a loop share: asyncio else allocates 256 KiB
    each time that something comes.
    """

    session: StockSession
    envelope: StockEnvelope = None  # type: ignore[assignment]  # only until the constructor has run
    transport: asyncio.Transport | None
    _reader: SinkReader

    def __init__(
        self,
        policy: Policy,
        hooks: Hooks,
        *,
        loop: asyncio.AbstractEventLoop,
        octets: memoryview | None = None,
    ) -> None:
        # Not super().__init__: it walks the handler and itself by inspect.getmembers (0.3 ms a
        # connection), clears a dictionary that all connections share, and may ask DNS for a name.
        self.loop = loop
        self.lane = Lane(loop)
        self._octets = memoryview(bytearray(RECEIVED)) if octets is None else octets
        self._reader = SinkReader(loop=loop, future=self.lane.future)
        # No callback: a method of ours would keep us alive until the garbage collector comes.
        asyncio.StreamReaderProtocol.__init__(self, self._reader, client_connected_cb=None, loop=loop)
        self._strong_reader = None
        self.is_hooked = hooks.is_used
        self.__ident__ = "mailsink"
        self.event_handler = hooks.handler
        self.data_size_limit = policy.max_size or None
        self.enable_SMTPUTF8 = "SMTPUTF8" in policy.extensions
        self.command_size_limits = {}
        self.hostname = policy.hostname
        self.tls_context = None
        self.require_starttls = policy.require_tls
        self._decode_data = False
        self._timeout_duration = policy.idle_timeout or float("inf")
        self._timeout_handle = None
        self._tls_handshake_okay = True
        self._tls_protocol = None
        self._original_transport = None
        self.transport = None
        self._handler_coroutine = None
        self._auth_require_tls = policy.require_tls or not policy.plain_auth
        self._proxy_timeout = None
        self._authenticator = hooks.authenticator
        self._auth_callback = None
        self._auth_required = policy.require_auth
        self._auth_methods = {}
        self._handle_hooks = hooks.called
        self._ehlo_hook_ver = hooks.ehlo
        self._smtp_methods = {}
        self._enforce_call_limit = False
        self._new_session()

    def _new_session(self) -> None:
        self.session = StockSession(self.loop)
        self.new_envelope()

    def new_envelope(self) -> None:
        """A fresh one for the hooks, which alone read and fill it."""
        if self.is_hooked or self.envelope is None:
            self.envelope = StockEnvelope()

    def command(self, verb: str) -> Callable[[str | None], Awaitable[None]] | None:
        """The method that handles *verb*, as the stock class finds it: any ``smtp_VERB``."""
        name = _verbs_of(type(self)).get(verb)  # type: ignore[arg-type]
        return None if name is None else getattr(self, name)

    def connect(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, as `connection_made` of the stock class does for the first one."""
        # uvloop's have the methods of asyncio's and not their class.
        self.transport = cast(asyncio.Transport, transport)
        # Not StreamReaderProtocol's, which makes a StreamWriter that nobody here writes by.
        self._transport = self.transport
        self._reader.set_transport(transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's and uvloop's are guesses
        return self._octets

    def buffer_updated(self, nbytes: int) -> None:
        self.received(self._octets[:nbytes])

    def data_received(self, data: bytes) -> None:
        # uvloop gives octets of their own to whatever is an `asyncio.Protocol`, as the stock class is.
        self.received(data)

    def received(self, octets: Octets) -> None:
        """Take what came, which may change as soon as this returns."""
        self._reader.feed_data(octets)

    def disconnect(self, error: Exception | None) -> None:
        self._reader.feed_eof()
        # Wakes who waits in `drain`.
        FlowControlMixin.connection_lost(self, error)
        self._transport = None  # type: ignore[assignment]
        self.transport = None

    def take_encrypted(self, transport: asyncio.Transport) -> None:
        """Go on over *transport*, which `loop.start_tls` made of ours."""
        self.transport = transport
        self._transport = transport
        self._reader._transport = transport  # type: ignore[attr-defined]
        self._over_ssl = True
        # The stock class asks whether this is true, and no more.
        self._tls_protocol = transport  # type: ignore[assignment]
        self.session.ssl = {name: transport.get_extra_info(name) for name in _TLS_FACTS}

    def unsent(self) -> int:
        """Octets that the client has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent, or is gone."""
        try:
            await self._drain_helper()  # type: ignore[attr-defined]
        except ConnectionError:
            # The reader comes to its end by itself.
            return

    async def hook(self, command: str, *arguments: object) -> Reply | None:
        """Call the handler's hook; ``None`` when it has none."""
        if not self.is_hooked or command not in self._handle_hooks:
            return None
        status = await self._call_handler_hook(command, *arguments)
        return None if status is MISSING else read_reply(status)

    async def ehlo_hook_lines(self, hostname: str, reply: Reply) -> Reply:
        """Let the handler change EHLO's lines: all of them, or in the old form the last one."""
        if self._ehlo_hook_ver is None:
            return reply
        lines = list(reply.lines)
        if self._ehlo_hook_ver == "old":
            # The hook may send lines of its own before the one that it returns.
            for line in lines[:-1]:
                await self.push(line)
            return read_reply(await self._call_handler_hook("EHLO", hostname))
        lines = await self._call_handler_hook("EHLO", hostname, lines)
        return Reply(250, "\n".join(line[4:] for line in lines))

    def starttls_hook(self) -> None:
        """Ask the handler's `handle_STARTTLS`, which is no coroutine, whether it is content with the TLS."""
        if "STARTTLS" in self._handle_hooks:
            self._tls_handshake_okay = bool(self._handle_hooks["STARTTLS"](self, self.session, self.envelope))

    @property
    def is_insecure(self) -> bool:
        """Whether the handler found the encryption wanting: then nothing but QUIT is of use."""
        return not self._tls_handshake_okay

    async def proxy_hook(self, header: object) -> bool:
        """Whether the handler lets the connection in; without a `handle_PROXY` it does."""
        if "PROXY" not in self._handle_hooks:
            return True
        status = await self._call_handler_hook("PROXY", header)
        return status is not MISSING and bool(status)

    def remember_login(self, data: object) -> None:
        """The client has authenticated; *data* is what hooks find of it in the session."""
        self.session.authenticated = True
        self.session.auth_data = data  # type: ignore[assignment]
        # Not by its setter, which logs a warning each time.
        name: Any = getattr(data, "login", data)
        self.session._login_data = name

    def authenticate(self, mechanism: str, user: str, password: str) -> StockAuth:
        """Ask the stock class's *authenticator*."""
        result = self._authenticate(mechanism, LoginPassword(_octets(user), _octets(password)))
        # Nobody but us answers here, whatever it says about having done so itself.
        result.handled = False
        return read_auth(result)


@dataclass(frozen=True, slots=True)
class StockAuth:
    """How a stock `auth_…` method or authenticator decided: *reply* is ``None`` where it has answered itself.

    *user* is who authenticated as text, *data* what the stock session keeps of it.
    """

    ok: bool
    reply: Reply | None
    user: str = ""
    data: object = None


_WELCOME = Reply(235, "Authenticated", "2.7.0")
_WRONG = Reply(535, "Authentication failed", "5.7.8")


def read_auth(result: object) -> StockAuth:
    """What a stock `auth_…` method means: an AuthResult, or in its old form a user, ``False`` or ``None``."""
    if isinstance(result, AuthResult):
        reply = read_reply(result.message) if result.message else _WELCOME if result.success else _WRONG
        if not result.success:
            return StockAuth(False, None if result.handled else reply)
        return StockAuth(True, reply, _user_of(result.auth_data), result.auth_data)
    if result is None:
        return StockAuth(False, None)
    if result is False or result is MISSING:
        return StockAuth(False, _WRONG)
    return StockAuth(True, _WELCOME, _user_of(result), result)


def login(user: str) -> LoginPassword:
    """What the stock session keeps of a client that authenticated as *user*; without the password."""
    return LoginPassword(_octets(user), b"")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _user_of(data: object) -> str:
    name = getattr(data, "login", data)
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else "" if name is None else str(name)


def read_continuation(status: str | bytes | Reply) -> bytes | None:
    """A line that a hook sends ahead of its reply (``"250-FOO"``), with its line end; else ``None``."""
    if isinstance(status, Reply):
        return None
    text = status.decode("utf-8", "replace") if isinstance(status, bytes) else str(status)
    if not _CONTINUATION.fullmatch(text):
        return None
    return Reply(int(text[:3]), text[4:]).encode().replace(b" ", b"-", 1)


def read_reply(status: str | bytes | Reply) -> Reply:
    """A reply out of what a stock hook returned: ``"250 2.0.0 OK"``; several lines only as one reply."""
    if isinstance(status, Reply):
        return status
    text = status.decode("utf-8", "replace") if isinstance(status, bytes) else str(status)
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))
    first = _REPLY.fullmatch(lines[0])
    if first is None:
        return Reply(451, f"The handler's answer is not a reply: {' '.join(lines)}", "4.3.0")
    code, enhanced, words = first.groups()
    prefix = f"{enhanced} " if enhanced else ""
    rest = [line[4:] if re.match(rf"{code}[ -]", line) else line for line in lines[1:]]
    return Reply(int(code), "\n".join([words, *(line.removeprefix(prefix) for line in rest)]), enhanced or "")


@cache
def _verbs_of(protocol: type) -> dict[str, str]:
    """The verbs of a protocol class with their methods' names."""
    return {name.removeprefix("smtp_"): name for name in dir(protocol) if name.startswith("smtp_")}
