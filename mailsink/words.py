"""Text as a search sees it: without case and diacritics, as words, or as a chain of characters.

Knows no messages and no SQL. A store that keeps an index builds it with these functions, so that it finds
what they say. All of them are linear in the text and take any string.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

__all__ = ["MAX_TEXT", "MAX_WORD", "START", "marked", "plain", "words"]

# A longer word is known by its beginning: nobody types more, and what encoders write is never so short.
MAX_WORD = 64
# Of a text only so many characters are read. A megabyte is a thick book.
MAX_TEXT = 1_000_000
# Stands before each word in `marked`.
START = "\ue000"

# Scripts that write no spaces between words: each character is taken for a word, and a word for a phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_START = re.compile(rf"(?<![^\W_])(?=[^\W_])|(?=[{_UNSPACED}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Halves of characters cannot be stored, and the private characters mean something in an index.
_STRANGE = re.compile("[\ud800-\udfff\ue000-\ue0ff]")


def plain(text: str) -> str:
    """*text* without case and diacritics, each run of white space as one space, and none at the ends.

    Controls count as white space. Compatibility forms are what they stand for (Unicode's NFKD).
    """
    if not text.isprintable():
        text = _STRANGE.sub("\ufffd", _CONTROL.sub(" ", text))
    return " ".join((text.lower() if text.isascii() else _without_case(text)).split())


def marked(text: str) -> str:
    """`plain` with `START` before each word: where a text begins another one of these, a word begins."""
    return _START.sub(START, plain(text))


def words(text: str) -> list[str]:
    """The words of the first `MAX_TEXT` characters in order, each cut to `MAX_WORD` characters.

    A word is a run of letters and digits, without case and diacritics. Signs and ``_`` separate.
    """
    text = text[:MAX_TEXT]
    found = _ASCII_WORD.findall(text.lower()) if text.isascii() else _WORD.findall(_without_case(text))
    return [word if len(word) <= MAX_WORD else word[:MAX_WORD] for word in found]


def _without_case(text: str) -> str:
    # Marks go first: to bring a long run of them into order takes quadratic time.
    marks = _marks()
    bare = marks.sub("", unicodedata.normalize("NFKD", marks.sub("", text)))
    return unicodedata.normalize("NFC", bare.casefold())


@lru_cache(maxsize=1)
def _marks() -> re.Pattern[str]:
    """Every combining mark but the two that make another letter of a kana."""
    found = [
        chr(number)
        for number in range(0x300, min(0x1F000, sys.maxunicode))
        if unicodedata.combining(chr(number)) and number not in (0x3099, 0x309A)
    ]
    return re.compile(f"[{''.join(found)}]")
