"""A message as a command prints it: a line, its text, a link, a code, JSON, its octets."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ..display import quoted, safe
from .output import CommandError, say, say_octets

if TYPE_CHECKING:
    from ..client import Client
    from ..message import Message, Summary

__all__ = ["FORMS", "line", "tell"]

FORMS = ("line", "id", "text", "html", "link", "links", "code", "json", "raw")

# What a tester follows, the likeliest first.
_KINDS = ("confirm", "reset", "view", "other", "unsubscribe")


def tell(message: Message, form: str, client: Client) -> None:
    """Print *message* as *form* says. Raises CommandError where it has no such thing."""
    if form == "raw":
        say_octets(message.content)
    elif form == "json":
        say(json.dumps(client.get_json(message.id), ensure_ascii=False, indent=2))
    else:
        text = _text(message, form)
        # A mail may hold what commands a terminal.
        say("\n".join(map(safe, text.split("\n"))) if sys.stdout.isatty() else text)


def _text(message: Message, form: str) -> str:
    if form == "line":
        return line(message.summary)
    if form == "id":
        return message.id
    if form in ("text", "html"):
        # A body may be the other part alone; whoever asks for text wants to read it.
        text = message.text or message.parsed.html_text if form == "text" else message.html
        return text.replace("\r\n", "\n").rstrip("\n")
    if form == "code":
        if not message.codes:
            raise CommandError(f"{_named(message)} has no one-time code")
        return message.codes[0].value
    links = sorted(message.links, key=lambda link: _KINDS.index(link.kind))
    if not links:
        raise CommandError(f"{_named(message)} has no link")
    return links[0].url if form == "link" else "\n".join(link.url for link in message.links)


def _named(message: Message) -> str:
    return f"the message {quoted(message.subject, 60)} ({message.id})"


def line(summary: Summary) -> str:
    """``ID  TIME  reverse-path -> forward-paths  'Subject'``; the time is the local one."""
    paths = summary.envelope.forward_paths
    shown = ", ".join(map(safe, paths[:3])) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    time = summary.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    sender = safe(summary.envelope.reverse_path) or "<>"
    return f"{summary.id}  {time}  {sender} -> {shown or 'nobody'}  {quoted(summary.subject, 80)}"
