"""Which server a command is about: the options `--url`, `--token`, `--inbox`, and where to send to."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import click

from ..errors import ConfigError
from ..options import LOOPBACK, read_address
from .output import CommandError

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["SendTo", "asked", "client_of", "reached", "send_to"]

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_PORT = 1025

_url = click.option(
    "--url",
    metavar="URL",
    help="The address of the inbox page.  [env: MAILSINK_URL; default: http://127.0.0.1:8025]",
)
_token = click.option("--token", metavar="TOKEN", help="The server's token.  [env: MAILSINK_TOKEN]")
_inbox = click.option("--inbox", metavar="NAME", help="Only this inbox; without it all of them.")


def asked(*, inbox: bool = True) -> Callable[[F], F]:
    """The options of a command that asks a running server."""

    def add(command: F) -> F:
        options = (_url, _token, _inbox) if inbox else (_url, _token)
        for option in reversed(options):
            command = option(command)
        return command

    return add


def client_of(url: str | None, token: str | None, inbox: str | None = None) -> Client:
    """A client for what the options say. Raises ConfigError."""
    from ..client import Client

    return Client(url, token=token, inbox=inbox)


class SendTo(NamedTuple):
    """An SMTP listener: *tls* is ``"none"``, ``"starttls"`` or ``"implicit"``; *ca* a PEM text to trust."""

    host: str
    port: int
    tls: str = "none"
    ca: str = ""


def send_to(smtp: str | None, url: str | None, token: str | None) -> SendTo:
    """Where to send to: *smtp*, else what the server at *url* or ``MAILSINK_URL`` tells, else port 1025."""
    if smtp is not None:
        return SendTo(*_address("--smtp", smtp))
    if url or os.environ.get("MAILSINK_URL"):
        return _told(url, token)
    first = os.environ.get("MAILSINK_SMTP", "").partition(",")[0].strip()
    return SendTo(*_address("MAILSINK_SMTP", first)) if first else SendTo(LOOPBACK, DEFAULT_PORT)


def _address(source: str, text: str) -> tuple[str, int]:
    try:
        host, port = read_address(text)
    except ValueError as error:
        raise ConfigError(f"{source} {text}: {error}") from None
    return reached(host), port


def _told(url: str | None, token: str | None) -> SendTo:
    """The listener that asks for the least: mail is to be sent, not TLS to be tested."""
    with client_of(url, token) as client:
        listeners = [one for one in client.health()["smtp"] if one["port"]]
        if not listeners:
            raise CommandError(f"{client.url} has no listener that can be sent to; start it with --smtp")
        modes = ("none", "starttls", "implicit")
        listener = min(listeners, key=lambda one: modes.index(one["tls"]))
        ca = "" if listener["tls"] == "none" else client.ca_pem()
        server = urlsplit(client.url).hostname or LOOPBACK
    return SendTo(reached(listener["host"], server), listener["port"], listener["tls"], ca)


def reached(host: str, server: str = LOOPBACK) -> str:
    """*host*; a listener on every interface is reached where the *server* was."""
    return server if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
