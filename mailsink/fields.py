"""One header section: its fields, unfolded and decoded; addresses, dates and parameters in them.

Reads RFC 5322 as senders write it, with RFC 2047 and RFC 2231 on top. Knows no bodies. Nothing here
raises, whatever the octets, and everything is linear in its input.
"""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .charsets import codec_of, decode

__all__ = [
    "BYTE_ORDER_MARK",
    "MAX_ADDRESS_TEXT",
    "MAX_DECODED",
    "MAX_FIELDS",
    "Address",
    "Field",
    "Section",
    "base64_octets",
    "decode_words",
    "delimiter_text",
    "is_delimiter",
    "parse_addresses",
    "parse_date",
    "parse_parameters",
    "read_fields",
    "read_section",
    "unfold",
]

# No mail that means well comes near these; a hostile one must not cost more than its octets.
MAX_DECODED = 8192
MAX_FIELDS = 10_000
MAX_ADDRESS_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class Field:
    """A header field.

    *name* is as sent. *value* is unfolded and RFC 2047-decoded, on one line; a control character in it
    is U+FFFD. *raw* is the undecoded value with its folding, without the last line end. Of a field over
    8192 octets *value* holds the beginning only.
    """

    name: str
    value: str
    raw: str


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox in a header field: *name* is ``""`` when there is none, *address* is as written."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """Where a header section lies in the content: field spans, the body's offset, what was wrong.

    *spans* are (start, colon, end) offsets. *problems* are (offset, sentence).
    """

    spans: tuple[tuple[int, int, int], ...]
    body: int
    problems: tuple[tuple[int, str], ...]


# RFC 5322 §2.2 with the white space before the colon of §4.5.
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+(:)[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)")
_BLANK = re.compile(rb"\r?\n")
_SKIPPED_FIRST = re.compile(rb">?From [^\n]*+\n|[ \t][^\n]*+\n")
_END = re.compile(rb"\n(?=\r?\n)")
# Editors put it before what they write, and templates are sent with it.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_section(content: bytes, start: int = 0, stops: frozenset[bytes] = frozenset()) -> Section:
    """Find the fields of the header section that begins at *start*.

    It ends at the first blank line, at a line that is no field, or at a delimiter line of one of the
    boundaries in *stops*.
    """
    spans: list[tuple[int, int, int]] = []
    problems: list[tuple[int, str]] = []
    position = start
    size = len(content)
    if not start and content.startswith(BYTE_ORDER_MARK):
        problems.append((0, "There is a byte order mark before the header section"))
        position += len(BYTE_ORDER_MARK)
    if skipped := _SKIPPED_FIRST.match(content, position):
        if content[position : position + 1] in b" \t":
            problems.append((position, "The first line is a continuation line with nothing to continue"))
        position = skipped.end()
    while position < size:
        if stops and is_delimiter(content, position, stops):
            problems.append((position, "The header section has no blank line after it"))
            return Section(tuple(spans), position, tuple(problems))
        match = _FIELD.match(content, position)
        if match is None:
            break
        if len(spans) == MAX_FIELDS:
            problems.append((position, f"Only the first {MAX_FIELDS} header fields are read"))
            end = _END.search(content, position)
            position = end.end() if end else size
            break
        spans.append((position, match.start(2), match.end()))
        position = match.end()
    blank = _BLANK.match(content, position)
    if blank:
        position = blank.end()
    elif not spans and position < size:
        problems.append((position, "There is no header section: the first line is no header field"))
    elif position < size:
        problems.append((position, "A line in the header section is no header field: the body begins there"))
    return Section(tuple(spans), position, tuple(problems))


def is_delimiter(content: bytes, position: int, boundaries: frozenset[bytes]) -> bool:
    """Whether the line at *position* opens or closes a part of one of *boundaries* (RFC 2046 §5.1.1)."""
    if content[position : position + 2] != b"--":
        return False
    line = delimiter_text(content, position)
    return line in boundaries or (line[-2:] == b"--" and line[:-2] in boundaries)


def delimiter_text(content: bytes, position: int) -> bytes:
    """What follows ``--`` on the line at *position*, without white space at its end; 1000 octets at most."""
    end = content.find(b"\n", position, position + 1000)
    return content[position + 2 : end if end >= 0 else position + 1000].rstrip(b" \t\r")


def read_fields(content: bytes, section: Section) -> tuple[Field, ...]:
    """The fields of *section*, decoded, in order."""
    return tuple(_field(content, *span) for span in section.spans)


def _field(content: bytes, start: int, colon: int, end: int) -> Field:
    octets = content[colon + 1 : end]
    raw = decode(octets.removesuffix(b"\n").removesuffix(b"\r"))
    name = content[start:colon].rstrip(b" \t").decode("ascii", "replace")
    head = raw if len(octets) <= MAX_DECODED else decode(octets[:MAX_DECODED])
    return Field(name, one_line(decode_words(unfold(head))), raw)


_FOLD = re.compile(r"\r?\n[ \t]")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def unfold(raw: str) -> str:
    """*raw* on one line, without white space at its ends (RFC 5322 §2.2.3)."""
    return _FOLD.sub(" ", raw).strip(" \t\r\n") if "\n" in raw else raw.strip(" \t\r\n")


def one_line(text: str) -> str:
    """*text* with each control character but TAB as U+FFFD: nothing in it can end a line."""
    return text if text.isprintable() else _CONTROL.sub("\ufffd", text)


# --- encoded words, RFC 2047 -------------------------------------------------------------------------

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?\n]*+)\?=")


def decode_words(text: str) -> str:
    """*text* with its encoded words decoded (RFC 2047).

    White space between two of them goes. Neighbours of one charset are joined before they are decoded,
    for senders that cut a character in two.
    """
    if "=?" not in text:
        return text
    return "".join(_decoded_runs(text))


def _decoded_runs(text: str) -> Iterator[str]:
    done = 0
    charset = ""
    octets: list[bytes] = []
    for match in _WORD.finditer(text):
        between = text[done : match.start()]
        label = match.group(1)
        if octets and (between.strip() or label.lower() != charset.lower()):
            yield decode(b"".join(octets), charset)
            octets = []
            between = between if between.strip() else ""
            yield between
        elif not octets:
            yield between
        charset = label
        octets.append(_word_octets(label, match.group(2), match.group(3)))
        done = match.end()
    if octets:
        yield decode(b"".join(octets), charset)
    yield text[done:]


def _word_octets(label: str, encoding: str, text: str) -> bytes:
    # Senders leave letters unencoded in a word; the section's reader has made characters of them.
    octets = text.encode("ascii" if text.isascii() else codec_of(label) or "utf-8", "replace")
    if encoding in "Bb":
        return base64_octets(octets)[0]
    return binascii.a2b_qp(octets, header=True)


_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)


def base64_octets(octets: bytes) -> tuple[bytes, bool]:
    """*octets* decoded from base64 as far as they go, and whether they were sound (RFC 2045 §6.8).

    Characters outside of the alphabet are skipped, padding may be missing or stand between pieces.
    """
    letters = octets.translate(None, _NOT_BASE64)
    body = letters.rstrip(b"=")
    sound = (
        len(letters) % 4 == 0
        and len(letters) - len(body) <= 2
        and len(letters) >= len(octets.translate(None, b" \t\r\n"))
    )
    if b"=" not in body:
        return _base64_piece(body), sound
    pieces = body.split(b"=", 1000)
    pieces[-1] = pieces[-1].replace(b"=", b"")
    return b"".join(map(_base64_piece, pieces)), False


def _base64_piece(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


# --- parameters, RFC 2045 §5.1 and RFC 2231 ----------------------------------------------------------

_PARAMETER = re.compile(
    r"""[\s;]*+ ([^\s;="]*+) \s*+ (?: =\s*+ (?: "((?:[^"\\]|\\.)*+)"?+ | ([^;\s]*+) ) )?+ [^;]*+ """,
    re.VERBOSE | re.DOTALL,
)


def parse_parameters(raw: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The token before the first ``;`` in lower case, and the parameters after it, decoded.

    Names are lower case; of a name that comes twice the first counts. RFC 2231 pieces are joined.
    Only the first 8192 characters are read.
    """
    text = unfold(raw[:MAX_DECODED])
    token, _, rest = text.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    while position < len(rest):
        match = _PARAMETER.match(rest, position)
        assert match is not None  # every piece of it is optional
        position = max(match.end(), position + 1)
        quoted, plain = match.group(2), match.group(3)
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        if match.group(1) and value is not None:
            _add_piece(pieces, match.group(1).lower(), value)
    token = re.sub(r"\([^()]*\)", "", token).strip().lower()
    return token, tuple((name, _joined(parts)) for name, parts in pieces.items())


_PIECE_NAME = re.compile(r"([^*]+)(?:\*(\d{1,5}))?(\*)?")


def _add_piece(pieces: dict[str, dict[int, tuple[str, bool]]], name: str, value: str) -> None:
    match = _PIECE_NAME.fullmatch(name)
    if match is None:
        return
    # An extended value (RFC 2231 §4) beats the plain one that senders put beside it for old readers.
    index = int(match.group(2)) if match.group(2) else (-1 if match.group(3) else -2)
    pieces.setdefault(match.group(1), {}).setdefault(index, (value, bool(match.group(3))))


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    if -1 in parts:
        chosen = [parts[-1]]
    elif 0 in parts:
        chosen = [parts[i] for i in sorted(parts) if i >= 0]
    elif -2 in parts:
        return one_line(decode_words(parts[-2][0]))
    else:
        chosen = [parts[i] for i in sorted(parts)]
    charset = ""
    first, extended = chosen[0]
    if extended and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
        chosen[0] = (first, True)
    octets = b"".join(
        _percent_decoded(value) if is_extended else value.encode("utf-8", "replace")
        for value, is_extended in chosen
    )
    return one_line(decode(octets, charset))


def _percent_decoded(value: str) -> bytes:
    octets = value.encode("utf-8", "replace")
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match.group(1).decode()), octets)


# --- addresses, RFC 5322 §3.4 ------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
      (?P<word> =\?[^?\s]{1,80}\?[BbQq]\?[^?\s]*+\?= )
    | "(?P<quoted> (?:[^"\\]|\\.)*+ )(?:"|\\?\Z)
    | (?P<angle> < )
    | (?P<open> \( )
    | (?P<separator> [,;:] )
    | (?P<space> \s++ )
    | (?P<literal> \[[^\[\]\s]{0,80}\] )
    | (?P<atom> [^\s"(<,;:=\[]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ANGLE_QUOTED = re.compile(r'<((?:"(?:[^"\\]|\\.)*+"|[^>"])*+)>', re.DOTALL)
_ANGLE = re.compile(r"<([^<>]*+)>?")
_COMMENT = re.compile(r"[()]|\\.")
_LOOSE = re.compile(r"[^\s<>(),;:\"]++")


def parse_addresses(raw: str) -> tuple[Address, ...]:
    """The mailboxes in an address field's raw value, in order; groups are flattened.

    Reads on after mistakes. Only the first MiB is read.
    """
    text = unfold(raw[:MAX_ADDRESS_TEXT])
    found = tuple(_mailboxes(text))
    if "@" not in text or any(mailbox.address for mailbox in found):
        return found
    return tuple(Address("", one_line(word)) for word in _LOOSE.findall(text) if "@" in word)


class _Mailbox:
    """What was read of one mailbox so far."""

    __slots__ = ("address", "comment", "named", "spec", "words")

    def __init__(self) -> None:
        self.words: list[str] = []  # the display name, decoded when it is done
        self.spec: list[str] = []  # the same as written: holds the address when there is none in <>
        self.address: str | None = None
        self.comment = ""
        self.named = 0  # how many words stood before the address

    def split(self) -> Address | None:
        """The mailbox as it was at its address; what came after that begins another."""
        later = self.words[self.named :]
        del self.words[self.named :]
        before = self.done()
        self.words, self.spec, self.address, self.comment = later, [], None, ""
        return before

    def add(self, name: str, spec: str) -> None:
        self.words.append(name)
        self.spec.append(spec)

    def done(self) -> Address | None:
        """The mailbox, or ``None`` when nothing was read."""
        name, address = "".join(self.words), self.address
        if address is None:
            name, address = self._without_angle(name)
        name = " ".join(one_line(decode_words(name or self.comment)).split())
        return Address(name, one_line(address)) if address or name else None

    def _without_angle(self, name: str) -> tuple[str, str]:
        spec = re.sub(r" ?([@.]) ?", r"\1", "".join(self.spec).strip())
        if "@" not in spec:
            # A name in a comment stands after an address: cron writes "root (Cron Daemon)".
            return ("", spec) if self.comment and " " not in spec else (name, "")
        if '"' in spec or " " not in spec:
            return "", spec
        words = spec.split()
        address = next(word for word in words if "@" in word)
        words.remove(address)
        return " ".join(words), address


def _mailboxes(text: str) -> Iterator[Address]:
    box = _Mailbox()
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # its last "." matches whatever is left
        kind = match.lastgroup
        position = match.end()
        if kind == "angle":
            position, before = _read_angle(text, match.start(), box)
            if before:
                yield before
        elif kind == "open":
            position = _read_comment(text, match.start(), box)
        elif kind != "separator":
            _read_word(kind, match, box)
        elif match.group() == ":":
            box = _Mailbox()  # what was read is a group's name
        else:
            if address := box.done():
                yield address
            box = _Mailbox()
    if address := box.done():
        yield address


def _read_word(kind: str | None, match: re.Match[str], box: _Mailbox) -> None:
    token = match.group()
    if kind == "space":
        box.add(" ", " ")
    elif kind == "quoted":
        box.add(re.sub(r"\\(.)", r"\1", match.group("quoted")), token)
    else:
        box.add(token, token)


def _read_angle(text: str, start: int, box: _Mailbox) -> tuple[int, Address | None]:
    """The offset after the address, and the mailbox before it that no comma ended."""
    # 320: a local part and a domain at their longest (RFC 5321 §4.5.3.1); beyond, quotes do not hide a ">".
    match = _ANGLE_QUOTED.match(text, start, start + 320) or _ANGLE.match(text, start)
    assert match is not None  # _ANGLE matches every "<"
    address = match.group(1).strip()
    if address.startswith("@") and ":" in address:  # an obsolete route
        address = address.rpartition(":")[2]
    before = None
    if box.address and "@" in address:
        if "@" in box.address:
            before = box.split()
        else:
            box.add(f"<{box.address}>", "")  # was a word in brackets, which belongs to the name
            box.address = None
    if box.address is None:
        box.address = address
        box.named = len(box.words)
    return match.end(), before


def _read_comment(text: str, start: int, box: _Mailbox) -> int:
    depth = 0
    for match in _COMMENT.finditer(text, start):
        if match.group() == "(":
            depth += 1
        elif match.group() == ")":
            depth -= 1
        if not depth:
            box.comment = box.comment or text[start + 1 : match.start()]
            return match.end()
    return len(text)


# --- dates, RFC 5322 §3.3 and §4.3 -------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
}
_DATE = re.compile(
    r"(\d{1,2})[ \t-]+([A-Za-z]{3})[A-Za-z]*[ \t,-]+(\d{2,4})[ \t]+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"(?:\.\d{1,9})?[ \t]*(?:([+-])(\d{2}):?(\d{2})|([A-Za-z]{1,5}))?"
)


def parse_date(value: str) -> dt.datetime | None:
    """*value* as an aware UTC datetime, or ``None`` when it is no date. No zone counts as UTC."""
    match = _DATE.search(re.sub(r"\([^()]*\)", "", value[:200]))
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes, zone = match.groups()
    offset = _ZONES.get((zone or "").lower(), 0)
    if sign:
        offset = (int(zone_hours) * 60 + int(zone_minutes)) * (-1 if sign == "-" else 1)
    try:
        local = dt.datetime(
            _year(year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second or 0), 59),  # a leap second
            tzinfo=dt.UTC,
        )
        return local - dt.timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None


def _year(text: str) -> int:
    """RFC 5322 §4.3: two digits mean 2000 to 2049 or 1950 to 1999, three count from 1900."""
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year
