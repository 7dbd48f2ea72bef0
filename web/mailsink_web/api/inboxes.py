"""Inboxes over HTTP: list them, make one for a test or an application, delete it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from flask import request

from mailsink.errors import ConfigError, StartError
from mailsink.inboxes import NAME, NAME_WORDS
from mailsink.policy import EXTENSIONS, Policy
from mailsink.store import Counts

from .. import present
from ..context import sink
from ..inbox_list import NONE, known_inboxes
from ..security import host_name
from ..values import InboxJSON, MadeInboxJSON
from .operation import Created, Operations
from .problem import RefusedError

__all__ = ["DeletedInbox", "InboxList", "operations"]

operations = Operations("Inboxes")

NOT_FOUND = {404: "There is no inbox of that name: it was not made, and holds no message."}
# A week: a run that takes longer makes a new one.
LONGEST = 604_800


class InboxList(msgspec.Struct, frozen=True, kw_only=True):
    """The inboxes, by name."""

    inboxes: tuple[InboxJSON, ...]


class NewListener(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a listener of an inbox's own differs from the others.

    *tls* starttls offers it, required refuses mail without it, implicit speaks it from the first octet.
    *auth_required* asks for a login before mail: the inbox's, or the *user* and *password* that it takes
    besides. *max_size* is in octets, 0 is no limit, *hide* are extensions that are not offered.
    """

    tls: Literal["none", "starttls", "required", "implicit"] = "none"
    auth_required: bool = False
    user: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | None = None
    password: Annotated[str, msgspec.Meta(max_length=255)] = ""
    max_size: Annotated[int, msgspec.Meta(ge=0, le=2**40)] | None = None
    hide: Annotated[tuple[Literal[EXTENSIONS], ...], msgspec.Meta(max_length=len(EXTENSIONS))] = ()  # type: ignore[valid-type]


class NewInbox(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox to make.

    Without a *name* it gets one that was never there. *login* gives it a user and a password, *listener* a
    port of its own: true for one like the others, or how it differs. After *expires_in* seconds it goes.
    """

    name: Annotated[
        Annotated[str, msgspec.Meta(pattern=NAME)] | None,
        msgspec.Meta(title=NAME_WORDS, examples=["checkout-7"]),
    ] = None
    login: bool = True
    listener: bool | NewListener = False
    expires_in: Annotated[float, msgspec.Meta(ge=0.001, le=LONGEST)] | None = None


class DeletedInbox(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages were deleted with it."""

    deleted: int


@operations.add("GET", "/inboxes", answer=InboxList)
def list_inboxes() -> InboxList:
    """List the inboxes that were made, hold messages or have a listener of their own, by name."""
    return InboxList(inboxes=tuple(_inbox(name, counts) for name, counts in known_inboxes().items()))


@operations.add(
    "POST",
    "/inboxes",
    body=NewInbox,
    answer=MadeInboxJSON,
    status=201,
    errors={
        409: "The name is taken, or nothing would lead to the inbox.",
        503: "There are too many, or no port can be had.",
    },
)
def create_inbox(body: NewInbox) -> Created:
    """Make an inbox for a test, an application or a person.

    Three ways lead to it: a listener of its own; logging in with its user and password; and a recipient with
    its tag, such as `ada+TAG@example.org`, when nobody logged in. Mail never gets into two inboxes.
    """
    own = body.listener if isinstance(body.listener, NewListener) else NewListener()
    if own.auth_required and not body.login and own.user is None:
        raise RefusedError(
            400, "auth_required needs a login: leave login out.", field="listener.auth_required"
        )
    if own.password and own.user is None:
        raise RefusedError(400, "A password needs its user: give user too.", field="listener.user")
    try:
        lease = sink().inboxes.create(
            body.name,
            login=body.login,
            listen=body.listener is not False,
            host=_host(),
            tls="starttls" if own.tls == "required" else own.tls,
            policy=_policy(own),
            expires_in=body.expires_in,
        )
    except ConfigError as error:
        raise RefusedError(409, _sentence(error), field="name") from None
    except StartError as error:
        raise RefusedError(503, _sentence(error)) from None
    made = present.made_inbox(lease, NONE, host=host_name(request.host))
    return Created(made, f"/api/inboxes/{lease.name}")


@operations.add("GET", "/inboxes/{name}", answer=InboxJSON, errors=NOT_FOUND)
def get_inbox(name: str) -> InboxJSON:
    """Read an inbox: how much is in it, and what leads to it."""
    return _inbox(name, _find(name))


@operations.add("DELETE", "/inboxes/{name}", answer=DeletedInbox, errors=NOT_FOUND)
def delete_inbox(name: str) -> DeletedInbox:
    """Delete an inbox: its messages and fault rules, and if it was made its listener and its login.

    Mail that is still under way to it gets into no other inbox.
    """
    _find(name)
    return DeletedInbox(deleted=sink().inboxes.delete(name))


def _find(name: str) -> Counts:
    counts = known_inboxes().get(name)
    if counts is None:
        raise RefusedError(
            404, f"There is no inbox {name[:80]!r}: it was not made, and holds no message.", field="name"
        )
    return counts


def _inbox(name: str, counts: Counts) -> InboxJSON:
    return present.inbox(name, counts, sink().inboxes.leases.get(name), host=host_name(request.host))


def _policy(own: NewListener) -> Policy:
    policy = sink().policy
    credentials = policy.credentials
    if own.user is not None:
        credentials = replace(credentials, users={**credentials.users, own.user: own.password})
    return replace(
        policy,
        credentials=credentials,
        extensions=policy.extensions - set(own.hide),
        require_tls=own.tls == "required",
        require_auth=own.auth_required or policy.require_auth,
        max_size=policy.max_size if own.max_size is None else own.max_size,
    )


def _host() -> str:
    """Where a new listener listens: where the first does that is not a file."""
    return next((x.host for x in sink().listeners if x.port), "127.0.0.1")


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
