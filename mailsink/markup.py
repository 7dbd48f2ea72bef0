"""HTML as text: tags, attributes, and what a reader sees of it.

A tokenizer of our own, because ``html.parser`` of some supported Pythons takes quadratic time on broken
markup. It follows the HTML standard where mail depends on it, never raises and is linear. Nothing is
made safe to show here: that is the quarantine's task.
"""

from __future__ import annotations

import html
import html.entities
import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Raw", "Tag", "scan", "tokens", "unescape", "visible_text", "without_frames"]


class Tag(NamedTuple):
    """A start or end tag. *name* and attribute names are lower case, attribute values unescaped."""

    name: str
    attributes: dict[str, str]
    is_end: bool


class Raw(NamedTuple):
    """What an element holds whose content is no markup, such as a style's rules; *name* is the element's."""

    name: str
    text: str


_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+ ([^\s/>][^\s/>=]*+) (?: \s*+ = \s*+ (?: "([^"]*+)" | '([^']*+)' | ([^\s>]*+) ) )?+""",
    re.VERBOSE,
)
_TAG_END = re.compile(r"[\s/]*+>")
# Elements whose content is no markup; readers see none of it.
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "xmp", "iframe", "noembed", "noframes", "textarea")
}


def tokens(text: str) -> Iterator[str | Tag]:
    """The runs of text, unescaped, and the tags in *text*, in order.

    Comments, declarations and the content of scripts and styles are left out. Markup that does not end
    swallows the rest, as in browsers.
    """
    for token in scan(text):
        if not isinstance(token, Raw):
            yield token


def scan(text: str) -> Iterator[str | Tag | Raw]:
    """The same with the content of scripts and styles, each after its tag."""
    position = 0
    while position < len(text):
        less = text.find("<", position)
        if less < 0:
            yield unescape(text[position:])
            return
        if less > position:
            yield unescape(text[position:less])
        match = _TAG.match(text, less)
        if match is None:
            position = _after_odd(text, less)
            if position == less + 1:
                yield "<"
            continue
        position = match.end()
        if text.startswith(">", position):
            attributes: dict[str, str] = {}
            position += 1
        else:
            attributes, position = _attributes(text, position)
        name = match.group(2).lower()
        if position < 0:
            return
        yield Tag(name, attributes, bool(match.group(1)))
        if name in _RAW and not match.group(1):
            found = _RAW[name].search(text, position)
            end = found.start() if found else len(text)
            yield Raw(name, text[position:end])
            position = end


def _after_odd(text: str, less: int) -> int:
    """The offset after a ``<`` that opens no tag: a comment, a declaration, or the character itself."""
    if text.startswith("<!--", less):
        end = text.find("-->", less + 2)
        return end + 3 if end >= 0 else len(text)
    if text[less + 1 : less + 2] in ("!", "?", "/"):
        end = text.find(">", less)
        return end + 1 if end >= 0 else len(text)
    return less + 1


def _attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes from *position* on and the offset after the tag, -1 when it does not end."""
    found: dict[str, str] = {}
    while True:
        if end := _TAG_END.match(text, position):
            return found, end.end()
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            return found, -1
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match.group(1).lower(), _unescape_attribute(value))
        position = match.end()


# int() refuses decimal strings over 4300 digits, and html.unescape passes it any.
_ENDLESS = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31}+);?")


def unescape(text: str) -> str:
    """*text* with its character references replaced; one that is no character is U+FFFD."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _ENDLESS.sub("\ufffd", text)
    return html.unescape(text)


def _unescape_attribute(value: str) -> str:
    """As unescape, but ``&section=`` in a URL stays what it is (HTML standard, §13.2.5.73)."""
    if "&" not in value:
        return value
    return _REFERENCE.sub(_reference, _ENDLESS.sub("\ufffd", value))


def _reference(match: re.Match[str]) -> str:
    text = match.group()
    if text[1] != "#" and not text.endswith(";"):
        follows = match.string[match.end() : match.end() + 1]
        if follows == "=" or text[1:] not in html.entities.html5:
            return text
    return html.unescape(text)


_PARAGRAPHS = frozenset(
    (
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "table",
        "blockquote",
        "pre",
        "section",
        "article",
        "header",
        "footer",
        "hr",
        "form",
        "fieldset",
    )
)
_BLOCKS = frozenset(
    (
        "address",
        "aside",
        "body",
        "center",
        "dd",
        "div",
        "dt",
        "figure",
        "figcaption",
        "li",
        "main",
        "nav",
        "tr",
        "caption",
    )
)
_SPACED = frozenset(("td", "th", "option", "button"))
_WHITE = re.compile(r"[ \t\r\n\f]+")


def visible_text(text: str, *, limit: int = 0) -> str:
    """What a reader sees of the HTML in *text*: block elements break lines, images give their alt text.

    White space is folded outside of ``pre``. With a *limit* reading stops soon after so many characters.
    """
    page = _Page()
    preformatted = 0
    for token in tokens(text):
        if isinstance(token, str):
            if preformatted > 0:
                page.write(token.replace("\r\n", "\n"), verbatim=True)
            else:
                page.write(_WHITE.sub(" ", token))
            if limit and page.size > limit:
                break
            continue
        if token.name == "pre":
            preformatted += -1 if token.is_end else 1
        _lay_out(page, token)
    return page.text()


def _lay_out(page: _Page, tag: Tag) -> None:
    if tag.name in _PARAGRAPHS:
        page.end_line(2)
    elif tag.name == "br":
        page.break_line()
    elif tag.name in _BLOCKS:
        page.end_line(1)
    elif tag.name in _SPACED:
        page.write(" ")
    elif tag.name == "img" and (alt := tag.attributes.get("alt", "")):
        page.write(_WHITE.sub(" ", alt))


class _Page:
    """Text as it is laid out: knows whether a line or a space is due."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._newlines = 2  # at the end of what is written; the top counts as a paragraph's end
        self._spaced = False
        self.size = 0

    def write(self, text: str, *, verbatim: bool = False) -> None:
        if not verbatim and (self._newlines or self._spaced):
            text = text.lstrip(" ")
        if not text:
            return
        self._pieces.append(text)
        self.size += len(text)
        self._newlines = int(text.endswith("\n"))
        self._spaced = text.endswith(" ")

    def end_line(self, newlines: int) -> None:
        """See to it that at least *newlines* line ends stand here."""
        if self._newlines < newlines:
            self._pieces.append("\n" * (newlines - self._newlines))
            self._newlines = newlines

    def break_line(self) -> None:
        if self.size:
            self._pieces.append("\n")
            self._newlines += 1

    def text(self) -> str:
        text = "".join(self._pieces).replace("\xa0", " ")
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<! ) ++\n", "\n", text)).strip()


_FRAME = re.compile(r"<(/?)(i?frame)(?=[\s/>])", re.IGNORECASE)


def without_frames(text: str) -> str:
    """HTML whose frames are elements that show nothing and lead nowhere.

    A policy stops a frame from loading, and yet Chromium has then looked up and connected to its server.
    """
    return _FRAME.sub(lambda found: f"<{found[1]}{'template' if len(found[2]) == 6 else 'x-frame'}", text)
