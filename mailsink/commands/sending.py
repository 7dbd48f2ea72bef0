"""`mailsink send`: a test mail, made of options or read from a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ConfigError
from .output import CommandError, say
from .place import asked, send_to

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["send"]

TEXT = "This is a test mail.\n"


@click.command(short_help="Send a test mail.")
@click.argument("recipients", metavar="[RECIPIENT]...", nargs=-1)
@click.option(
    "--from",
    "sender",
    metavar="ADDRESS",
    default="mailsink@example.org",
    show_default=True,
    help="The From field, and the reverse-path.",
)
@click.option("--reverse-path", metavar="ADDRESS", help="Another reverse-path; empty for the null one.")
@click.option(
    "--cc", metavar="ADDRESS", multiple=True, help="A recipient that the Cc field names. Repeatable."
)
@click.option("--bcc", metavar="ADDRESS", multiple=True, help="A recipient that no field names. Repeatable.")
@click.option("--subject", metavar="TEXT", default="Test mail", show_default=True, help="The subject.")
@click.option("--text", metavar="TEXT", help="The text; - reads it from the standard input.")
@click.option("--html", metavar="TEXT", help="The HTML; - reads it from the standard input.")
@click.option(
    "--attach",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A file to attach. Repeatable.",
)
@click.option("--header", metavar="NAME:VALUE", multiple=True, help="One more header field. Repeatable.")
@click.option(
    "--eml",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Send the octets of this file instead; - is the standard input.",
)
@click.option("--copies", metavar="N", type=int, default=1, show_default=True, help="How often to send it.")
@click.option("--login", metavar="USER:PASSWORD", help="Log in first.")
@click.option(
    "--smtp",
    metavar="[HOST:]PORT",
    help="Where to send to; without it, where the server at --url listens, else 127.0.0.1:1025.",
)
@asked(inbox=False)
def send(
    recipients: tuple[str, ...],
    sender: str,
    reverse_path: str | None,
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str,
    text: str | None,
    html: str | None,
    attach: tuple[Path, ...],
    header: tuple[str, ...],
    eml: Path | None,
    copies: int,
    login: str | None,
    smtp: str | None,
    url: str | None,
    token: str | None,
) -> None:
    """Send a test mail to each RECIPIENT, ada@example.org without one."""
    from ..options import read_user
    from .mailer import deliver

    if copies < 1:
        raise ConfigError(f"--copies {copies}: must be 1 or more")
    try:
        credentials = None if login is None else read_user(login)
    except ValueError as error:
        raise ConfigError(f"--login {login}: {error}") from None
    to = recipients or ("ada@example.org",)
    made = (sender, to, cc, subject, text, html, attach, header)
    content = _content(*made) if eml is None else _read(eml)
    place = send_to(smtp, url, token)
    path = sender if reverse_path is None else reverse_path
    for _ in range(copies):
        try:
            deliver(
                content,
                sender=_address(path),
                rcpts=[*map(_address, (*to, *cc, *bcc))],
                to=place,
                login=credentials,
            )
        except CommandError as error:
            # Its codes are for those who call sendmail.
            raise CommandError(str(error)) from None
    mails = "1 mail" if copies == 1 else f"{copies:,} mails"
    say(f"sent {mails} to {place.host}:{place.port}")


def _content(
    sender: str,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    text: str | None,
    html: str | None,
    attach: Sequence[Path],
    header: Sequence[str],
) -> bytes:
    """The octets of the mail that the options describe. Raises ConfigError."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import localtime, make_msgid

    from .mailer import host_name

    mail = EmailMessage(policy=SMTP)
    fields = {"From": sender, "To": ", ".join(to), "Cc": ", ".join(cc), "Subject": subject}
    extra = [_field(one) for one in header]
    given = {name.lower() for name, _ in extra}
    try:
        for name, value in fields.items():
            if value and name.lower() not in given:
                mail[name] = value
        for name, value in extra:
            mail[name] = value
        if "date" not in given:
            mail["Date"] = localtime()
        if "message-id" not in given:
            mail["Message-ID"] = make_msgid(domain=host_name())
    except ValueError as error:
        raise ConfigError(f"a header field cannot be so: {error}") from None
    if text is not None or html is None:
        mail.set_content(TEXT if text is None else _text(text))
    if html is not None:
        (mail.set_content if text is None else mail.add_alternative)(_text(html), subtype="html")
    for file in attach:
        _attach(mail, file)
    return mail.as_bytes()


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ConfigError(f"--header {text}: a header field is NAME:VALUE")
    return name.strip(), value.strip()


def _attach(mail: EmailMessage, file: Path) -> None:
    import mimetypes

    kind, encoding = mimetypes.guess_type(file.name)
    main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
    mail.add_attachment(_read(file), main, sub, filename=file.name)


def _text(given: str) -> str:
    return sys.stdin.read() if given == "-" else given + "\n"


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; name a file that can be read") from None


def _address(text: str) -> str:
    """The address alone of ``Ada <ada@example.org>``."""
    from email.utils import parseaddr

    address = parseaddr(text)[1]
    return address if "@" in address else text.strip("<> ")
