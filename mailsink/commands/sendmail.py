"""`mailsink sendmail`: in the place of a system's sendmail program, for what only knows how to call one.

Takes the options that PHP, cron, git and mail programs give, and sends to mailsink.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from ..errors import ConfigError, RequestError
from .output import CommandError, say
from .place import SendTo, send_to

__all__ = ["NAMES", "Call", "read_call", "sendmail"]

# Options with a value, in the same word or the next one. What is not acted on is taken and left.
_VALUED = frozenset("fFrNRVXBbhoOACDdLpqM")
_SWITCHES = frozenset("tinmsUvGIxe")
# sendmail's modes that only look, or that are a daemon's.
_MODES = {
    "m": "read a mail from the standard input",
    "s": "speak SMTP on the standard input",
    "p": "list the queue",
    "i": "build the aliases",
}
# By these names sendmail is called, too.
NAMES = {"sendmail": (), "mailq": ("-bp",), "newaliases": ("-bi",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a caller of sendmail asked for; *sender* is ``None`` where it did not say.

    *mode* is sendmail's letter after ``-b``, or ``q``: run the queue.
    """

    mode: str = "m"
    sender: str | None = None
    name: str = ""
    from_header: bool = False
    ignore_dots: bool = False
    notify: str = ""
    ret: str = ""
    envid: str = ""
    rcpts: tuple[str, ...] = field(default=())


class _Sendmail(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # click takes the word away that ends the options, and `read_call` must know where it stood.
        at = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*args[:at], *["--" for _ in args[at:][:1]], *args[at:]])


@click.command(
    cls=_Sendmail,
    short_help="Stand in for a system's sendmail program.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    options_metavar="[-t] [-bs] [-i] [-f ADDRESS] [-F NAME]",
)
@click.option(
    "--smtp",
    metavar="[HOST:]PORT",
    help="Where to send to; without it, where the server at --url listens, else 127.0.0.1:1025.",
)
@click.option("--url", metavar="URL", help="The address of the inbox page.  [env: MAILSINK_URL]")
@click.option("--token", metavar="TOKEN", help="The server's token.  [env: MAILSINK_TOKEN]")
@click.argument("arguments", metavar="[RECIPIENT]...", nargs=-1, type=click.UNPROCESSED)
def sendmail(smtp: str | None, url: str | None, token: str | None, arguments: tuple[str, ...]) -> None:
    """Send the mail on the standard input, as sendmail does.

    -t takes the recipients from To, Cc and Bcc too, and removes Bcc. -i and -oi let a line with a single dot
    be; else it ends the mail. -f and -r give the reverse-path, -F the name in a From field that is added.
    -bs speaks SMTP on the standard input and output. There is neither a queue nor an alias: -bp says so, -q
    and -bi do nothing. What else sendmail knows is taken and left. The exit codes are those of sysexits.h.
    """
    from .mailer import TRY_LATER, USAGE

    call = read_call(arguments)
    if call.mode not in "ms":
        if call.mode == "p":
            say("Mail queue is empty")
        return
    try:
        place = send_to(smtp, url, token)
    except ConfigError as error:
        raise CommandError(str(error), code=USAGE) from None
    except RequestError as error:
        raise CommandError(str(error), code=TRY_LATER) from None
    if call.mode == "s":
        _bridge(place)
    else:
        _send(call, place)


def read_call(arguments: Sequence[str]) -> Call:
    """The words after ``sendmail``. Raises CommandError, code 64 (EX_USAGE)."""
    from .mailer import USAGE

    words = list(arguments)
    found: dict[str, str] = {}
    rcpts: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            rcpts += words
            break
        if not word.startswith("-") or word == "-":
            rcpts.append(word)
            continue
        if word.startswith("--"):
            raise CommandError(f"sendmail does not know {word}; see mailsink sendmail --help", code=USAGE)
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in _VALUED:
                # -d, -o, -p and -q may stand alone; those with a value apart are the rest.
                if not letters and letter not in "dopqX" and words:
                    letters = words.pop(0)
                found["i" if (letter, letters) == ("o", "i") else letter] = letters
                letters = ""
            elif letter in _SWITCHES:
                found[letter] = ""
            else:
                raise CommandError(
                    f"sendmail does not know -{letter}; see mailsink sendmail --help", code=USAGE
                )
    mode = found.get("b", "i" if "I" in found else "q" if "q" in found else "m")
    if mode != "q" and mode not in _MODES:
        known = ", ".join(f"-b{letter} ({what})" for letter, what in _MODES.items())
        raise CommandError(f"-b{mode} is not taken; there are {known}", code=USAGE)
    sender = found.get("f", found.get("r"))
    return Call(
        mode=mode,
        sender=None if sender is None else sender.strip().removeprefix("<").removesuffix(">"),
        name=found.get("F", ""),
        from_header="t" in found,
        ignore_dots="i" in found,
        notify=found.get("N", "").upper(),
        ret=found.get("R", "").upper(),
        envid=found.get("V", ""),
        rcpts=tuple(rcpts),
    )


