"""Message content as header fields, text, attachments and defects.

``parse`` takes any octets and never raises, nor does anything it returns; what is wrong is a Defect.
Everything is linear in the content. All text is free of lone surrogates. Knows nothing of envelopes,
stores or HTML's dangers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from .charsets import clean, codec_of
from .fields import (
    BYTE_ORDER_MARK,
    MAX_ADDRESS_TEXT,
    MAX_DECODED,
    Address,
    Field,
    Section,
    parse_addresses,
    parse_date,
    read_fields,
    read_section,
)
from .parts import Part, read_tree, transfer_decoded

__all__ = ["BARE_LF", "Address", "Defect", "Field", "Parsed", "Part", "clean", "parse"]

# The defect that does not keep anybody from reading.
BARE_LF = "A line ends in LF without CR"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong with a message's content.

    *part* is the part's number, ``""`` for the message as a whole. *line* counts from 1 in the content;
    0 where no line can be named.
    """

    sentence: str
    part: str = ""
    line: int = 0


class Parsed:
    """A message's content, read as far as it is asked for.

    With *smtputf8* it came by SMTPUTF8: UTF-8 in its header section is no defect (RFC 6532 §3.2).
    Cheap to make: the header section is read when a field is asked for, the tree when a part is. Safe
    from several threads: at worst something is computed twice.
    """

    def __init__(self, content: bytes, *, smtputf8: bool = False) -> None:
        self.content = content
        self.smtputf8 = smtputf8

    def __repr__(self) -> str:
        return f"<Parsed {len(self.content)} octets, subject {self.subject[:60]!r}>"

    @cached_property
    def _section(self) -> Section:
        return read_section(self.content)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The header fields in order. Does not look at the body."""
        return read_fields(self.content, self._section)

    @cached_property
    def _by_name(self) -> dict[str, tuple[Field, ...]]:
        found: dict[str, list[Field]] = {}
        for each in self.fields:
            found.setdefault(each.name.lower(), []).append(each)
        return {name: tuple(fields) for name, fields in found.items()}

    def header(self, name: str, default: str = "") -> str:
        """The decoded value of the first field called *name*, in any case, or *default*."""
        found = self._by_name.get(name.lower())
        return found[0].value if found else default

    def headers(self, name: str) -> tuple[str, ...]:
        """The decoded values of all fields called *name*, in any case, in order."""
        return tuple(each.value for each in self._by_name.get(name.lower(), ()))

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The mailboxes in all fields called *name*, in order; groups are flattened."""
        return tuple(a for each in self._by_name.get(name.lower(), ()) for a in parse_addresses(each.raw))

    @property
    def subject(self) -> str:
        """The Subject, decoded; ``""`` when there is none."""
        return self.header("subject")

    @property
    def message_id(self) -> str:
        """The Message-ID as written, with its angle brackets; ``""`` when there is none."""
        return self.header("message-id")

    @cached_property
    def date(self) -> dt.datetime | None:
        """The Date field as an aware UTC datetime; ``None`` when there is none or it is no date."""
        return parse_date(self.header("date"))

    @cached_property
    def from_(self) -> tuple[Address, ...]:
        """The mailboxes of From."""
        return self.addresses("from")

    @cached_property
    def sender(self) -> tuple[Address, ...]:
        """The mailboxes of Sender; at most one in a right message."""
        return self.addresses("sender")

    @cached_property
    def to(self) -> tuple[Address, ...]:
        """The mailboxes of To."""
        return self.addresses("to")

    @cached_property
    def cc(self) -> tuple[Address, ...]:
        """The mailboxes of Cc."""
        return self.addresses("cc")

    @cached_property
    def bcc(self) -> tuple[Address, ...]:
        """The mailboxes of a Bcc field in the content; the envelope knows the real ones."""
        return self.addresses("bcc")

    @cached_property
    def reply_to(self) -> tuple[Address, ...]:
        """The mailboxes of Reply-To."""
        return self.addresses("reply-to")

    @cached_property
    def _tree(self) -> tuple[Part, tuple[tuple[int, str, str], ...]]:
        root, problems = read_tree(self.content, self._section, self.fields)
        return root, tuple(problems)

    @property
    def root(self) -> Part:
        """The whole message as a part."""
        return self._tree[0]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are no multiparts, in the order of the content."""
        return tuple(part for part in self.root.walk() if not part.is_multipart)

    def part(self, number: str) -> Part | None:
        """The part with this number, multiparts included, or ``None``."""
        return next((part for part in self.root.walk() if part.number == number), None)

    @cached_property
    def attachments(self) -> tuple[Part, ...]:
        """The parts that a reader would see as files."""
        return tuple(part for part in self.parts if part.is_attachment)

    @cached_property
    def inline(self) -> tuple[Part, ...]:
        """The parts that belong into the text, such as pictures with a Content-ID."""
        return tuple(part for part in self.parts if part.is_inline)

    @cached_property
    def _bodies(self) -> tuple[_Body, ...]:
        if self._is_other_text(self.root):
            return (_Body(texts=(self.root,)),)
        # Texts that are files to be shown in place are the text where there is no other.
        return tuple(_bodies(self.root)) or tuple(
            _Body(texts=(part,))
            for part in self.parts
            if part.content_type == "text/plain" and part.disposition == "inline"
        )

    @staticmethod
    def _is_other_text(root: Part) -> bool:
        return (
            root.content_type.startswith("text/")
            and root.content_type != "text/html"
            and not root.is_attachment
        )

    @cached_property
    def text(self) -> str:
        """What the ``text/plain`` bodies say; ``""`` when there is none. Lines end in ``\\n``.

        Of alternatives that is the first; bodies that lie beside each other follow each other.
        """
        return _joined(part.text() for body in self._bodies for part in body.texts)

    @cached_property
    def html(self) -> str:
        """The same of the ``text/html`` bodies: as sent, hostile as it may be."""
        return _joined(part.text() for body in self._bodies for part in body.htmls)

    @cached_property
    def visible_text(self) -> str:
        """The text body, or what a reader sees of the HTML one; ``""`` when there is neither.

        An HTML body with a text after it, such as a list's footer, is seen, too.
        """
        return self._visible(limit=0)

    @cached_property
    def html_text(self) -> str:
        """What a reader sees of the HTML body, whether or not there is a text body; ``""`` without HTML."""
        from .markup import visible_text  # loaded only for mails that need it

        return visible_text(self.html) if self.html else ""

    def _visible(self, *, limit: int) -> str:
        text, bodies = self.text, self._bodies
        if text.strip():
            bodies = tuple(takewhile(lambda body: not body.texts, bodies))
        pages = [part.text() for body in bodies for part in body.htmls]
        if not pages:
            return text
        from .markup import visible_text  # loaded only for mails that need it

        return _joined([visible_text(_joined(pages), limit=limit), text if text.strip() else ""])

    @cached_property
    def snippet(self) -> str:
        """The beginning of the visible text on one line, at most 160 characters."""
        # 4000: preheaders pad with up to hundreds of invisible characters.
        text = _PADDING.sub("", self._visible(limit=4000)[:4000])
        line = " ".join(text.split())
        return line if len(line) <= 160 else line[:159].rstrip() + "…"

    @cached_property
    def defects(self) -> tuple[Defect, ...]:
        """What is wrong with the content, in the order of its lines. Decodes every part."""
        problems = [(offset, "", sentence) for offset, sentence in self._section.problems]
        problems += _header_problems(self.content, self._section, self.fields)
        header_section = self.content[: self._section.body].removeprefix(BYTE_ORDER_MARK)
        if (at := _foreign_octet(header_section, self.smtputf8)) >= 0:
            sentence = f"The header section has the 8-bit octet 0x{header_section[at]:02x}"
            problems.append((at, "", sentence))
        problems += _line_problems(self.content)
        problems += self._tree[1]
        for part in self.parts:
            problems += _body_problems(part)
        return tuple(_located(self.content, problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """What is to be read at one place of a message: as plain text, as HTML, or as one chooses."""

    texts: tuple[Part, ...] = ()
    htmls: tuple[Part, ...] = ()


def _bodies(part: Part) -> Iterator[_Body]:
    """The bodies of *part* in order (RFC 2046 §5.1, RFC 2387)."""
    if not part.children:
        if not part.is_attachment:
            yield from (_Body(texts=(part,)),) if part.content_type == "text/plain" else ()
            yield from (_Body(htmls=(part,)),) if part.content_type == "text/html" else ()
        return
    found = [found for child in part.children if (found := tuple(_bodies(child)))]
    if part.content_type == "multipart/alternative":
        texts = next((t for each in found if (t := tuple(p for body in each for p in body.texts))), ())
        htmls = next((h for each in found if (h := tuple(p for body in each for p in body.htmls))), ())
        if texts or htmls:
            yield _Body(texts=texts, htmls=htmls)
    elif part.content_type == "multipart/related":
        yield from found[0] if found else ()
    else:
        yield from (body for each in found for body in each)


def _joined(texts: Iterable[str]) -> str:
    """*texts* after each other, each beginning on a line of its own."""
    found = [text for text in texts if text]
    return "".join(t if t.endswith("\n") else f"{t}\n" for t in found[:-1]) + "".join(found[-1:])


# Soft hyphens, joiners and other characters that senders pad their preheader with.
_PADDING = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2007\u2060-\u2064\ufeff]"
)

# RFC 5322 §3.6: at most one of each.
_ONCE = (
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
)
_ONCE_IN_MIME = (
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
)
# Their mailboxes are read however many there are; that what they say in words is cut is no fault of theirs.
_ADDRESSES = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc"})
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")

_Problems = list[tuple[int, str, str]]


def _header_problems(content: bytes, section: Section, fields: tuple[Field, ...]) -> _Problems:
    found: _Problems = []
    seen: set[str] = set()
    for each, (start, colon, end) in zip(fields, section.spans, strict=True):
        name = each.name.lower()
        if name in seen:
            found.append((start, "", f"There is more than one {each.name} field"))
        elif name in _ONCE or name in _ONCE_IN_MIME:
            seen.add(name)
        most = MAX_ADDRESS_TEXT if name in _ADDRESSES else MAX_DECODED
        if end - colon - 1 > most:
            found.append(
                (
                    start,
                    "",
                    f"The field {each.name[:40]} has {end - colon - 1} octets; {most} are decoded",
                )
            )
    if fields and "from" not in seen:
        found.append((0, "", "There is no From field"))
    if (at := content.find(b"\0", 0, section.body)) >= 0:
        found.append((at, "", "There is a NUL octet in the header section"))
    return found[:_MOST]


def _foreign_octet(header_section: bytes, smtputf8: bool) -> int:
    """Where the first octet is that may not stand there, -1 if none is."""
    if smtputf8:
        try:
            header_section.decode("utf-8")
        except UnicodeDecodeError as error:
            return error.start
        return -1
    match = _EIGHT_BIT.search(header_section)
    return match.start() if match else -1


_MOST = 100

# RFC 5322 §2.1.1: a line is at most 998 octets, without its CRLF.
_LONG_LINE = re.compile(rb"^[^\n]{998}[^\r\n]", re.MULTILINE)
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")


def _line_problems(content: bytes) -> _Problems:
    found: _Problems = []
    if match := _LONG_LINE.search(content):
        found.append((match.start(), "", "A line is longer than 998 octets"))
    ends = content.count(b"\r\n")  # counting is ten times as fast as the expressions below
    if content.count(b"\n") > ends and (match := _BARE_LF.search(content)):
        found.append((match.start(), "", BARE_LF))
    if content.count(b"\r") > ends and (match := _BARE_CR.search(content)):
        found.append((match.start(), "", "There is a CR without LF"))
    return found


def _body_problems(part: Part) -> _Problems:
    raw = part.raw()
    start = part.offset
    decoded, sentence = transfer_decoded(raw, part.encoding)
    found: _Problems = [(start, part.number, sentence)] if sentence else []
    if part.encoding == "7bit" and (match := _EIGHT_BIT.search(raw)):
        found.append((start + match.start(), part.number, "A part that is declared 7bit has 8-bit octets"))
    if part.content_type.startswith("text/"):
        found += [(start, part.number, sentence) for sentence in _charset_problems(part.charset, decoded)]
    return found


def _charset_problems(label: str, octets: bytes) -> Iterator[str]:
    codec = codec_of(label)
    if label and not codec:
        yield f"The charset {label[:40]} is unknown"
    elif not label and not octets.isascii():
        yield "A text with 8-bit octets names no charset"
    elif codec and codec != "cp1252" and not octets.isascii() and not _decodes(octets, codec):
        yield f"The text is not in its charset {label[:40]}"


def _decodes(octets: bytes, codec: str) -> bool:
    try:
        octets.decode(codec)
    except (UnicodeError, LookupError):
        return False
    return True


def _located(content: bytes, problems: _Problems) -> Iterator[Defect]:
    """The problems as Defects in order of line. Counts the lines in one pass."""
    line, counted = 1, 0
    for offset, number, sentence in sorted(problems):
        line += content.count(b"\n", counted, offset)
        counted = offset
        yield Defect(sentence, number, line)


def parse(content: bytes, *, smtputf8: bool = False) -> Parsed:
    """*content* ready to be read; nothing is parsed yet. Never raises, nor does what it returns.

    *smtputf8* says that it came by SMTPUTF8.
    """
    return Parsed(content, smtputf8=smtputf8)
