"""A test's inbox of a running server: a `Mailsink` whose server is another process.

Knows the server by the requests that `RemoteServer` can make; opens and closes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

from ..clock import now
from ..errors import ConfigError
from ..patterns import escape
from .mailsink import Mailsink
from .script import Trouble

if TYPE_CHECKING:
    from ..attempts import Mailing
    from ..client.inbox import RemoteInbox
    from ..model import Session
    from ..smtp.listener import Listener
    from ..smtp.tls import Certificates
    from .place import Place
    from .remote import RemoteServer
    from .server import Server

__all__ = ["Door", "Leased"]

# The most sessions that the API lists at once.
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where mail for an inbox is taken, as an application finds it."""

    host: str
    port: int
    tls: str
    inbox: str | None

    @property
    def address(self) -> str:
        from ..sockets import format_address

        return format_address(self.host, self.port)

    @property
    def known_as(self) -> str:
        return self.address

    @property
    def url(self) -> str:
        return f"{'smtps' if self.tls == 'implicit' else 'smtp'}://{self.address}"


class Leased(Mailsink):
    """A test's inbox of a running server."""

    def __init__(
        self,
        server: RemoteServer,
        door: Door,
        inbox: RemoteInbox,
        *,
        name: str,
        timeout: float,
        login: tuple[str, str],
        is_shared: bool,
        must_log_in: bool,
        skew: dt.timedelta,
    ) -> None:
        """*must_log_in*: who is pointed here logs in; *skew*: so much is its clock ahead of ours."""
        tag = inbox.name or ""
        self._skew = skew
        super().__init__(
            # It has of a Server, of Certificates and of a Listener what is asked for here.
            cast("Server", server),
            [cast("Listener", door)],
            inbox,
            cast("Certificates", server),
            name=name,
            identity=tag,
            timeout=timeout,
            login=login,
        )
        self._remote = server
        self._is_shared = is_shared
        self._must_log_in = must_log_in
        # Whatever address the listener has on the server's machine, its port is its own.
        self._bounds = {"inbox": escape(tag)} if is_shared else {"listener": f"*:{door.port}"}

    @property
    def kept_in(self) -> str:
        return self.inbox.name or ""

    @property
    def place(self) -> Place:
        place = super().place
        return place if self._must_log_in else replace(place, user="", password="")

    @property
    def tls_port(self) -> int:
        if self._listener.tls != "implicit":
            self._refuse("tls_port", 'tls="implicit"')
        return self.port

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every connection to this inbox's port; at a shared one those that logged in or brought it mail."""
        ids = {message.id for message in self.inbox} if self._is_shared else set()
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": _PAGE, "cursor": cursor or None}
            page = self._remote._http.json("GET", "/sessions", query)
            found += (one["id"] for one in page["sessions"] if self._is_own(one, ids))
            oldest = page["sessions"][-1]["started_at"] if page["sessions"] else ""
            is_earlier = oldest and dt.datetime.fromisoformat(oldest) < self._opened_at
            cursor = None if is_earlier else page["next"]
        sessions = map(self._remote.sessions.get, reversed(found))
        return tuple(session for session in sessions if session is not None)

    def _is_own(self, session: Mapping[str, Any], ids: set[str]) -> bool:
        if self._is_shared:
            user = (session["auth"] or {}).get("user")
            return user == self.kept_in or not ids.isdisjoint(session["message_ids"])
        return str(session["listener"]).endswith(f":{self.port}")

    @property
    def share_of(self) -> str:
        if not self._is_shared:
            return ""
        return (
            f"others send to {self._where}, too: this test's is what is addressed to "
            "mailsink_shared.address(...) or logs in as mailsink_shared.username"
        )

    def down(self) -> Trouble:
        """Hang up on each connection as it comes, until `Trouble.remove` or the end of its block."""
        if self._is_shared:
            raise ConfigError("down(): others use the shared port, too; use the fixture mailsink")
        return self._break("down()", {"stage": "connect", "close": True})

    def pause(self) -> None:
        self._remote.on_pause(self)

    def _mailings(self) -> Sequence[Mailing]:
        return self.inbox.attempts()

    def _now(self) -> dt.datetime:
        return now() + self._skew

    def _offer_tls(self) -> None:
        if self._listener.tls == "none":
            self._refuse("bad_certificate()", 'tls="starttls"')

    def _refuse(self, what: str, mark: str) -> NoReturn:
        raise ConfigError(
            f"{what}: this test's port of the running server speaks no TLS; @pytest.mark.mailsink({mark}) "
            "opens one that does"
        )
