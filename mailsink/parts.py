"""The MIME tree: parts and what their fields say about them (RFC 2045 to 2049).

The structure is read in one pass over the octets, not with ``email``'s parser: that one takes quadratic
time on nested and on many parts. Knows nothing of what a message's parts mean to a reader.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .charsets import decode
from .fields import (
    Field,
    Section,
    base64_octets,
    delimiter_text,
    is_delimiter,
    parse_parameters,
    read_fields,
    read_section,
    unfold,
)

__all__ = ["MAX_DEPTH", "MAX_PARTS", "Part", "read_tree", "transfer_decoded"]

# Real mail stays far below both; beyond them parts are counted, not shown.
MAX_PARTS = 500
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One node of the MIME tree.

    *number* is as in IMAP: ``"1"``, ``"2.1"``; ``""`` for a multipart root, ``"1"`` for a root without
    parts. *content_type* is ``type/subtype`` in lower case, *charset* the declared label in lower case
    or ``""``. *disposition* is ``"inline"``, ``"attachment"`` or ``""``. *filename* is a bare name without
    directories. *content_id* has no angle brackets. *encoding* is the Content-Transfer-Encoding.
    A multipart that cannot be taken apart is a ``text/plain`` leaf.
    """

    number: str
    content_type: str
    charset: str = ""
    disposition: str = ""
    filename: str = ""
    content_id: str = ""
    encoding: str = "7bit"
    fields: tuple[Field, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    children: tuple[Part, ...] = ()
    depth: int = 0
    _source: bytes = field(default=b"", repr=False, compare=False)
    _span: tuple[int, int] = (0, 0)
    _role: str = ""  # "alternative", or "related" if it is not the first of them

    @property
    def is_multipart(self) -> bool:
        """Whether this part has parts of its own."""
        return bool(self.children)

    @property
    def is_attachment(self) -> bool:
        """Whether a reader would see a file beside the text.

        That is a part with disposition ``attachment``, with a file name, of a type that is no text, a
        calendar, or a text beside others that is neither plain nor HTML; but neither one of several
        alternatives nor a picture that the HTML shows by its Content-ID.
        """
        if self.children or self._is_body or self._is_shown_picture:
            return False
        if self.disposition == "attachment":
            return True
        if not self.content_type.startswith("text/") or self.content_type == "text/calendar":
            return True
        return bool(self.depth) and self._role != "alternative"

    @property
    def is_inline(self) -> bool:
        """Whether it is shown within the text: no body, with a Content-ID or disposition ``inline``."""
        if self.children or self._is_body:
            return False
        return bool(self.content_id) or self.disposition == "inline"

    @property
    def _is_shown_picture(self) -> bool:
        if not self.content_id:
            return False
        if self.disposition == "inline":
            return True
        # EmailMessage.add_related calls a named picture "attachment": there that word does not count.
        is_picture = self.content_type.startswith("image/")
        return self._role == "related" and (is_picture or not self.disposition)

    @property
    def size(self) -> int:
        """The decoded octets; 0 for a multipart. Decodes the part anew each time."""
        return len(self.content())

    @property
    def _is_body(self) -> bool:
        if self.content_type not in ("text/plain", "text/html") or self.disposition == "attachment":
            return False
        return not self.filename or not self.depth or self._role == "alternative"

    def content(self) -> bytes:
        """The octets without their transfer encoding; ``b""`` for a multipart.

        Of a ``message/rfc822`` part: the attached message, which ``parse`` takes again.
        """
        if self.children:
            return b""
        return transfer_decoded(self.raw(), self.encoding)[0]

    def text(self) -> str:
        """The content as text by its charset, or by the nearest that shows something.

        Lines end in ``\\n``.
        """
        return self.text_as_sent().replace("\r\n", "\n")

    def text_as_sent(self) -> str:
        """The same, with the line ends that are in the content."""
        octets = self.content()
        label = self.charset
        if not label and self.content_type == "text/html":
            label = _declared_in_html(octets)
        if octets.startswith(b"\xef\xbb\xbf"):
            octets, label = octets[3:], "utf-8"
        return decode(octets, label)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def raw(self) -> bytes:
        """The octets of the body as they lie in the message, in their transfer encoding."""
        return self._source[slice(*self._span)]

    @property
    def offset(self) -> int:
        """Where ``raw()`` begins in the message's content."""
        return self._span[0]


_META_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def _declared_in_html(octets: bytes) -> str:
    match = _META_CHARSET.search(octets, 0, 2048)
    return match.group(1).decode("ascii", "replace") if match else ""


def transfer_decoded(octets: bytes, encoding: str) -> tuple[bytes, str]:
    """*octets* decoded as far as they go, and what was wrong with them (RFC 2045 §6)."""
    if encoding == "base64":
        decoded, sound = base64_octets(octets)
        return decoded, "" if sound else "The base64 text is damaged; it is decoded as far as it goes"
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets), ""
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return b"".join(_uu_lines(octets)), ""
    if encoding in ("7bit", "8bit", "binary"):
        return octets, ""
    return octets, f"Content-Transfer-Encoding {encoding[:40]} is unknown; the octets are shown as they came"


