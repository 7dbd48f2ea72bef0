"""`mailsink mcp`: the tools of a coding agent, over a server that runs or a sink of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..errors import ConfigError, RequestError
from ..options import OPTIONS, read_address
from .output import say
from .place import asked, client_of
from .service import click_option, sink_of, web_of

if TYPE_CHECKING:
    from ..client import Client
    from ..settings import Settings
    from ..sockets import Address

__all__ = ["mcp"]

# What may be said of a sink of its own; the rest comes from the environment or a file.
_OWN = ("smtp", "http", "store")


@click.command(short_help="Offer the mail to a coding agent, over MCP.")
@click.option(
    "--listen",
    metavar="[HOST:]PORT",
    help="Serve MCP over HTTP here, at /mcp, in place of standard input and output.",
)
@click.option("--config", metavar="FILE", help="Read settings from this TOML file.  [env: MAILSINK_CONFIG]")
@asked()
def mcp(
    listen: str | None,
    config: str | None,
    url: str | None,
    token: str | None,
    inbox: str | None,
    **flags: Any,
) -> None:
    """Offer the mail to a coding agent: an MCP server over standard input and output.

    It asks the mailsink at --url or MAILSINK_URL. Without either it asks the one at http://127.0.0.1:8025,
    or where none answers it starts a sink of its own, as it does when --smtp, --http or --store is given.
    """
    from ..mcp.server import asgi_app, build, serve_http
    from ..mcp.tools import Tools
    from ..settings import resolve

    settings = resolve(flags, os.environ, config=config)
    address = None if listen is None else _address(listen)
    with _client(settings, flags, url, token, inbox) as (client, secret):
        if address is not None:
            _check_asked(address, secret)
        server = build(Tools(client), version=__version__)
        # Standard output belongs to the protocol.
        if address is None:
            say(f"mailsink {__version__}: MCP on standard input and output, over {client.url}", err=True)
            server.run("stdio")
            return
        from ..sockets import bind, format_address

        with bind(*address, what="--listen") as listener:
            host, port = listener.getsockname()[:2]
            say(
                f"mailsink {__version__}: MCP at http://{format_address(host, port)}/mcp, over {client.url}",
                err=True,
            )
            serve_http(asgi_app(server, hosts=(host, *settings.allow_host), token=secret), listener)


mcp.params += [click_option(option) for option in OPTIONS if option.name in _OWN]


@contextlib.contextmanager
def _client(
    settings: Settings, flags: Mapping[str, Any], url: str | None, token: str | None, inbox: str | None
) -> Iterator[tuple[Client, str]]:
    """A client, and the token that it sends."""
    named = url or os.environ.get("MAILSINK_URL")
    own = any(flags[name] for name in _OWN)
    if named and own:
        raise ConfigError(f"--url {named}: a server that runs has its ports and its store; leave out either")
    secret = token or os.environ.get("MAILSINK_TOKEN", "").partition(",")[0]
    if named or (not own and _answers(secret)):
        with client_of(url, token, inbox) as client:
            # Said now, and not by the first tool.
            client.health()
            yield client, secret
        return
    with sink_of(settings) as sink, web_of(sink, settings) as web:
        secret = settings.token[0] if settings.token else ""
        with client_of(web.url, secret, inbox) as client:
            yield client, secret


def _answers(token: str) -> bool:
    """Whether a mailsink runs where it does as a rule."""
    with client_of(None, token) as client, contextlib.suppress(RequestError):
        return bool(client.health())
    return False


def _address(text: str) -> Address:
    try:
        return read_address(text)
    except ValueError as error:
        raise ConfigError(f"--listen {text}: {error}") from None


def _check_asked(address: Address, token: str) -> None:
    """Others may not read the mail unasked."""
    import ipaddress

    host, port = address
    with contextlib.suppress(ValueError):
        if not token and not ipaddress.ip_address(host).is_loopback:
            raise ConfigError(
                f"--listen {host}:{port}: others could read the mail; give --token, "
                f"or listen at 127.0.0.1:{port}"
            )
