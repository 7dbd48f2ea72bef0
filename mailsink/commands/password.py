"""`mailsink password`: a line for the file that `--http-auth @FILE` reads."""

from __future__ import annotations

import sys

import click

from ..errors import ConfigError
from .output import say

__all__ = ["password"]


@click.command(short_help="Make a line for the file of --http-auth.")
@click.argument("user")
def password(user: str) -> None:
    """Ask for a password and write USER and its digest, a line for the file that --http-auth @FILE reads.

    Where the input is no terminal, its first line is the password.
    """
    from ..passwords import digest

    if not user or ":" in user or user.startswith(("@", "#")) or not user.isprintable():
        raise ConfigError(f"the user {user!r}: a user has printable characters without a colon, @ or # first")
    if sys.stdin.isatty():
        secret = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise ConfigError("there is no password on the input; write one, and end the line")
    say(f"{user}:{digest(secret)}")
