"""Thirty-odd mails as they really come, and some that should not: what goes over the wire, octet for octet.

`MAILS` maps a name to a `Sample`. Everything is made here; nothing was copied from anybody's mailbox.
"""

from __future__ import annotations

import base64
import codecs
import quopri
from collections.abc import Mapping
from dataclasses import dataclass, field

CRLF = b"\r\n"
TEN_MEGABYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One mail: its envelope, and its content as it is before transparency dots are added.

    *content* ends with CRLF, as everything does that came by DATA. *options* are MAIL's parameters.
    """

    content: bytes
    reverse_path: str = "shop@example.com"
    forward_paths: tuple[str, ...] = ("ada@example.org",)
    options: tuple[str, ...] = field(default=())

    @property
    def is_lines(self) -> bool:
        """Whether every line ends with CRLF and holds no other CR, LF or NUL: what any client can send."""
        bare = self.content.replace(CRLF, b"")
        return self.content.endswith(CRLF) and not {0, 10, 13} & set(bare)

    @property
    def is_7bit(self) -> bool:
        return self.content.isascii() and all(
            path.isascii() for path in (self.reverse_path, *self.forward_paths)
        )


def lines(*each: str | bytes) -> bytes:
    return b"".join((line.encode() if isinstance(line, str) else line) + CRLF for line in each)


def header(**fields: str | bytes) -> bytes:
    """The usual fields and those given; ``_`` in a name is a hyphen."""
    usual: dict[str, str | bytes] = {
        "Date": "Tue, 24 Nov 2026 14:30:00 +0000",
        "From": "Shop <shop@example.com>",
        "To": "Ada <ada@example.org>",
        "Message-ID": "<1@example.com>",
        "MIME-Version": "1.0",
    }
    usual |= {name.replace("_", "-"): value for name, value in fields.items()}
    return lines(
        *(name.encode() + b": " + (v.encode() if isinstance(v, str) else v) for name, v in usual.items())
    )


def entity(content_type: str, body: bytes, *fields: str) -> bytes:
    """A MIME part, or what follows the usual fields of a message: its fields, an empty line, its body."""
    return lines(f"Content-Type: {content_type}", *fields) + CRLF + body


def multipart(subtype: str, boundary: str, *parts: bytes, preamble: str = "") -> bytes:
    text = b"".join(lines(f"--{boundary}") + part + CRLF for part in parts)
    body = (lines(preamble) if preamble else b"") + text + lines(f"--{boundary}--")
    return entity(f'multipart/{subtype}; boundary="{boundary}"', body)


def in_base64(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", CRLF)


def in_quoted_printable(text: str, charset: str = "utf-8") -> bytes:
    return quopri.encodestring(text.encode(charset)).replace(b"\n", CRLF) + CRLF


def word(text: str, charset: str, how: str = "B") -> str:
    """An encoded word (RFC 2047 §2)."""
    octets = text.encode(charset)
    if how == "B":
        coded = base64.b64encode(octets).decode()
    else:
        coded = "".join(chr(o) if chr(o).isalnum() and o < 128 else f"={o:02X}" for o in octets)
    return f"=?{charset}?{how}?{coded}?="


# A picture of one pixel, and a file, as octets that are surely binary.
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj\n<< >>\nendobj\n" * 20 + b"%%EOF\n"

TEXT = entity(
    "text/plain; charset=utf-8",
    in_quoted_printable("Grüße aus Köln = schön"),
    "Content-Transfer-Encoding: quoted-printable",
)
HTML = entity(
    "text/html; charset=utf-8",
    lines(
        "<!doctype html>",
        "<p>Hello <b>Ada</b>,",
        '<a href="https://shop.example.com/confirm?t=1">confirm</a>',
    ),
)
ATTACHED_PDF = entity(
    'application/pdf; name="bill.pdf"',
    in_base64(PDF),
    "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment; filename="bill.pdf"',
)
ALTERNATIVE = multipart("alternative", "alt", TEXT, HTML)

# Each in a charset of its own; the names are Python's and the IANA's.
GREETINGS = {
    "utf-8": "Grüße, 世界 ✓",
    "iso-8859-1": "Garçon, señor",
    "iso-8859-2": "Příliš žluťoučký kůň",
    "iso-8859-15": "Preis: 5 €",
    "windows-1251": "Привет, мир",
    "koi8-r": "Привет, мир",
    "windows-1252": "“Quoted” – 5 €",
    "iso-2022-jp": "こんにちは",
    "shift_jis": "こんにちは",
    "euc-kr": "안녕하세요",
    "gb18030": "你好，世界",
    "big5": "你好，世界",
    "windows-1255": "שלום",
    "windows-1256": "مرحبا",
    "iso-8859-7": "Καλημέρα",
}

BOUNCE = multipart(
    "report; report-type=delivery-status",
    "report",
    entity("text/plain", lines("Your message could not be delivered.")),
    entity(
        "message/delivery-status",
        lines(
            "Reporting-MTA: dns; mx.example.net",
            "",
            "Final-Recipient: rfc822; nobody@example.net",
            "Action: failed",
            "Status: 5.1.1",
        ),
    ),
    entity("text/rfc822-headers", lines("From: shop@example.com", "Subject: Hello")),
)
CALENDAR = lines(
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//example.org//test//EN",
    "METHOD:REQUEST",
    "BEGIN:VEVENT",
    "UID:1@example.org",
    "DTSTAMP:20261124T143000Z",
    "DTSTART:20261201T090000Z",
    "SUMMARY:Meeting",
    "END:VEVENT",
    "END:VCALENDAR",
)


def charset_mail(charset: str, text: str) -> bytes:
    body = text.encode(charset) + CRLF
    return header(Subject=word(text, charset)) + entity(
        f"text/plain; charset={charset}", body, "Content-Transfer-Encoding: 8bit"
    )


MAILS: Mapping[str, Sample] = {
    "plain": Sample(
        content=header(Subject="Welcome") + entity("text/plain", lines("Hello Ada,", "", "welcome."))
    ),
    "html": Sample(content=header(Subject="News") + HTML),
    "alternative": Sample(content=header(Subject="Confirm") + ALTERNATIVE),
    "mixed-attachments": Sample(
        content=header(Subject="Bill")
        + multipart("mixed", "mix", ALTERNATIVE, ATTACHED_PDF, ATTACHED_PDF, preamble="This is MIME.")
    ),
    "related-inline": Sample(
        content=header(Subject="Pictures")
        + multipart(
            "related",
            "rel",
            entity("text/html; charset=us-ascii", lines('<img src="cid:logo@example.com" alt="logo">')),
            entity(
                "image/png",
                in_base64(PNG),
                "Content-Transfer-Encoding: base64",
                "Content-ID: <logo@example.com>",
                "Content-Disposition: inline",
            ),
        )
    ),
    "encoded-words": Sample(
        content=header(
            Subject=CRLF.join(
                f" {word(text, charset)}".encode() for charset, text in GREETINGS.items()
            ).lstrip(),
            From=f"{word('Köln Läden', 'iso-8859-1', 'Q')} <shop@example.com>",
        )
        + entity("text/plain", lines("See the subject."))
    ),
    **{
        f"charset-{charset}": Sample(content=charset_mail(charset, text), options=("BODY=8BITMIME",))
        for charset, text in GREETINGS.items()
    },
    "rfc2231-filename": Sample(
        content=header(Subject="File")
        + entity(
            "application/octet-stream",
            in_base64(PDF),
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC%20rates;",
            ' filename*1=".pdf"',
        )
    ),
    "8bit-body": Sample(
        content=header(Subject="Latin")
        + entity(
            "text/plain; charset=iso-8859-1",
            bytes(range(0xA0, 0x100)) + CRLF,
            "Content-Transfer-Encoding: 8bit",
        ),
        options=("BODY=8BITMIME",),
    ),
    "8bit-undeclared": Sample(content=header(Subject="No charset") + CRLF + b"na\xefve \xff\xfe" + CRLF),
    "8bit-header": Sample(
        content=header(Subject="Größe in UTF-8") + CRLF + lines("Hi"), options=("BODY=8BITMIME",)
    ),
    "smtputf8": Sample(
        content=header(Subject="Grüße", To="Jörg <jörg@bücher.example>") + CRLF + lines("Grüße"),
        reverse_path="händler@läden.example",
        forward_paths=("jörg@bücher.example", "用户@例子.example"),
        options=("SMTPUTF8", "BODY=8BITMIME"),
    ),
    "no-header": Sample(content=lines("", "There is no header section here.")),
    "no-header-no-blank": Sample(content=lines("This line is no field, and there is no blank line.")),
    "header-only": Sample(content=header(Subject="Nothing follows")),
    "empty-line": Sample(content=CRLF),
    "nul-octets": Sample(content=header(Subject="NUL") + CRLF + b"a\x00b\x00\x00" + CRLF),
    "all-octets": Sample(
        content=header(Subject="All") + CRLF + bytes(range(256)) * 4 + CRLF, options=("BODY=8BITMIME",)
    ),
    "bare-cr": Sample(content=header(Subject="CR") + CRLF + b"one\rtwo\r\r\nthree\r" + CRLF),
    "bare-lf": Sample(content=header(Subject="LF") + CRLF + b"one\ntwo\n\nthree\n.\nfour" + CRLF),
    "smuggled": Sample(
        content=header(Subject="Two in one?")
        + CRLF
        + b"one\n.\nMAIL FROM:<x@example.net>\r.\rRCPT TO:<y@example.net>\n.\r\nDATA\r\n.\rQUIT"
        + CRLF
    ),
    "dots": Sample(content=header(Subject="Dots") + CRLF + lines(".", "..", "...", ".a", "a.", "", ".", "")),
    "only-dots": Sample(content=lines(".", ".", ".")),
    "trailing-blank-lines": Sample(content=header(Subject="Space") + CRLF + lines("text", "", "", "")),
    "trailing-space": Sample(content=header(Subject="Tabs") + CRLF + lines("a \t ", " ", "\t", "-- ")),
    "long-line": Sample(content=header(Subject="Long") + CRLF + lines("x" * 100_000, "y" * 998, "z" * 999)),
    "long-field": Sample(
        content=header(Subject="s" * 20_000, References=" ".join(f"<{n}@example.org>" for n in range(2_000)))
        + CRLF
    ),
    "many-recipients": Sample(
        content=header(Subject="All of you") + CRLF + lines("Hi"),
        forward_paths=tuple(f"user{number}@example.org" for number in range(150)),
    ),
    "rfc822-attached": Sample(
        content=header(Subject="Fwd: Confirm")
        + multipart("mixed", "fwd", TEXT, entity("message/rfc822", header(Subject="Confirm") + ALTERNATIVE))
    ),
    "calendar": Sample(
        content=header(Subject="Invitation")
        + multipart(
            "alternative", "cal", TEXT, entity("text/calendar; method=REQUEST; charset=utf-8", CALENDAR)
        )
    ),
    "smime-signed": Sample(
        content=header(Subject="Signed")
        + multipart(
            'signed; protocol="application/pkcs7-signature"; micalg=sha-256',
            "sig",
            TEXT,
            entity(
                "application/pkcs7-signature; name=smime.p7s",
                in_base64(b"\x30\x82" + bytes(range(256)) * 4),
                "Content-Transfer-Encoding: base64",
                "Content-Disposition: attachment; filename=smime.p7s",
            ),
        )
    ),
    "bounce": Sample(
        content=header(Subject="Undelivered", From="postmaster@example.net", To="shop@example.com") + BOUNCE,
        reverse_path="",
        forward_paths=("shop@example.com",),
    ),
    "boundary-never-closed": Sample(
        content=header(Subject="Open") + multipart("mixed", "open", TEXT, HTML).replace(b"--open--\r\n", b"")
    ),
    "boundary-not-there": Sample(
        content=header(Subject="Lost") + entity("multipart/mixed; boundary=x", lines("none"))
    ),
    "boundary-missing": Sample(
        content=header(Subject="None") + entity("multipart/mixed", lines("--", "text", "----"))
    ),
    "base64-broken": Sample(
        content=header(Subject="Broken")
        + entity("text/plain", lines("SGVsbG8=====", "!!!", "SGk"), "Content-Transfer-Encoding: base64")
    ),
    "utf16-bom": Sample(
        content=header(Subject="UTF-16") + CRLF + codecs.BOM_UTF16_LE + "Hi".encode("utf-16-le") + CRLF
    ),
    "folded-fields": Sample(
        content=header(Subject="folded" + "\r\n  over\r\n\tthree lines", X_Empty="") + CRLF + lines("Hi")
    ),
    "duplicate-fields": Sample(
        content=header(Subject="One") + lines("Subject: Two", "From: x@example.net") + CRLF
    ),
    "ten-megabytes": Sample(
        content=header(Subject="Big")
        + multipart(
            "mixed",
            "big",
            TEXT,
            entity(
                "application/octet-stream",
                in_base64(bytes(range(256)) * (TEN_MEGABYTES // 256 * 3 // 4)),
                "Content-Transfer-Encoding: base64",
                'Content-Disposition: attachment; filename="big.bin"',
            ),
        )
    ),
}