def _uu_lines(octets: bytes) -> Iterator[bytes]:
    lines = iter(octets.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.strip() == b"end":
            return
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:
            continue


def read_tree(
    content: bytes, section: Section, fields: tuple[Field, ...]
) -> tuple[Part, list[tuple[int, str, str]]]:
    """The tree of a whole message, and what was wrong in it as (offset, part number, sentence)."""
    reader = _Reader(content)
    return reader.root(section, fields), reader.problems


class _Reader:
    """Reads the tree in one pass. *problems* are (offset, part number, sentence)."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.problems: list[tuple[int, str, str]] = []
        self._boundaries: frozenset[bytes] = frozenset()
        self._made = 0
        self._left_out = 0

    def root(self, section: Section, fields: tuple[Field, ...]) -> Part:
        part = self._part(section, fields, number="", depth=0, default="text/plain", role="")[0]
        if self._left_out:
            self._note(0, "", f"{self._left_out} more parts are not shown: {MAX_PARTS} are the most")
        return part

    def _note(self, offset: int, number: str, sentence: str) -> None:
        self.problems.append((offset, number, sentence))

    def _read(self, start: int, *, number: str, depth: int, default: str, role: str) -> tuple[Part, int]:
        """The part whose header section begins at *start*, and the offset of the delimiter that ends it."""
        section = read_section(self.content, start, self._boundaries)
        for offset, sentence in section.problems:
            self._note(offset, number, sentence)
        fields = read_fields(self.content, section)
        return self._part(section, fields, number=number, depth=depth, default=default, role=role)

    def _part(
        self,
        section: Section,
        fields: tuple[Field, ...],
        *,
        number: str,
        depth: int,
        default: str,
        role: str,
    ) -> tuple[Part, int]:
        self._made += 1
        head = _Head(fields, default)
        if head.problem:
            self._note(section.body, number, head.problem)
        children: tuple[Part, ...] = ()
        if head.content_type.startswith("multipart/"):
            children, end = self._multipart(head, section.body, number=number, depth=depth)
        else:
            end = self._next_delimiter(section.body)
        content_type = head.content_type
        if not children and content_type.startswith("multipart/"):
            content_type = "text/plain"
        part = Part(
            number=number or ("" if children else "1"),
            content_type=content_type,
            charset=head.charset,
            disposition=head.disposition,
            filename=head.filename,
            content_id=head.content_id,
            encoding=head.encoding,
            fields=fields,
            parameters=head.parameters,
            children=children,
            depth=depth,
            _source=self.content,
            _span=(section.body, self._before_delimiter(section.body, end)),
            _role=role,
        )
        return part, end

    def _before_delimiter(self, start: int, end: int) -> int:
        """RFC 2046 §5.1.1: the line end before a delimiter belongs to the delimiter."""
        if end < len(self.content) and end > start and self.content[end - 1 : end] == b"\n":
            end -= 1
            if end > start and self.content[end - 1 : end] == b"\r":
                end -= 1
        return end

    def _multipart(self, head: _Head, body: int, *, number: str, depth: int) -> tuple[tuple[Part, ...], int]:
        boundary = head.boundary
        problem = ""
        if not boundary:
            problem = "A multipart has no boundary; it is shown as text"
        elif depth >= MAX_DEPTH:
            problem = f"Parts are nested deeper than {MAX_DEPTH}; the rest is shown as text"
        elif boundary in self._boundaries:
            problem = "A multipart has the boundary of one around it; it is shown as text"
        if problem:
            self._note(body, number, problem)
            return (), self._next_delimiter(body)
        outer = self._boundaries
        self._boundaries = outer | {boundary}
        children, at, is_closed = self._children(head, boundary, body, number=number, depth=depth)
        self._boundaries = outer
        if not children:
            self._note(body, number, "The boundary of a multipart does not come; it is shown as text")
        elif not is_closed:
            self._note(at, number, "The closing boundary of a multipart is missing")
        return tuple(children), self._next_delimiter(at)

    def _children(
        self, head: _Head, boundary: bytes, body: int, *, number: str, depth: int
    ) -> tuple[list[Part], int, bool]:
        """The parts, the offset where the multipart ends, and whether its closing delimiter came."""
        default = "message/rfc822" if head.content_type == "multipart/digest" else "text/plain"
        role = head.content_type.removeprefix("multipart/")
        children: list[Part] = []
        at = self._next_delimiter(body)
        while at < len(self.content):
            line = delimiter_text(self.content, at)
            if line == boundary + b"--":
                return children, self._line_end(at), True
            if line != boundary:
                break
            if self._made >= MAX_PARTS:
                self._left_out += 1
                at = self._next_delimiter(self._line_end(at))
                continue
            child_number = f"{number}.{len(children) + 1}" if number else str(len(children) + 1)
            child, at = self._read(
                self._line_end(at),
                number=child_number,
                depth=depth + 1,
                default=default,
                role=role if children or role != "related" else "",
            )
            children.append(child)
        return children, at, False

    def _line_end(self, position: int) -> int:
        return self.content.find(b"\n", position) + 1 or len(self.content)

    def _next_delimiter(self, position: int) -> int:
        """The offset of the next delimiter line of any open multipart, or the content's length.

        *position* is the beginning of a line.
        """
        content, size = self.content, len(self.content)
        if not self._boundaries:
            return size
        at = position if content.startswith(b"--", position) else content.find(b"\n--", position) + 1 or size
        while at < size and not is_delimiter(content, at, self._boundaries):
            at = content.find(b"\n--", at) + 1 or size
        return at


_TYPE = re.compile(r"[^\s/;,\"()<>]+/[^\s/;,\"()<>]+")
_NO_SEMICOLON = re.compile(rf"(\s*+{_TYPE.pattern})(?=\s++[\w*-]+\s*+=)")
_COMMENT = re.compile(r"\([^()]*\)")


class _Head:
    """What the fields of one part say about its body."""

    def __init__(self, fields: tuple[Field, ...], default: str) -> None:
        raw = {f.name.lower(): f.raw for f in reversed(fields) if f.name[:8].lower() == "content-"}
        written = raw.get("content-type", "")
        token, self.parameters = parse_parameters(written)
        self.problem = ""
        if match := _NO_SEMICOLON.match(written):
            token, self.parameters = parse_parameters(f"{match[0]};{written[match.end() :]}")
            self.problem = f"Content-Type has no semicolon after {token[:60]}; it is read as if it had one"
        self.content_type = token if _TYPE.fullmatch(token) else default
        if token and token != self.content_type:
            self.problem = f"Content-Type {token[:60]} is no type/subtype; the part is read as {default}"
        named = dict(self.parameters)
        self.charset = named.get("charset", "").strip().strip("'\"").lower()
        self.boundary = named.get("boundary", "").rstrip(" \t").encode("utf-8", "surrogateescape")
        token, parameters = parse_parameters(raw.get("content-disposition", ""))
        # RFC 2183 §2.8: an unknown disposition is an attachment.
        self.disposition = token if token in ("", "inline") else "attachment"
        self.filename = _bare_name(dict(parameters).get("filename") or named.get("name", ""))
        self.content_id = _token(raw.get("content-id", "")).strip("<>")
        self.encoding = _token(raw.get("content-transfer-encoding", "")).lower() or "7bit"


def _token(raw: str) -> str:
    return _COMMENT.sub("", unfold(raw[:1000]).partition(";")[0]).strip()


_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]")


def _bare_name(name: str) -> str:
    """*name* without directories, control characters and marks that hide its extension."""
    name = _HIDDEN.sub("", name.replace("\\", "/").rpartition("/")[2]).strip()
    return "" if name.strip(". ") == "" else name[:255]
