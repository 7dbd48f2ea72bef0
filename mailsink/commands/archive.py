"""`mailsink export` and `mailsink import`: their options, and what they say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ConfigError
from .output import CommandError, say
from .stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..store import Store

__all__ = ["FORMATS", "export", "import_"]

# Known without loading what reads and writes them; a test holds them together.
FORMATS = ("eml", "mbox", "maildir", "jsonl")

_store = click.option(
    "--store",
    metavar="FILE",
    required=True,
    envvar="MAILSINK_STORE",
    help="The SQLite file.  [env: MAILSINK_STORE]",
)
_format = click.option("--format", "format_name", type=click.Choice(FORMATS), help="The archive's format.")


@click.command(short_help="Write messages to files: .eml, mbox, Maildir, JSON lines.")
@_store
@click.option("--inbox", metavar="NAME", help="Only the messages of this inbox.")
@click.option("--query", metavar="TEXT", default="", help="Only the messages that this search finds.")
@_format
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.argument("target", type=click.Path(path_type=Path))
def export(
    store: str, inbox: str | None, query: str, format_name: str | None, force: bool, target: Path
) -> None:
    """Write messages to TARGET, oldest first.

    Without --format, TARGET's name tells the format: .mbox, .jsonl, else a directory of .eml files. A run
    that was stopped goes on when it is started again.
    """
    from .exporting import Export, plan_export

    order, done = plan_export(
        store=store, inbox=inbox, query=query, format_name=format_name, target=target, force=force
    )
    stopping = Stopping()
    with _open(store, must_exist=True) as opened:
        run = Export(order, done, opened)
        if done.count:
            say(f"going on after {_counted(done.count, 'message')}", err=True)
        _go(run.run(stopping), lambda: run.total() - done.count, "exporting")
    if stopping:
        _stopped(f"{_counted(run.count, 'message')} written to {target}", stopping)
    say(f"exported {_counted(run.count, 'message')} to {target}")


@click.command("import", short_help="Read messages from such files into a store.")
@_store
@click.option("--inbox", metavar="NAME", help="Put the messages into this inbox.")
@_format
@click.option("--skip-bad", is_flag=True, help="Report bad entries and go on; else the first one ends it.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_(
    store: str, inbox: str | None, format_name: str | None, skip_bad: bool, sources: tuple[Path, ...]
) -> None:
    """Read the messages in each SOURCE into the store, which is made if it is not there.

    What is there already is not added again, so a run that was stopped goes on when it is started again.
    """
    from .importing import Import, octets_of, sources_of

    if inbox == "":
        raise ConfigError("--inbox : an inbox has a name")
    found = sources_of(sources, format_name)
    stopping = Stopping()
    with _open(store, must_exist=False) as opened:
        run = Import(
            found,
            opened,
            inbox=inbox,
            skip_bad=skip_bad,
            report=lambda text: say(f"mailsink: {text}", err=True),
        )
        _go(run.run(stopping), lambda: octets_of(found), "importing")
    words = [_counted(run.added, "message")]
    words += [f"{run.present:,} there already"] if run.present else []
    words += [f"{_counted(run.skipped, 'bad entry', 'bad entries')} skipped"] if run.skipped else []
    if stopping:
        _stopped(f"{', '.join(words)}; added to {store}", stopping)
    say(f"imported {', '.join(words)}")


def _open(store: str, *, must_exist: bool) -> AbstractContextManager[Store]:
    from ..store import open_store

    if store == "memory":
        raise ConfigError("--store memory: what is in memory ends with its process; name a file")
    if must_exist and not Path(store).exists():
        raise ConfigError(f"--store {store}: there is no such file; name one that mailsink has written")
    return closing(open_store(store))


def _go(steps: Iterator[int], total: Callable[[], int], label: str) -> None:
    """Take all *steps*, and show on a terminal how many of *total* are done."""
    if not sys.stderr.isatty():
        for _ in steps:
            pass
        return
    with click.progressbar(length=max(total(), 1), label=label, file=sys.stderr) as bar:
        for step in steps:
            bar.update(step)


def _counted(number: int, word: str, words: str = "") -> str:
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def _stopped(so_far: str, stopping: Stopping) -> None:
    raise CommandError(f"stopped: {so_far}; run the same command again to go on", code=stopping.code)