def _send(call: Call, place: SendTo) -> None:
    from .mailer import USAGE, deliver

    content = _input(ignore_dots=call.ignore_dots)
    rcpts = [path for text in call.rcpts for path in _addresses([text])]
    if call.from_header:
        found, content = _recipients(content)
        rcpts += [path for path in found if path not in rcpts]
    if not rcpts:
        why = "and To, Cc and Bcc name none" if call.from_header else "give one, or -t"
        raise CommandError(f"there is no recipient; {why}", code=USAGE)
    sender = _myself() if call.sender is None else call.sender
    deliver(
        _completed(content, sender, call.name),
        sender=sender,
        rcpts=rcpts,
        to=place,
        notify=call.notify,
        ret=call.ret,
        envid=call.envid,
    )


def _input(*, ignore_dots: bool) -> bytes:
    """The standard input; without *ignore_dots* up to a line with a single dot."""
    content = sys.stdin.buffer.read()
    if not ignore_dots:
        content = re.split(rb"(?m)^\.\r?$", content, maxsplit=1)[0]
    # A line that separates mails in a mailbox file is not of the mail.
    return re.sub(rb"\A>?From [^\n]*\n", b"", content)


_FIELD = re.compile(rb"(?m)^([!-9;-~]+)[ \t]*:((?:[^\n]*(?:\n(?=[ \t])|$))*)\n?")


def _fields(content: bytes) -> tuple[list[tuple[str, bytes, int, int]], int]:
    """Name, value, start and end of each header field; and where they end."""
    found, at = [], 0
    while match := _FIELD.match(content, at):
        found.append((match[1].decode("ascii").lower(), match[2], match.start(), match.end()))
        if match.end() == at:
            break
        at = match.end()
    return found, at


def _recipients(content: bytes) -> tuple[list[str], bytes]:
    """Whom To, Cc and Bcc name, or their Resent- ones; and the content without the Bcc fields."""
    fields, _ = _fields(content)
    resent = any(name in ("resent-to", "resent-cc", "resent-bcc") for name, *_ in fields)
    prefix = "resent-" if resent else ""
    wanted = {f"{prefix}{name}" for name in ("to", "cc", "bcc")}
    paths = _addresses([value.decode("utf-8", "replace") for name, value, *_ in fields if name in wanted])
    for name, _, start, end in reversed(fields):
        if name in ("bcc", "resent-bcc"):
            content = content[:start] + content[end:]
    return paths, content


def _addresses(values: Sequence[str]) -> list[str]:
    from email.utils import getaddresses

    found = [path for _, path in getaddresses([" ".join(value.split()) for value in values]) if path]
    return list(dict.fromkeys(found))


def _completed(content: bytes, sender: str, name: str) -> bytes:
    """*content* with the From, Date and Message-ID that it lacks, as sendmail adds them."""
    from email.utils import format_datetime, formataddr, localtime, make_msgid

    from .mailer import host_name

    fields, end = _fields(content)
    there = {field for field, *_ in fields}
    missing = []
    if "from" not in there:
        missing.append(f"From: {formataddr((name, sender or _myself()))}")
    if "date" not in there:
        missing.append(f"Date: {format_datetime(localtime())}")
    if "message-id" not in there:
        missing.append(f"Message-ID: {make_msgid(domain=host_name())}")
    lines = "".join(f"{one}\n" for one in missing)
    rest = content[end:]
    if not fields and not rest.startswith((b"\n", b"\r\n")):
        lines += "\n"
    return content[:end] + lines.encode("utf-8", "replace") + rest


def _myself() -> str:
    from .mailer import host_name

    return f"{_user()}@{host_name()}"


def _user() -> str:
    """The name of who runs this; cron and web servers set no variable that tells."""
    import getpass

    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # no such variable, and no entry for the number either
        return "nobody"


def _bridge(place: SendTo) -> None:
    """Speak SMTP between the standard input and output and the server."""
    from .mailer import NO_SERVICE, unreachable

    if place.tls == "implicit":
        raise CommandError(f"{place.host}:{place.port} speaks TLS, and -bs does not", code=NO_SERVICE)
    try:
        with socket.create_connection((place.host, place.port)) as server:
            threading.Thread(target=_forward, args=(server,), daemon=True).start()
            while octets := server.recv(65_536):
                sys.stdout.buffer.write(octets)
                sys.stdout.buffer.flush()
    except OSError as error:
        raise unreachable(place, error) from None


def _forward(server: socket.socket) -> None:
    # Where the server goes away first, who reads from it tells.
    with contextlib.suppress(OSError):
        while octets := os.read(sys.stdin.fileno(), 65_536):
            server.sendall(octets)
        server.shutdown(socket.SHUT_WR)
