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
from functools import cache, cached_property
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

    transport: asyncio.Transport | None = None
    # What hooks find in their session. None of what follows here changes in most sessions, which so have few
    # attributes of their own: Python keeps them in less room, and finds them faster.
    peername: Any = None
    __ident__ = "mailsink"
    tls_context = None
    _over_ssl = False
    _has_ended = False
    _decode_data = False
    _timeout_handle: asyncio.TimerHandle | None = None
    _tls_handshake_okay = True
    _tls_protocol = None
    _original_transport = None
    _handler_coroutine = None
    _proxy_timeout = None
    _auth_callback = None
    _enforce_call_limit = False

    def __init__(
        self,
        policy: Policy,
        hooks: Hooks,
        *,
        loop: asyncio.AbstractEventLoop,
        octets: memoryview | None = None,
    ) -> None:
        # Not super().__init__: it walks the handler and itself by inspect.getmembers (0.3 ms a
        # connection), clears a dictionary that all connections share, and may ask DNS for a name. Nor that of
        # StreamReaderProtocol, which wants a reader: most sessions need none.
        FlowControlMixin.__init__(self, loop=loop)
        self.loop = loop
        self._octets = memoryview(bytearray(RECEIVED)) if octets is None else octets
        self.is_hooked = hooks.is_used
        self._hooks = hooks
        self._policy = policy

    # What the stock class's constructor would have set.

    @cached_property
    def event_handler(self) -> object:
        return self._hooks.handler

    @cached_property
    def hostname(self) -> str:  # type: ignore[override]
        return self._policy.hostname

    @cached_property
    def data_size_limit(self) -> int | None:  # type: ignore[override]
        return self._policy.max_size or None

    @cached_property
    def enable_SMTPUTF8(self) -> bool:  # type: ignore[override]
        return "SMTPUTF8" in self._policy.extensions

    @cached_property
    def require_starttls(self) -> bool:  # type: ignore[override]
        return self._policy.require_tls

    @cached_property
    def command_size_limits(self) -> dict[str, int]:  # type: ignore[override]
        return {}

    @cached_property
    def _auth_methods(self) -> dict[str, Any]:  # type: ignore[override]
        return {}

    @cached_property
    def _smtp_methods(self) -> dict[str, Any]:  # type: ignore[override]
        return {}

    @property
    def _timeout_duration(self) -> float:  # type: ignore[override]
        return self._policy.idle_timeout or float("inf")

    @property
    def _auth_require_tls(self) -> bool:  # type: ignore[override]
        return self._policy.require_tls or not self._policy.plain_auth

    @property
    def _auth_required(self) -> bool:  # type: ignore[override]
        return self._policy.require_auth

    @property
    def _authenticator(self) -> Callable[..., Any] | None:  # type: ignore[override]
        return self._hooks.authenticator

    @property
    def _handle_hooks(self) -> dict[str, Callable[..., Awaitable[Any]]]:  # type: ignore[override]
        return self._hooks.called

    @property
    def _ehlo_hook_ver(self) -> str | None:  # type: ignore[override]
        return self._hooks.ehlo

    @cached_property
    def lane(self) -> Lane:
        """What runs the coroutine of a session that is not answered as its octets come."""
        return Lane(self.loop)

    @cached_property
    def _reader(self) -> SinkReader:  # type: ignore[override]
        reader = SinkReader(loop=self.loop, future=self.lane.future)
        if self.transport is not None:
            reader.set_transport(self.transport)
        if self._has_ended:
            reader.feed_eof()
        return reader

    @cached_property
    def session(self) -> StockSession:  # type: ignore[override]
        """What hooks are given of the session."""
        session = StockSession(self.loop)
        session.peer = self.peername
        return session

    @cached_property
    def envelope(self) -> StockEnvelope:  # type: ignore[override]
        """What hooks are given of the transaction, and alone read and fill."""
        return StockEnvelope()

    def new_envelope(self) -> None:
        """Begin a fresh one for the hooks."""
        if self.is_hooked:
            self.envelope = StockEnvelope()

    def end_reading(self) -> None:
        """Nothing more comes."""
        self._has_ended = True
        if "_reader" in self.__dict__:
            self._reader.feed_eof()

    def command(self, verb: str) -> Callable[[str | None], Awaitable[None]] | None:
        """The method that handles *verb*, as the stock class finds it: any ``smtp_VERB``."""
        name = _verbs_of(type(self)).get(verb)  # type: ignore[arg-type]
        return None if name is None else getattr(self, name)

    def connect(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, as `connection_made` of the stock class does for the first one."""
        # Not by StreamReaderProtocol, which makes a StreamWriter that nobody here writes by.
        # uvloop's transports have the methods of asyncio's and not their class.
        self.transport = cast(asyncio.Transport, transport)

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
        self.end_reading()
        # Wakes who waits in `drain`.
        FlowControlMixin.connection_lost(self, error)
        self.transport = None

    def take_encrypted(self, transport: asyncio.Transport) -> None:
        """Go on over *transport*, which `loop.start_tls` made of ours."""
        self.transport = transport
        self._reader._transport = transport  # type: ignore[attr-defined]
        self._over_ssl = True
        # The stock class asks whether this is true, and no more.
        self._tls_protocol = transport
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
