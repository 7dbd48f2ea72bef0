"""Labels as senders write them."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink import charsets
from mailsink.charsets import clean, codec_of, decode


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        (b"caf\xc3\xa9", "utf-8", "café"),
        (b"caf\xc3\xa9", "", "café"),
        (b"caf\xe9", "", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xc3\xa9", "x-unknown", "café"),
        (b"caf\xe9", "x-unknown", "café"),
        (b"caf\xe9 \xff", "utf-8", "caf\ufffd \ufffd"),
        ("é".encode() + b"\xff", "", "é\ufffd"),
        (b"\x93hi\x94\x81", "iso-8859-1", "“hi”\x81"),
        ("镕".encode("gb18030"), "gb2312", "镕"),
        ("日本".encode("iso2022_jp"), "ISO-2022-JP", "日本"),
        ("①".encode("cp932"), "Shift_JIS", "①"),
        ("Привет".encode("koi8-r"), "KOI8-R", "Привет"),
        ("Ł".encode("iso8859-2"), "iso_8859-2", "Ł"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"\xffa", "euc-jp", "\ufffda"),
    ],
)
def test_text_is_read_by_its_label(octets, label, text):
    assert decode(octets, label) == text


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "undefined", "unicode-escape", "hex", "rot13", "zlib", "os.path", "\0"]
)
def test_python_codecs_that_are_no_charsets_are_unknown(label):
    assert codec_of(label) == ""


def test_every_codec_in_the_table_is_pythons():
    for codec in set(charsets._CODECS.values()):
        codecs.lookup(codec)


@given(st.binary(max_size=60), st.one_of(st.text(max_size=12), st.sampled_from(sorted(charsets._CODECS))))
def test_any_octets_with_any_label_give_text_that_can_be_encoded(octets, label):
    decode(octets, label).encode()


@given(st.text(st.characters()))
def test_clean_text_can_be_encoded_and_keeps_its_length(text):
    assert len(clean(text)) == len(text)
    clean(text).encode()
