"""The command `mailsink`: composes sink and web server. Only this and `mailsink.commands` print.

Imports lazily, so that SMTP listens before Flask is loaded.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from . import __version__
from .commands.archive import export, import_
from .commands.asking import list_, open_, show, wait
from .commands.mcp import mcp
from .commands.output import CommandError, say
from .commands.password import password
from .commands.run import run
from .commands.sending import send
from .commands.sendmail import NAMES as SENDMAIL_NAMES
from .commands.sendmail import sendmail
from .commands.service import click_option, sink_of, web_of
from .errors import ConfigError, MailsinkError, QueryError, StartError
from .options import OPTIONS
from .settings import Settings, resolve

if TYPE_CHECKING:
    from mailsink_web.server import WebServer

    from .sink import Sink
    from .smtp.listener import Listener

__all__ = ["main"]

NOT_MET, WRONG_USAGE, NOT_STARTED = 1, 2, 3


class _Commands(click.Group):
    """`mailsink` alone, or with options only, is `mailsink serve`; so its help lists the options of both."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = ("--help", "-h", "--version")
        if not args or (args[0].startswith("-") and args[0] not in own):
            args.insert(0, "serve")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            known = [*self.list_commands(ctx), "--help", "--version"]
            raise ConfigError(f"no such command {args[0]}; {_nearest(args[0], known)}")
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [record for p in serve.params if (record := p.get_help_record(ctx)) is not None]
        with formatter.section("Options of serve, which need no command"):
            formatter.write_dl(records)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="mailsink %(version)s")
def cli() -> None:
    """Catch every mail that code sends.

    Without a command, mailsink serves: it takes mail by SMTP and shows it in the browser.
    """


@cli.command(short_help="Take mail by SMTP and show it in the browser.")
@click.option("--config", metavar="FILE", help="Read settings from this TOML file.  [env: MAILSINK_CONFIG]")
def serve(config: str | None, **flags: Any) -> None:
    """Take mail by SMTP and show it in the browser, until stopped by Ctrl+C."""
    _serve(resolve(flags, os.environ, config=config))


serve.params[:0] = [click_option(option) for option in OPTIONS]
for _command in (run, wait, list_, show, open_, send, sendmail, export, import_, password, mcp):
    cli.add_command(_command)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 expectation not met, 2 wrong usage, 3 could not start."""
    _hold_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold what the terminal's encoding does not.
            stream.reconfigure(errors="backslashreplace")
    try:
        # Where a system's sendmail is a link to mailsink, its callers know no commands.
        name = Path(sys.argv[0]).name
        command = ["sendmail", *SENDMAIL_NAMES[name]] if name in SENDMAIL_NAMES else []
        # A command that ends with a code of its own gives it back here.
        sys.exit(cli.main([*command, *sys.argv[1:]], prog_name="mailsink", standalone_mode=False))
    except click.NoSuchOption as error:
        _fail(_no_option(error), WRONG_USAGE)
    except click.UsageError as error:
        text = error.format_message().rstrip(".")
        where = error.ctx.command_path if error.ctx else "mailsink"
        _fail(f"{text[:1].lower()}{text[1:]}; see {where} --help", WRONG_USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(128 + signal.SIGINT)
    except CommandError as error:
        if error.whole:
            say(f"mailsink: {error}", err=True)
            sys.exit(error.code)
        _fail(str(error), error.code)
    except (ConfigError, QueryError) as error:
        _fail(str(error), WRONG_USAGE)
    except MailsinkError as error:
        _fail(str(error), NOT_STARTED)


def _hold_standard_streams() -> None:
    """Open those that are closed: a socket that got one's number would be taken for it, and libuv aborts."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    # Python has none for those.
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115


def _no_option(error: click.NoSuchOption) -> str:
    """Which option of the command was meant, or whose option it is."""
    option = error.option_name
    own = error.ctx.command if error.ctx is not None else cli
    others = [name for name, command in cli.commands.items() if option in _flags(command)]
    if others:
        return f"{option} is no option of {own.name}; it stands after the command, one of {', '.join(others)}"
    return f"no such option {option}; {_nearest(option, [*_flags(own), *_flags(cli), '--help'])}"


def _flags(command: click.Command) -> list[str]:
    return [flag for parameter in command.params for flag in parameter.opts]


def _nearest(word: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.7)
    return f"did you mean {near[0]}?" if near else "see mailsink --help"


def _fail(sentence: str, code: int) -> NoReturn:
    say(f"mailsink: {' '.join(sentence.split())}", err=True)
    sys.exit(code)


def _serve(settings: Settings) -> None:
    stop = _stop_on_signals()
    for warning in settings.warnings:
        say(f"mailsink: {warning}", err=True)
    if settings.ready_file is not None:
        _forget_ready_file(settings.ready_file)
    with (
        sink_of(settings) as sink,
        web_of(sink, settings) as web,
        _ready_file(settings.ready_file, sink, web),
    ):
        with contextlib.suppress(CommandError):  # where it is written to takes no more; mail is taken still
            say(_banner(sink, settings, web))
        web.warm()
        stop.wait()


def _stop_on_signals() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set; a second signal ends the process at once."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    # A terminal that is closed stops it as cleanly; nohup has it ignore that.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, on_signal)
    return stop


def _banner(sink: Sink, settings: Settings, web: WebServer) -> str:
    smtp = [f"  send mail to  {listener.address}{_manner(listener)}" for listener in sink.listeners]
    store = "memory, gone when mailsink stops" if settings.store == "memory" else settings.store
    return "\n".join(
        [
            f"mailsink {__version__}",
            *smtp,
            f"  look at it    {web.url}",
            f"  it is kept in {store}",
            "Stop with Ctrl+C.",
        ]
    )


def _manner(listener: Listener) -> str:
    """What a client must do at *listener* beside speaking SMTP."""
    policy = listener.policy
    tls = {"none": "", "starttls": "STARTTLS", "implicit": "TLS"}[listener.tls]
    words = [
        "LMTP" if policy.lmtp else "",
        f"{tls} required" if tls == "STARTTLS" and policy.require_tls else tls,
        "AUTH required" if policy.require_auth else "",
    ]
    said = ", ".join(filter(None, words))
    return f"  ({said})" if said else ""


@contextlib.contextmanager
def _ready_file(file: Path | None, sink: Sink, web: WebServer) -> Iterator[None]:
    if file is None:
        yield
        return
    _write_atomically(file, json.dumps(ready(sink, web)) + "\n")
    try:
        yield
    finally:
        _forget_ready_file(file)


def ready(sink: Sink, web: WebServer) -> dict[str, object]:
    """What the ready file says: where everything listens, and whom a client under TLS must trust."""
    speaks_tls = web.shares_certificates or any(x.tls != "none" for x in sink.listeners)
    ca_file = sink.certificates.ca_file() if speaks_tls else None
    return {
        "pid": os.getpid(),
        "smtp": [{"host": x.host, "port": x.port, "tls": x.tls} for x in sink.listeners],
        "http": web.url,
        "ca_file": None if ca_file is None else str(ca_file),
    }


def _write_atomically(file: Path, text: str) -> None:
    # Beside the file, because only within a directory a rename is one step.
    draft = file.parent / f".{file.name}.{os.getpid()}"
    try:
        try:
            draft.unlink(missing_ok=True)
            with draft.open("x", encoding="utf-8") as stream:
                stream.write(text)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StartError(
            f"--ready-file {file}: {error.strerror}; name a file in a directory that can be written"
        ) from None


def _forget_ready_file(file: Path) -> None:
    # One from an earlier run would be a lie.
    with contextlib.suppress(OSError):
        file.unlink()
