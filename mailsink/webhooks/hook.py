"""A webhook and an attempt to deliver to it, as values; and which addresses a webhook may have."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Collection
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

__all__ = ["FORMATS", "PostAttempt", "Webhook", "check_url", "host_of", "is_allowed"]

Format = Literal["mailsink", "mailpit"]
FORMATS: tuple[Format, ...] = ("mailsink", "mailpit")
MOST_URL = 2_000


class Webhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where captured messages are told of.

    *query* and *inbox* say which; ``""`` and ``None`` are all. *format* is the shape of what is sent. What
    *secret* is signs it, *authorization* is sent as that field; both are told nobody. *origin* is
    ``"option"`` for one of the command line, which lives as long as it is given there, else ``"api"``.
    What was captured before *since* it is not told.
    """

    id: str
    url: str
    query: str = ""
    inbox: str | None = None
    format: Format = "mailsink"
    secret: str = ""
    authorization: str = ""
    enabled: bool = True
    origin: Literal["api", "option"] = "api"
    created_at: dt.datetime
    since: dt.datetime

    def __repr__(self) -> str:
        return f"<Webhook {self.id} {self.url}>"

    @classmethod
    def of_option(cls, url: str, **more: Any) -> Webhook:
        """One of the command line: the same *url* and query is the same hook in the next run."""
        now = dt.datetime.now(dt.UTC)
        key = msgspec.json.encode([url, more.get("query", ""), more.get("inbox"), more.get("format", "")])
        return cls(
            id=f"option-{hashlib.sha256(key).hexdigest()[:12]}",
            url=check_url(url),
            origin="option",
            created_at=now,
            since=now,
            **more,
        )


class PostAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try to post: *at* is in UTC, *seconds* how long it took.

    *status* is the answer's or 0, *answer* how it begins; *error* is why it failed.
    """

    at: dt.datetime
    seconds: float
    status: int = 0
    error: str = ""
    answer: str = ""


def check_url(text: str) -> str:
    """*text*, if it is an address that a webhook may have. Raises ValueError with what is wrong."""
    if len(text) > MOST_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"a webhook's URL is at most {MOST_URL} printable ASCII characters without spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"a webhook's URL cannot be read: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(
            "a webhook's URL is http:// or https:// and a host, such as http://127.0.0.1:9000/mail"
        )
    if "@" in parts.netloc:
        raise ValueError(
            "a webhook's URL holds no user and password, which logs would show: send authorization"
        )
    if parts.fragment:
        raise ValueError("a webhook's URL has no #fragment, which is never sent")
    return text


def host_of(url: str) -> str:
    """The host of *url*, in lower case and without brackets; ``""`` where there is none."""
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether a webhook may go to *url*: to this machine by its loopback names, or where *hosts* says."""
    host = host_of(url)
    if host in hosts or "*" in hosts or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
