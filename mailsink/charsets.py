"""Octets of any label to clean text; never raises.

Knows no MIME structure. Labels go through a fixed table and never to ``codecs.lookup``: that one would
import by the name a sender chose, and keep each name it failed on.
"""

from __future__ import annotations

import re

__all__ = ["clean", "codec_of", "decode"]

_SURROGATE = re.compile("[\ud800-\udfff]")

# What senders write against what they mean: the WHATWG's supersets of the registered names.
_CODECS = {
    "": "utf-8",
    "ascii": "utf-8",
    "usascii": "utf-8",
    "ansix341968": "utf-8",
    "7bit": "utf-8",
    "8bit": "utf-8",
    "unicode11utf8": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf7": "utf-7",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "utf32le": "utf-32-le",
    "utf32be": "utf-32-be",
    "latin1": "cp1252",
    "l1": "cp1252",
    "iso88591": "cp1252",
    "iso885911": "cp874",
    "iso88598i": "iso8859-8",
    "iso88599": "cp1254",
    "latin5": "cp1254",
    "latin2": "iso8859-2",
    "latin9": "iso8859-15",
    "macintosh": "mac-roman",
    "mac": "mac-roman",
    "maccyrillic": "mac-cyrillic",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "koi8t": "koi8-t",
    "ptcp154": "ptcp154",
    "viscii": "cp1258",
    "tis620": "cp874",
    "windows874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "euccn": "gb18030",
    "gb231280": "gb18030",
    "chinese": "gb18030",
    "gb18030": "gb18030",
    "hz": "hz",
    "hzgb2312": "hz",
    "big5": "cp950",
    "cnbig5": "cp950",
    "cp950": "cp950",
    "big5hkscs": "big5hkscs",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "ms932": "cp932",
    "cp932": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc-jp",
    "xeucjp": "euc-jp",
    "iso2022jp": "iso2022_jp_ext",
    "iso2022jp1": "iso2022_jp_1",
    "iso2022jp2": "iso2022_jp_2",
    "iso2022jp3": "iso2022_jp_3",
    "iso2022jp2004": "iso2022_jp_2004",
    "iso2022jpms": "iso2022_jp_ext",
    "iso2022kr": "iso2022_kr",
    "euckr": "cp949",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "uhc": "cp949",
    "cp949": "cp949",
    "windows949": "cp949",
    "johab": "johab",
}
_CODECS |= {f"iso8859{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
_CODECS |= {f"{p}{n}": f"cp{n}" for n in range(1250, 1259) for p in ("windows", "cp", "xcp", "win")}
_CODECS |= {f"{p}{n}": f"cp{n}" for n in (437, 850, 852, 855, 858, 862, 866, 874) for p in ("cp", "ibm")}


def clean(text: str) -> str:
    """*text* with each lone surrogate replaced by U+FFFD, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def codec_of(label: str) -> str:
    """The codec for the charset *label*, ``""`` when we know none. Case and punctuation do not count."""
    key = re.sub(r"[^a-z0-9]", "", label[:60].lower())
    return _CODECS.get(key, "") if key or not label.strip() else ""


def decode(octets: bytes, label: str = "") -> str:
    """*octets* as clean text by the charset *label*, or by the nearest reading that shows something.

    Unknown labels and unlabelled 8-bit text are read as UTF-8 if they are that, else as cp1252.
    """
    if octets.isascii() and label.lower() in ("", "utf-8", "us-ascii"):
        return octets.decode("ascii")
    codec = codec_of(label)
    if codec in ("", "utf-8"):
        return _utf8_or_western(octets, declared="utf" in label.lower())
    return clean(_lenient(octets, codec))


def _utf8_or_western(octets: bytes, *, declared: bool) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        # One broken octet in UTF-8 is damage; one that cannot begin any is another charset.
        if declared or _mostly_utf8(octets, error.start):
            return octets.decode("utf-8", "replace")
        return _western(octets)


def _mostly_utf8(octets: bytes, good: int) -> bool:
    """Whether the octets before the first wrong one already held UTF-8."""
    return not octets[:good].isascii()


def _lenient(octets: bytes, codec: str) -> str:
    if codec == "cp1252":
        return _western(octets)
    return octets.decode(codec, "replace")


# cp1252 with its five empty places as the C1 controls of ISO 8859-1, as browsers read it.
_WESTERN = {n: c for n in range(128, 160) if (c := bytes([n]).decode("cp1252", "replace")) != "\ufffd"}


def _western(octets: bytes) -> str:
    return octets.decode("latin-1").translate(_WESTERN)
