"""A mail out of its pieces: addresses, subject, bodies, files become content.

Knows no store and no HTTP. What a field cannot hold is refused; nobody can smuggle a second one in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .address import PathError, parse_path
from .charsets import clean
from .mime import Address

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["ComposeError", "File", "compose"]

# RFC 5322 §2.2: printable ASCII without the colon.
_NAME = re.compile(r"[!-9;-~]{1,76}")
_TYPE = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]{0,126})/([a-z0-9][a-z0-9!#$&^_.+-]{0,126})", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTENT_ID = re.compile(r"[!-;=?-~]{0,200}")
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "subject"}
    | {"mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id"}
)


class ComposeError(ValueError):
    """A piece cannot be put into a mail; the text is a sentence that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a mail. One with a *content_id* (without angle brackets) is shown within the HTML."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    content_id: str = ""


def compose(
    *,
    from_: Address | None = None,
    to: Sequence[Address] = (),
    cc: Sequence[Address] = (),
    reply_to: Sequence[Address] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    files: Iterable[File] = (),
    fields: Iterable[tuple[str, str]] = (),
) -> bytes:
    """The content of a mail, its lines ended by CRLF; Date and Message-ID are made unless *fields* has them.

    *fields* are further header fields; they may repeat. Bcc is no piece of content: name those recipients
    in the envelope. Raises ComposeError.
    """
    from email.utils import format_datetime, localtime, make_msgid

    head: list[tuple[str, str]] = []
    for name, mailboxes in (
        ("From", () if from_ is None else (from_,)),
        ("To", to),
        ("Cc", cc),
        ("Reply-To", reply_to),
    ):
        if mailboxes:
            head.append((name, ",\r\n ".join(_mailbox(name, each) for each in mailboxes)))
    head.append(("Subject", _value("Subject", subject)))
    head += [(_field_name(name), _value(name, value)) for name, value in fields]
    names = {name.lower() for name, _ in head}
    if "date" not in names:
        head.append(("Date", format_datetime(localtime())))
    if "message-id" not in names:
        head.append(("Message-ID", make_msgid(domain="mailsink.invalid")))
    section = "".join(f"{name}: {value}\r\n" for name, value in head)
    return section.encode() + _body(clean(text), clean(html), tuple(files))


def _mailbox(field: str, mailbox: Address) -> str:
    """A mailbox as it stands in a field; an address outside ASCII stays as it is (RFC 6532)."""
    from email.header import Header
    from email.utils import quote

    address = clean(mailbox.address)
    try:
        path, rest = parse_path(f"<{address}>")
    except PathError as error:
        raise ComposeError(f"{field}: {address[:80]!r} is no mail address: {error}.") from None
    if rest or path != address or "@" not in address:
        raise ComposeError(f"{field}: {address[:80]!r} is no mail address.")
    name = clean(mailbox.name)
    if _CONTROL.search(name):
        raise ComposeError(f"{field}: the name {name[:80]!r} has a control character in it.")
    if not name:
        return address
    # Not the library's formataddr: it takes no address outside ASCII.
    shown = f'"{quote(name)}"' if name.isascii() else Header(name, "utf-8").encode(linesep="\r\n")
    return f"{shown} <{address}>"


def _field_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ComposeError(f"{name[:80]!r} is no name of a header field.")
    if name.lower() in _OURS:
        raise ComposeError(f"The field {name} is made of the mail's pieces; it cannot be given.")
    return name


def _value(field: str, value: str) -> str:
    """The value as it stands in a field: encoded (RFC 2047) and folded."""
    from email.header import Header

    value = clean(value)
    if _CONTROL.search(value):
        raise ComposeError(f"{field[:80]}: the value has a line end or another control character in it.")
    charset = "us-ascii" if value.isascii() else "utf-8"
    return Header(value, charset, header_name=field).encode(linesep="\r\n")


def _body(text: str, html: str, files: tuple[File, ...]) -> bytes:
    """The MIME fields, a blank line and the bodies."""
    from email import policy
    from email.message import EmailMessage

    made = EmailMessage(policy=policy.SMTP)
    if text or not html:
        made.set_content(text, cte=_encoding(text))
        _end_as(text, made)
    shown = [file for file in files if file.content_id and html]
    if html:
        if text:
            made.add_alternative(html, subtype="html", cte=_encoding(html))
        else:
            made.set_content(html, subtype="html", cte=_encoding(html))
        page = made.get_body(("html",))
        assert isinstance(page, EmailMessage)
        _end_as(html, page)
        for file in shown:
            page.add_related(file.content, **_words(file, "inline"))
    for file in files:
        if file not in shown:
            made.add_attachment(file.content, **_words(file, "attachment"))
    return bytes(made)


def _encoding(text: str) -> str | None:
    """The transfer encoding of *text*: ``None`` leaves it to the library, which keeps to 7 bits then."""
    return None if text.isascii() else "quoted-printable"


def _end_as(text: str, part: EmailMessage) -> None:
    """Take off the line end that the library puts behind a *text* which has none."""
    payload = part.get_payload()
    assert isinstance(payload, str)
    if not text.endswith("\n") and part["Content-Transfer-Encoding"] != "base64":
        part.set_payload(payload.removesuffix("\n"))


def _words(file: File, disposition: str) -> dict[str, Any]:
    """What the library asks to know of a part."""
    match = _TYPE.fullmatch(file.content_type.partition(";")[0].strip())
    if match is None:
        raise ComposeError(f"{file.name[:80]!r}: {file.content_type[:80]!r} is no type/subtype.")
    if _CONTROL.search(file.name) or not _CONTENT_ID.fullmatch(file.content_id):
        raise ComposeError(
            f"{file.name[:80]!r}: the name or the Content-ID has a character that no field takes."
        )
    maintype, subtype = match[1].lower(), match[2].lower()
    if maintype in ("multipart", "message"):
        # The library would want parts and messages for these.
        maintype, subtype = "application", "octet-stream"
    words: dict[str, Any] = {"maintype": maintype, "subtype": subtype, "disposition": disposition}
    if file.name:
        words["filename"] = clean(file.name)
    if file.content_id:
        words["cid"] = f"<{file.content_id}>"
    return words
