"""A test's own SMTP server: where to send, what came, what goes wrong.

Knows one listener and its inbox; who opens and closes them is `Server`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any

from ..by_name import by_name
from ..clock import now
from ..environment import trust_variables, variables
from ..inbox import Inbox
from ..message import Message
from ..model import Envelope, Recipient, Reply, Session, Transaction
from ..query import query_of
from ..sockets import hold
from .place import Place
from .script import Breaks, Trouble
from .view import View

if TYPE_CHECKING:
    from typing import Unpack

    from ..attempts import Attempt, Mailing
    from ..smtp.listener import Listener
    from ..smtp.tls import Certificates
    from .during import During
    from .late import Late
    from .scope import Scope
    from .server import Server
    from .view import MailWords

__all__ = ["Down", "Mailsink"]

MOST_SESSIONS = 10_000
# Nobody's: RFC 2606 keeps it for tests.
DOMAIN = "mailsink.test"
# A dot-string (RFC 5321 §4.1.2), which leaves room in a local part's 64 octets (§4.5.3.1.1) for the identity.
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
LONGEST_NAME = 40
_ACCEPTED = Reply(250, "OK", "2.1.5")


class Mailsink(View, Breaks):
    """A test's own SMTP server: where to send, and what came. As a sequence: the mails, oldest first.

    Matchers are keywords: ``rcpt sender to cc bcc from_ reply_to subject text html body link code
    attachment header auth_user tls helo where`` and more; see the documentation of the fixture.
    Close it, or use it with ``with``.
    """

    def __init__(
        self,
        server: Server,
        listeners: list[Listener],
        inbox: Inbox,
        certificates: Certificates,
        *,
        name: str,
        identity: str,
        timeout: float,
        login: tuple[str, str] | None = None,
        scope: Scope | None = None,
    ) -> None:
        """*identity* is this server's in addresses; *login* is what applications are to log in with."""
        View.__init__(
            self,
            inbox,
            timeout=timeout,
            where=listeners[0].address,
            session=server.sessions.get,
            looked_at=set(),
        )
        Breaks.__init__(self, server.faults, listener=listeners[0].address)
        self.name = name
        # Whether the mail stays in the sink, in an inbox of this name, when the test is over.
        self.keep = False
        self.identity = identity
        self._server = server
        # The first is the one to send to; the list is the server's where several tests share it.
        self._listeners = listeners
        self._certificates = certificates
        self._login = login
        self._scope = scope
        self._undo = contextlib.ExitStack()
        # Who is to undo what `configure` and `trust` changed.
        self.on_change: Callable[[Callable[[], None]], object] = self._undo.callback
        self._closed = False
        self._opened_at = self._now()

    # ------------------------------------------------------------ where to send

    @property
    def host(self) -> str:
        """Where to send to: the address."""
        return self._listener.host

    @property
    def port(self) -> int:
        """Where to send to: the port."""
        return self._listener.port

    @property
    def tls_port(self) -> int:
        """A port beside `port` that speaks TLS from the start; `port` itself where that does.

        Opened when it is first asked for. What goes wrong and what comes is the same at both.
        """
        found = next((x for x in self._listeners if x.tls == "implicit"), None)
        if found is None:
            self._begin("tls_port")
            first = self._listener
            found = self._server.listen(
                first.host,
                inbox=first.inbox,
                tls="implicit",
                policy=first.policy,
                certificates=self._certificates,
                known_as=first.known_as,
            )
            self._listeners.append(found)
        return found.port

    @property
    def url(self) -> str:
        """Where to send to, as ``smtp://host:port``; ``smtps`` where TLS is implicit."""
        return self._listener.url

    @property
    def username(self) -> str | None:
        """Whom to log in as, where the server asks for it or tells tests apart by it; else ``None``."""
        return None if self._login is None else self._login[0]

    @property
    def password(self) -> str | None:
        """The password of `username`, or ``None``."""
        return None if self._login is None else self._login[1]

    @property
    def ca_file(self) -> Path:
        """The PEM file that clients are to trust: the test CA, or one's own certificate's."""
        return self._certificates.ca_file()

    @property
    def place(self) -> Place:
        """Where to send to and how, as one value."""
        user, password = self._login or ("", "")
        return Place(host=self.host, port=self.port, user=user, password=password, tls=self._listener.tls)

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that point an application here: ``SMTP_HOST``, ``EMAIL_URL`` and more.

        With TLS, ``SSL_CERT_FILE`` and its like too: a bundle of the system's CAs and of `ca_file`.
        """
        place = self.place
        found = variables(place.host, place.port, user=place.user, password=place.password, tls=place.tls)
        if place.tls != "none":
            found |= trust_variables(str(self._certificates.bundle_file()))
        return found

    def address(self, name: str = "test") -> str:
        """A mail address that no other test has: ``alice+3f9c0a1b@mailsink.test`` for ``"alice"``.

        Raises ValueError for a *name* of which no address can be made.
        """
        if not (isinstance(name, str) and _NAME.fullmatch(name) and len(name) <= LONGEST_NAME):
            raise ValueError(
                f'address({name!r}): give a name alone, such as "alice", of at most {LONGEST_NAME} letters, '
                "digits, dots, hyphens and underscores"
            )
        return f"{name}+{self.identity}@{DOMAIN}"

    def configure(self, target: Any) -> None:
        """Point *target* here until the test ends.

        *target* is a Flask app (with Flask-Mail, Flask-Mailman or Flask-Mailing), a FastMail or its
        ConnectionConfig, a pydantic settings object, or a mapping such as ``os.environ``. Raises TypeError
        for anything else.
        """
        from .configuration import configure

        self._begin("configure()")
        self.on_change(configure(target, self))

    def trust(self) -> None:
        """Make this process and its children trust `ca_file`, too, until the test ends.

        Sets ``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE`` and ``NODE_EXTRA_CA_CERTS``.
        """
        from .configuration import set_environment

        self._begin("trust()")
        self.on_change(set_environment(trust_variables(str(self._certificates.bundle_file()))))

    # ---------------------------------------------------------------- what came

    def pause(self) -> None:
        """Show what came in the browser inbox, and go on when Enter is pressed; while you write a test.

        Raises RuntimeError where nothing shows pages: outside of pytest, and in a worker of pytest-xdist.
        """
        self._server.on_pause(self)

    def during(self) -> During:
        """Only the mail whose transaction begins in the ``with`` block, in the block and after it.

        ``with mailsink.during() as sent:``; *sent* has the verbs that ask for mail, and `attempts`.
        """
        from .during import During

        self._begin("during()")
        return During(self)

    def _now(self) -> dt.datetime:
        """The time by the clock that sessions are timed by."""
        return now()

    @property
    def kept_in(self) -> str:
        """The inbox in which the mail stays where it is to be kept."""
        return self.name

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every connection to this server, the oldest first, those that sent nothing included."""
        newest = self._server.sessions.list(limit=MOST_SESSIONS)
        return tuple(s for s in reversed(newest) if s.listener == self._where and self._has(s))

    def transcripts(self) -> list[str]:
        """The dialogue of each of `sessions`, a line for each line."""
        from .transcript import dialogue

        return [dialogue(session) for session in self.sessions]

    @by_name
    def attempts(self, **words: Unpack[MailWords]) -> list[Attempt]:
        """Every try to send a mail here, refused and broken ones too, the oldest first.

        ``attempt.reply`` is what decided it. With conditions, those whose envelope, and content where it was
        kept, match; a refused recipient counts as one.
        """
        self._begin("attempts()", words, "it does not wait; expect() does")
        query = query_of(**self._words(words))
        tries = [try_ for mailing in self._mailings() for try_ in mailing.attempts]
        tries.sort(key=lambda one: one.at)
        return [one for one in tries if query.matches(self._tried(one.transaction))]

    def _mailings(self) -> Sequence[Mailing]:
        """The tries by the mail, as they are known."""
        from ..attempts import group

        sessions = [
            replace(s, transactions=tuple(t for t in s.transactions if self._owns(t))) for s in self.sessions
        ]
        return group(sessions, find=self.inbox.get)

    def _has(self, session: Session) -> bool:
        scope = self._scope
        if scope is None or any(map(self._owns, session.transactions)):
            return True
        return not session.transactions and scope.covers(session.started_at)

    def _owns(self, transaction: Transaction) -> bool:
        return self._scope is None or self._scope.owns(transaction.inbox, transaction.started_at)

    def _tried(self, transaction: Transaction) -> Message:
        """What a transaction would have delivered, had it been taken."""
        kept = self.inbox.get(transaction.message_id) if transaction.message_id else None
        envelope = transaction.envelope
        return Message(
            id=transaction.message_id,
            inbox=transaction.inbox,
            envelope=Envelope(
                reverse_path=envelope.reverse_path,
                parameters=envelope.parameters,
                recipients=tuple(Recipient(path=r.path, reply=_ACCEPTED) for r in envelope.recipients),
            ),
            content=b"" if kept is None else kept.content,
            received_at=transaction.ended_at or transaction.started_at,
        )

    # --------------------------------------------------------- what goes wrong

    def down(self) -> Trouble:
        """Refuse connections, as a server that does not run; until `Down.remove` or the end of its block."""
        self._begin("down()")
        down = Down(self)
        self.planned.append(down)
        return down

    @property
    def _listener(self) -> Listener:
        return self._listeners[0]

    def _listen_again(self) -> None:
        self._listeners[:] = [
            self._server.listen(
                old.host,
                old.port,
                inbox=old.inbox,
                tls=old.tls,
                policy=old.policy,
                certificates=self._certificates,
                known_as=old.known_as,
            )
            for old in self._listeners
        ]

    def _offer_tls(self) -> None:
        if self._listener.tls == "none":
            # Made here, not at the first handshake: that would stop the event loop.
            self._certificates.context()
            self._listener.certificates = self._certificates
            self._listener.tls = "starttls"

    # -------------------------------------------------------------- at the end

    def _begin(self, call: str, words: Mapping[str, Any] = MappingProxyType({}), hint: str = "") -> None:
        """See that the test is not over, as `View._begin` sees to the rest."""
        if self._closed:
            raise RuntimeError(
                f"{call}: {self.name} is over, and this was its server; call it in the test, or open "
                "a server of a wider scope by mailsink_server.open()"
            )
        super()._begin(call, words, hint)

    def on_close(self, undo: Callable[[], None]) -> None:
        """Call *undo* when the test ends."""
        self._undo.callback(undo)

    @property
    def unexpected(self) -> list[Message]:
        """The messages that came and that no test looked at, oldest first."""
        return [message for message in self.inbox if message.id not in self._looked_at]

    @property
    def unused(self) -> list[Trouble]:
        """The faults that were planned and never happened."""
        return [one for one in self.planned if not one.hits and not isinstance(one, Down)]

    @property
    def share_of(self) -> str:
        """Which mail of its port is this test's, told to who misses some; ``""`` where all is."""
        return ""

    @property
    def went_astray(self) -> list[Late]:
        """Mail that came since this was opened, to other tests, which were over."""
        return self._server.late_since(self._opened_at)

    def drain(self, timeout: float) -> None:
        """Wait up to *timeout* seconds for sessions that are in the middle of sending."""
        self.inbox.wait_idle(timeout)

    def restore(self) -> None:
        """Undo what `configure` and `trust` changed, and end the faults. A second call does nothing."""
        for trouble in self.planned:
            trouble.remove()
        self._undo.close()

    def close(self) -> None:
        """End the test's time: mail that comes later is taken and is this test's late mail."""
        if not self._closed:
            self._closed = True
            self.restore()
            self._server.end(self, self._listeners, self._scope)

    def __enter__(self) -> Mailsink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Down(Trouble):
    """A server that refuses connections. How many it refused is not known to it: `hits` stays 0."""

    def __init__(self, mailsink: Mailsink) -> None:
        super().__init__((), "down()")
        self._mailsink = mailsink
        listeners = mailsink._listeners
        for listener in listeners:
            listener.close()
        # Bound and not listening: connections are refused, and no one else is given the port.
        self._places = [hold(listener.host, listener.port) for listener in listeners]

    def remove(self) -> None:
        """Listen again, at the same port; a second call does nothing."""
        places, self._places = self._places, []
        if places:
            self._mailsink._listen_again()
        for place in places:
            if place is not None:
                place.close()
