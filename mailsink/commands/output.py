"""What the command line says, and how a command ends that could not do its work.

With `mailsink.cli` and the other modules of this package, the only place that prints.
"""

from __future__ import annotations

import errno
import os
import sys

import click

from ..errors import MailsinkError

__all__ = ["CommandError", "say", "say_octets"]


class CommandError(MailsinkError):
    """A command ends with this one sentence and the exit code *code*.

    *whole* is for a text of several lines, which is printed as it is.
    """

    def __init__(self, sentence: str, *, code: int = 1, whole: bool = False) -> None:
        super().__init__(sentence)
        self.code = code
        self.whole = whole


def say(text: str, *, err: bool = False) -> None:
    """Print *text* and a line end; a reader that has gone away is nobody's fault.

    Raises CommandError where the standard output takes no more, as on a full disk.
    """
    try:
        click.echo(text, err=err)
    except OSError as error:
        _give_up(error, err=err)


def say_octets(octets: bytes) -> None:
    """The same with *octets* as they are, and no line end."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(error, err=False)


def _give_up(error: OSError, *, err: bool) -> None:
    # What could not be written stays in the stream, and Python would fail at its end when it tries once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2 if err else 1)
    if not err and error.errno != errno.EPIPE:
        raise CommandError(f"the output cannot be written: {error.strerror}") from None
