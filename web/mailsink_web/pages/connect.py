"""Connect: where to send mail, and the lines that make a framework do so. Also what an empty inbox shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from ..context import sink
from .routes import Answer, Routes
from .shell import page
from .snippets import DEFAULT, SNIPPETS, pieces

if TYPE_CHECKING:
    from mailsink.policy import Policy
    from mailsink.smtp.listener import Listener

__all__ = ["connect_page", "login_words", "routes"]

routes = Routes()

BY_ID = {snippet.id: snippet for snippet in SNIPPETS}
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@routes.get("/connect")
def connect() -> Answer:
    """Where to send mail."""
    return connect_page(waiting=False)


def connect_page(*, waiting: bool) -> str:
    """The page; with *waiting* it opens the list once the first mail is here."""
    listener = _easiest()
    host, port = ("127.0.0.1", 1025) if listener is None else (listener.host, listener.port)
    host = _WILDCARDS.get(host, host)
    snippet = BY_ID.get(request.args.get("for", DEFAULT), BY_ID[DEFAULT])
    return page(
        "connect.html",
        section="connect",
        waiting=waiting,
        host=f"[{host}]" if ":" in host else host,
        port=port,
        scheme="smtps" if listener is not None and listener.tls == "implicit" else "smtp",
        is_listening=listener is not None,
        login=login_words(listener.policy) if listener is not None else "",
        snippets=SNIPPETS,
        snippet=snippet,
        code=pieces(snippet.filled(host, port), snippet.comment),
        authority=_authority(),
        web=request.host,
    )


def login_words(policy: Policy) -> str:
    """Whether a client must log in, and as whom, in one sentence."""
    credentials = policy.credentials
    if policy.require_auth and not credentials.anyone:
        return "A user name and its password are needed: those of --auth."
    if policy.require_auth:
        return "A user name and a password are needed; any will do, and the name chooses the inbox."
    if credentials.anyone:
        return "Any user name and password will do, or none; the name chooses the inbox."
    return "No user name and no password are needed."


def _easiest() -> Listener | None:
    """The listener that asks least of a client: SMTP over TCP, in the clear rather than in TLS."""
    reachable = [x for x in sink().listeners if x.port and not x.policy.lmtp]
    return min(reachable, key=lambda listener: listener.tls == "implicit", default=None)


def _authority() -> str:
    """Who signed the listeners' certificate, in one sentence; ``""`` where no listener speaks TLS."""
    used = [x.certificates for x in sink().listeners if x.certificates is not None]
    if not used:
        return ""
    if used[0].is_test_ca:
        return "Signed by an authority made for this run."
    return "The certificate that mailsink was given."
