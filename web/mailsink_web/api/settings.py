"""What this server runs with, for whoever must find out why it does what it does. Never a secret."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from flask import current_app

import mailsink

from .. import present
from ..context import seats, sink
from .operation import Operations

if TYPE_CHECKING:
    from mailsink.policy import Policy
    from mailsink.retention import Limits
    from mailsink.smtp.listener import Listener

__all__ = [
    "HttpSettings",
    "LimitsJSON",
    "ListenerSettings",
    "LoginJSON",
    "RetentionJSON",
    "SettingsJSON",
    "StoreSettings",
    "operations",
]

operations = Operations()


class LimitsJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener limits: octets, counts, seconds; 0 is no limit."""

    max_size: int
    max_recipients: int
    max_connections: int
    max_connections_per_peer: int
    max_errors: int
    idle_timeout: float
    max_session: float


class LoginJSON(msgspec.Struct, frozen=True, kw_only=True):
    """How clients authenticate: whether they must, with whose passwords, and by what."""

    required: bool
    anyone: bool
    users: int
    mechanisms: tuple[str, ...]


class ListenerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A listener: port is 0 for a socket file, whose path host is; inbox is null where the mail decides.

    *extensions* are those that it can offer. *trusts* names what a client is believed by.
    """

    host: str
    port: int
    url: str
    protocol: Literal["smtp", "lmtp"]
    inbox: str | None
    tls: Literal["none", "starttls", "implicit"]
    tls_required: bool
    hostname: str
    extensions: tuple[str, ...]
    login: LoginJSON
    limits: LimitsJSON
    trusts: tuple[Literal["xclient", "proxy"], ...]
    recipient_rules: int
    only_listed_recipients: bool


class RetentionJSON(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: messages, octets, seconds; 0 is no limit."""

    max_messages: int
    max_bytes: int
    max_age: float


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages are kept, and how many; file is null in memory."""

    kind: Literal["memory", "file"]
    file: str | None
    retention: RetentionJSON


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who may ask over HTTP: whether a token or a password is asked for, and pages of which origins may.

    *seats* is how many requests may wait or stream at once.
    """

    authentication: bool
    origins: tuple[str, ...]
    seats: int


class SettingsJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, and with what."""

    version: Annotated[str, msgspec.Meta(examples=[mailsink.__version__])]
    python: Annotated[str, msgspec.Meta(examples=["3.13.0"])]
    listeners: tuple[ListenerSettings, ...]
    store: StoreSettings
    http: HttpSettings


@operations.add("GET", "/settings", answer=SettingsJSON)
def get_settings() -> SettingsJSON:
    """Read what this server runs with: its listeners with their features and limits, the store, who may ask.

    No password, token or key is in it, and no name of a user.
    """
    return SettingsJSON(
        version=mailsink.__version__,
        python=platform.python_version(),
        listeners=tuple(map(_listener, sink().listeners)),
        store=_store(),
        http=HttpSettings(
            authentication=bool(current_app.extensions["mailsink_access"]),
            origins=tuple(sorted(current_app.config["CORS_ORIGINS"])),
            seats=seats().most,
        ),
    )


def _listener(of: Listener) -> ListenerSettings:
    policy = of.policy
    trusted: dict[Literal["xclient", "proxy"], bool] = {"xclient": policy.xclient, "proxy": policy.proxy}
    tls: Literal["none", "starttls", "implicit"] = (
        "starttls" if of.tls == "starttls" else "implicit" if of.tls == "implicit" else "none"
    )
    return ListenerSettings(
        host=present.text(of.host),
        port=of.port,
        url=present.text(of.url),
        protocol="lmtp" if policy.lmtp else "smtp",
        inbox=None if of.inbox is None else present.text(of.inbox),
        tls=tls,
        tls_required=policy.require_tls or tls == "implicit",
        hostname=policy.hostname,
        extensions=_extensions(policy, tls),
        login=LoginJSON(
            required=policy.require_auth,
            anyone=policy.credentials.anyone,
            users=len(policy.credentials.users),
            mechanisms=policy.mechanisms if policy.credentials else (),
        ),
        limits=LimitsJSON(
            max_size=policy.max_size,
            max_recipients=policy.max_recipients,
            max_connections=policy.max_connections,
            max_connections_per_peer=policy.max_connections_per_peer,
            max_errors=policy.max_errors,
            idle_timeout=policy.idle_timeout,
            max_session=policy.max_seconds,
        ),
        trusts=tuple(name for name, is_trusted in trusted.items() if is_trusted),
        recipient_rules=len(policy.recipients),
        only_listed_recipients=policy.closed,
    )


def _extensions(policy: Policy, tls: str) -> tuple[str, ...]:
    """The extensions that some client can be offered, sorted."""
    absent = {
        "STARTTLS": tls != "starttls",
        "REQUIRETLS": tls == "none",
        "AUTH": not policy.credentials,
        "XCLIENT": not policy.xclient,
    }
    return tuple(sorted(name for name in policy.extensions if not absent.get(name, False)))


def _store() -> StoreSettings:
    store = sink().store
    is_memory = store.description == "memory"
    return StoreSettings(
        kind="memory" if is_memory else "file",
        file=None if is_memory else present.text(store.description),
        retention=_retention(store.retention.all),
    )


def _retention(limits: Limits) -> RetentionJSON:
    return RetentionJSON(max_messages=limits.max_messages, max_bytes=limits.max_bytes, max_age=limits.max_age)
