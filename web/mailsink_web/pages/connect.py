"""Connect: where to send mail, and the lines that make a framework do so. Also what an empty inbox shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request

from mailsink.policy import Policy
from mailsink.query import query_of

from ..context import sink
from ..trial import WILDCARDS, Trial, send_test_mail
from .errors import refuse
from .routes import Answer, Routes
from .scope import Scope
from .shell import page
from .snippet import Door, pieces
from .snippets import DEFAULT, SNIPPETS

if TYPE_CHECKING:
    from mailsink.smtp.listener import Listener

__all__ = ["connect_page", "login_words", "routes", "taken_words"]

routes = Routes()

BY_ID = {snippet.id: snippet for snippet in SNIPPETS}
# Sessions among which that of a test mail is looked for: it is one of the newest.
LOOKED_AT = 50


@routes.get("/connect")
def connect() -> Answer:
    """Where to send mail."""
    return connect_page(waiting=False)


@routes.post("/connect")
def send_test() -> Answer:
    """Send one mail to the listener that the form names, and show it; else say what was in its way."""
    wanted = request.form.get("listener", "")
    listener = next((x for x in _reachable() if x.address == wanted), None) if wanted else _easiest()
    if listener is None:
        return refuse(
            404, f"Nothing listens at {wanted[:60] or 'any port'}.", hint="Connect lists what does."
        )
    trial = send_test_mail(listener)
    kept = sink().everything.ids(query_of(message_id=trial.field)) if trial.port else []
    if not trial.trouble and kept:
        return redirect(Scope().message_url(kept[0]), 303)
    trouble = trial.trouble or f"{listener.address} answered that it took the mail, and kept none."
    return connect_page(waiting=False, trouble=trouble, trial=trial, kept=kept), 502


def connect_page(
    *, waiting: bool, trouble: str = "", trial: Trial | None = None, kept: list[str] | None = None
) -> str:
    """The page; with *waiting* it opens the list once the first mail is here.

    *trouble* says why the test mail of *trial* did not come through, and *kept* are the ids of what came.
    """
    listener = _easiest()
    snippet = BY_ID.get(request.values.get("for", DEFAULT), BY_ID[DEFAULT])
    door = Door(host="127.0.0.1", port=1025) if listener is None else _door(listener)
    return page(
        "connect.html",
        section="connect",
        waiting=waiting,
        door=door,
        is_listening=listener is not None,
        login=login_words(listener.policy) if listener is not None else "",
        taken=taken_words(listener.policy if listener is not None else Policy()),
        snippets=SNIPPETS,
        snippet=snippet,
        code=pieces(snippet.filled(door), snippet.comment),
        authority=_authority(),
        web=f"{request.host}{request.script_root}",
        reachable=[x.address for x in _reachable()],
        trouble=trouble,
        session=_session_of(trial) if trial is not None else "",
        kept=kept or [],
    )


def _door(listener: Listener) -> Door:
    """How a client gets in: where, under which TLS, and as whom."""
    host = WILDCARDS.get(listener.host, listener.host)
    policy = listener.policy
    users = policy.credentials.users
    user = next(iter(users), "default") if policy.require_auth else ""
    return Door(
        host=f"[{host}]" if ":" in host else host,
        port=listener.port,
        # STARTTLS that is offered and not asked for can be left alone.
        tls="none" if listener.tls == "starttls" and not policy.require_tls else listener.tls,
        user=user,
        # A password is never shown: pages are read by more people than command lines.
        password="" if not user else "PASSWORD" if users else "any",
    )


def _session_of(trial: Trial) -> str:
    """The id of the session that a test mail was sent in, ``""`` where none was made or is kept."""
    newest = sink().sessions.list(limit=LOOKED_AT) if trial.port else ()
    return next((session.id for session in newest if session.peer.port == trial.port), "")


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


def taken_words(policy: Policy) -> str:
    """Whose mail is caught, in one sentence."""
    if policy.closed:
        return "Mail to the addresses that its rules let in is caught"
    if any(rule.action != "accept" for rule in policy.recipients):
        return "Mail to any address is caught, but for those that its rules refuse or discard"
    return "Mail to any address is caught"


def _reachable() -> list[Listener]:
    """The listeners on TCP, the one that asks least of a client first."""
    listeners = (listener for listener in sink().listeners if listener.port)
    return sorted(
        listeners, key=lambda x: (x.policy.lmtp, x.policy.proxy, x.policy.require_auth, x.tls == "implicit")
    )


def _easiest() -> Listener | None:
    """The listener that an application is pointed at; none that speaks LMTP alone."""
    return next((listener for listener in _reachable() if not listener.policy.lmtp), None)


def _authority() -> str:
    """Who signed the listeners' certificate, in one sentence; ``""`` where no listener speaks TLS."""
    used = [x.certificates for x in sink().listeners if x.certificates is not None]
    if not used:
        return ""
    if used[0].is_test_ca:
        return "Signed by an authority made for this run."
    return "The certificate that mailsink was given."
