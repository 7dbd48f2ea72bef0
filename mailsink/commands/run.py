"""`mailsink run`: a sink around a command, which finds it in its environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigError, QueryError
from ..options import OPTIONS
from .archive import FORMATS
from .output import CommandError, say
from .service import click_option, sink_of, web_of
from .telling import line

if TYPE_CHECKING:
    from ..archive import Writer
    from ..inbox import Inbox
    from ..query import Query

__all__ = ["run"]

# Lines that say what was caught.
SHOWN = 20
# Ports and files of a server that runs already are not those of this one.
_NOT_INHERITED = ("MAILSINK_SMTP", "MAILSINK_SMTPS", "MAILSINK_LMTP", "MAILSINK_HTTP", "MAILSINK_READY_FILE")


@click.command(
    short_help="Run a command, and catch the mail that it sends.",
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "--expect",
    metavar="QUERY",
    multiple=True,
    help="A search that must find a message at the end, else the exit code is 1. Repeatable.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    default=2,
    show_default=True,
    help="How long the mail of --expect may take once COMMAND has ended.",
)
@click.option(
    "--export",
    "target",
    metavar="TARGET",
    type=click.Path(path_type=Path),
    help="Write what was caught there, as mailsink export does.",
)
@click.option("--format", "format_name", type=click.Choice(FORMATS), help="The archive's format.")
@click.option("--quiet", is_flag=True, help="Do not say what was caught.")
@click.option("--config", metavar="FILE", help="Read settings from this TOML file.  [env: MAILSINK_CONFIG]")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    expect: tuple[str, ...],
    timeout: float,
    target: Path | None,
    format_name: str | None,
    quiet: bool,
    config: str | None,
    command: tuple[str, ...],
    **flags: Any,
) -> int:
    """Run COMMAND with a sink of its own, and say what it sent.

    The environment tells COMMAND where to send to, by the variables that the usual frameworks read, and in
    MAILSINK_URL where the inbox is. Ports are free ones unless you name them. The exit code is COMMAND's,
    or 1 where that is 0 and an --expect was not met. Signals are passed on to it.
    """
    import secrets
    from contextlib import closing, nullcontext
    from dataclasses import replace

    from ..listening import retention_of
    from ..settings import resolve
    from ..store import open_store
    from .caught import Caught
    from .running import environment_of, run_command, sendmail_in

    wanted = [_query(text) for text in expect]
    if target is not None:
        _check(target, format_name)
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    if not (flags["smtp"] or flags["profile"] or flags["provider"]):
        flags["smtp"] = ("0",)
    flags["http"] = flags["http"] or "0"
    settings = resolve(flags, inherited, config=config)
    if settings.token or settings.read_token or settings.http_auth:
        # Whoever is asked for something at the inbox page, COMMAND must get in.
        settings = replace(settings, token=(secrets.token_urlsafe(), *settings.token))
    with (
        closing(open_store(settings.store, retention=retention_of(settings))) as store,
        sink_of(settings, store) as sink,
        web_of(sink, settings) as web,
        nullcontext() if target is None else _writer(target, format_name) as writer,
    ):
        caught = Caught(store)
        with sendmail_in(inherited | environment_of(sink, settings, web.url)) as environment:
            code = run_command(command, environment)
        inbox = caught.over(sink.everything)
        failures = _failures(inbox, wanted, timeout)
        if not quiet:
            _report(inbox, caught.number)
        if writer is not None:
            _export(inbox, writer, target)
    for failure in failures:
        say(failure, err=True)
    return code or (1 if failures else 0)


run.params += [click_option(option) for option in OPTIONS if option.name != "ready_file"]


def _query(text: str) -> Query:
    from ..query_text import parse

    try:
        return parse(text)
    except QueryError as error:
        raise ConfigError(f"--expect {text}: {error}") from None


def _failures(inbox: Inbox, wanted: list[Query], timeout: float) -> list[str]:
    found = []
    for query in wanted:
        outcome = inbox.wait(query, timeout=timeout)
        if not outcome.complete:
            found.append(f"mailsink: {inbox.explain(query, 1, outcome)}")
    return found


def _report(inbox: Inbox, number: int) -> None:
    """Say that *number* messages came, and show the newest of them in *inbox*."""
    messages = "1 message" if number == 1 else f"{number or 'no':{',' if number else ''}} messages"
    say(f"mailsink: caught {messages}", err=True)
    for summary in reversed(inbox.list(limit=SHOWN).summaries):
        say(f"  {line(summary)}", err=True)
    if number > SHOWN:
        say(f"  and {number - SHOWN:,} before them", err=True)


def _check(target: Path, format_name: str | None) -> None:
    from ..archive import FORMATS, format_of_target

    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"--export {target}: it is there already; name another")
    if not target.absolute().parent.is_dir():
        raise ConfigError(
            f"--export {target}: there is no directory {target.absolute().parent}; make it first"
        )
    form = format_name or format_of_target(target)
    if target.is_dir() and not FORMATS[form].is_directory:
        raise ConfigError(f"--export {target}: it is a directory, and {form} makes a file; name another")


def _writer(target: Path, format_name: str | None) -> Writer:
    """What writes *target*, opened before COMMAND runs: what it sends could not be kept afterwards."""
    from ..archive import format_of_target, writer_of

    try:
        return writer_of(format_name or format_of_target(target))(target.absolute(), {})
    except OSError as error:
        raise ConfigError(
            f"--export {target}: {error.strerror}; name a place that can be written to"
        ) from None


def _export(inbox: Inbox, writer: Writer, target: Path | None) -> None:
    try:
        for message in inbox:
            writer.add(message)
        writer.finish()
    except OSError as error:
        raise CommandError(f"--export {target}: {error.strerror or error}") from None
