"""What stands around every page: the rail, the search, the preferences, where to follow events from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from flask import g, render_template, request

import mailsink

from .. import present
from ..addresses import at
from ..api.stream import position
from ..context import judgements, sink, undoing
from ..inbox_list import known_inboxes
from ..preferences import preferences
from ..values import InboxJSON
from .scope import Scope

if TYPE_CHECKING:
    from mailsink.smtp.listener import Listener

__all__ = ["SEARCHES", "Listening", "Rail", "page", "rail"]

# What the rail offers until the browser has saved searches of its own: search, name, icon.
SEARCHES = (
    ("is:unread", "Unread", "mail"),
    ("is:starred", "Starred", "star"),
    ("has:attachment", "With attachments", "clip"),
    ("is:bounce", "Bounces", "bounce"),
)


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail can be sent to: ``SMTP``, ``SMTPS`` or ``LMTP``, and the address."""

    name: str
    address: str
    host: str
    port: int
    tls: str
    inbox: str


class Rail(msgspec.Struct, frozen=True, kw_only=True):
    """What the rail shows.

    *all* counts every inbox, *faults* the fault rules that are switched on, *failed* the newest sessions
    that failed.
    """

    inboxes: tuple[InboxJSON, ...]
    all: InboxJSON
    listening: tuple[Listening, ...]
    store: str
    faults: int
    failed: int

    @property
    def only(self) -> str:
        """The name of the inbox where there is one alone, else ``""``."""
        return self.inboxes[0].name if len(self.inboxes) == 1 else ""

    def name_of(self, inbox: str | None) -> str:
        """What a page calls *inbox*, or all of them where it is ``None``."""
        return inbox or self.only or "All inboxes"


def rail() -> Rail:
    """The rail as it is now."""
    inboxes = tuple(present.inbox(name, counts) for name, counts in known_inboxes().items())
    return Rail(
        inboxes=inboxes,
        all=InboxJSON(name="", total=sum(x.total for x in inboxes), unread=sum(x.unread for x in inboxes)),
        listening=_listening(),
        store=sink().store.description,
        faults=sum(rule.enabled for rule in sink().faults),
        failed=judgements().failed(),
    )


def _listening() -> tuple[Listening, ...]:
    return tuple(
        Listening(
            name=_name(listener),
            address=listener.address,
            host=listener.host,
            port=listener.port,
            tls=listener.tls,
            inbox=listener.inbox or "",
        )
        for listener in sink().listeners
    )


def _name(listener: Listener) -> str:
    if listener.policy.lmtp:
        return "LMTP"
    return "SMTPS" if listener.tls == "implicit" else "SMTP"


def page(template: str, scope: Scope | None = None, *, section: str, **values: object) -> str:
    """*template* inside the shell. *section* says which link of the rail is the present one."""
    return render_template(
        template,
        rail=rail(),
        scope=scope or Scope(),
        section=section,
        preferences=preferences(),
        since=g.get("since") or position(sink().events),
        here=_here(),
        undo=_undo(),
        searches=SEARCHES,
        product=f"mailsink {mailsink.__version__}",
        **values,
    )


def _here() -> str:
    """The address of the present page, without what it offers only once."""
    words = [(name, value) for name, value in request.args.items(multi=True) if name != "undo"]
    return at(f"{request.path}?{urlencode(words)}" if words else request.path)


def _undo() -> tuple[str, int]:
    """The token of the deletion that this page can undo, and how many messages it concerns."""
    token = request.args.get("undo", "")
    return token, undoing().offer(token) if token else 0
