"""`mailsink wait`, `list`, `show` and `open`: what they ask a running server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ..display import safe
from ..errors import ConfigError
from .output import CommandError, say
from .place import asked, client_of
from .telling import FORMS, line, tell

__all__ = ["list_", "open_", "show", "wait"]

F = TypeVar("F", bound=Callable[..., Any])

# As the API allows at once, and as many as a screen and more.
PAGE = 500


def _print(default: str | None) -> Callable[[F], F]:
    return click.option(
        "--print",
        "form",
        type=click.Choice(FORMS),
        default=default,
        show_default=True,
        help="What to print of each message.",
    )


@click.command(short_help="Wait until a message that a search finds is there.")
@click.argument("query", nargs=-1)
@click.option("--timeout", metavar="SECONDS", type=float, default=30, show_default=True, help="How long.")
@click.option("--count", metavar="N", type=int, default=1, show_default=True, help="How many must match.")
@click.option(
    "--after",
    metavar="ID",
    default="",
    help="Leave out the messages up to this one; latest: those that are here now.",
)
@_print("line")
@asked()
def wait(
    query: Sequence[str],
    timeout: float,
    count: int,
    after: str,
    form: str,
    url: str | None,
    token: str | None,
    inbox: str | None,
) -> None:
    """Wait until messages match QUERY, those included that are there, and print them, the oldest first.

    Without QUERY any message does. If they do not come in time, the exit code is 1, and what came instead
    is said, the nearest first.
    """
    from ..query_text import parse

    if timeout < 0 or count < 1:
        wrong = f"--timeout {timeout:g}" if timeout < 0 else f"--count {count}"
        raise ConfigError(f"{wrong}: must be {'0 or more' if timeout < 0 else '1 or more'}")
    wanted = parse(_joined(query))
    with client_of(url, token, inbox) as client:
        outcome = client.wait(wanted, count=count, timeout=timeout, after=after)
        if not outcome.complete:
            raise CommandError(client.explain(wanted, count, outcome), whole=True)
        for message in outcome.matched:
            tell(message, form, client)


@click.command("list", short_help="List messages, the newest first.")
@click.argument("query", nargs=-1)
@click.option("--limit", metavar="N", type=int, default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each, as the API gives it.")
@asked()
def list_(
    query: Sequence[str], limit: int, as_json: bool, url: str | None, token: str | None, inbox: str | None
) -> None:
    """List the messages that QUERY finds, the newest first; without QUERY all of them."""
    import json

    from ..client.message import summary_of

    if limit < 1:
        raise ConfigError(f"--limit {limit}: must be 1 or more")
    with client_of(url, token, inbox) as client:
        left, cursor = limit, ""
        while left and cursor is not None:
            page = client.list_json(_joined(query), limit=min(left, PAGE), before=cursor)
            for one in page["messages"]:
                say(json.dumps(one, ensure_ascii=False) if as_json else line(summary_of(one)))
            left -= len(page["messages"])
            cursor = page["next"]


@click.command(short_help="Show a message.")
@click.argument("message_id", metavar="[ID]", default="latest")
@_print(None)
@asked()
def show(message_id: str, form: str | None, url: str | None, token: str | None, inbox: str | None) -> None:
    """Show the message with that ID, or the newest: header fields and text, or what --print says."""
    with client_of(url, token, inbox) as client:
        message = client.get(message_id)
        if message is None:
            raise CommandError(_missing(message_id, inbox))
        if form is None:
            say(line(message.summary))
            for one in message.parsed.fields:
                if one.name.lower() in ("from", "to", "cc", "subject", "date"):
                    say(f"{safe(one.name)}: {safe(' '.join(one.value.split()))}")
            say("")
        tell(message, form or "text", client)


@click.command("open", short_help="Open the inbox page or a message in the browser.")
@click.argument("message_id", metavar="[ID]", required=False)
@asked(inbox=False)
def open_(message_id: str | None, url: str | None, token: str | None) -> None:
    """Open the message with that ID, or without ID the inbox page, in the browser, and print its address."""
    import webbrowser

    with client_of(url, token) as client:
        address = f"{client.url}/"
        if message_id is None:
            client.health()
        else:
            message = client.get(message_id)
            if message is None:
                raise CommandError(_missing(message_id, None))
            address = f"{client.url}/messages/{message.id}"
    say(address)
    if not webbrowser.open(address):
        raise CommandError("no browser could be opened; open the address yourself")


def _joined(query: Sequence[str]) -> str:
    return " ".join(query)


def _missing(message_id: str, inbox: str | None) -> str:
    where = f" in the inbox {inbox!r}" if inbox else ""
    if message_id == "latest":
        return f"there is no message{where} yet"
    return f"there is no message with the id {message_id[:80]!r}{where}; it may have been deleted"
