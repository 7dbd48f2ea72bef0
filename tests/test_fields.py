"""Header sections, encoded words, addresses, dates and parameters."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.fields import (
    Address,
    base64_octets,
    decode_words,
    parse_addresses,
    parse_date,
    parse_parameters,
    read_fields,
    read_section,
)


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ("a@example.org", [("", "a@example.org")]),
        ("Jo Doe <a@example.org>", [("Jo Doe", "a@example.org")]),
        ('"Doe, Jo" <a@example.org>, b@example.org', [("Doe, Jo", "a@example.org"), ("", "b@example.org")]),
        (r'"J \"x\" D" <a@example.org>', [('J "x" D', "a@example.org")]),
        ("a@example.org (Jo (the) Doe)", [("Jo (the) Doe", "a@example.org")]),
        (
            "team: a@example.org, b@example.org;, c@example.org",
            [("", "a@example.org"), ("", "b@example.org"), ("", "c@example.org")],
        ),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?Doe,_J=C3=B6?= <a@example.org>", [("Doe, Jö", "a@example.org")]),
        ('"=?utf-8?b?w7w=?=" <a@example.org>', [("ü", "a@example.org")]),
        ("a@[IPv6:2001:db8::1]", [("", "a@[IPv6:2001:db8::1]")]),
        ('<"a>b"@example.org>', [("", '"a>b"@example.org')]),
        ('"a b"@example.org', [("", '"a b"@example.org')]),
        ("<@one.example:a@example.org>", [("", "a@example.org")]),
        ("a @ example . org", [("", "a@example.org")]),
        ("Jo Doe a@example.org", [("Jo Doe", "a@example.org")]),
        ("Jo Doe", [("Jo Doe", "")]),
        ("root (Cron Daemon)", [("Cron Daemon", "root")]),
        ("Jo Doe (the one)", [("Jo Doe", "")]),
        ("a@b.example <a@example.org>", [("a@b.example", "a@example.org")]),
        ("<a@example.org", [("", "a@example.org")]),
        ("Jo (x <a@example.org>", [("", "a@example.org")]),
        ("a@example.org; b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        (
            "Bob <b@example.org> Cy Doe <c@example.org>",
            [("Bob", "b@example.org"), ("Cy Doe", "c@example.org")],
        ),
        ("<a@example.org> <b@example.org>", [("", "a@example.org"), ("", "b@example.org")]),
        ("Ada <CEO> <a@example.org>", [("Ada <CEO>", "a@example.org")]),
        ("<a@example.org> Ada", [("Ada", "a@example.org")]),
        (",,", []),
        ("", []),
        ("<>", []),
    ],
)
def test_addresses_are_read_as_senders_write_them(raw, addresses):
    assert parse_addresses(raw) == tuple(Address(*pair) for pair in addresses)


@given(st.text(alphabet='<>"(),:;@ab =?\\[] \r\n'))
def test_any_address_field_is_read(raw):
    for address in parse_addresses(raw):
        assert address.name or address.address


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?a_b?= =?utf-8?q?_c?=", "a b c"),
        ("=?utf-8?q?=C3?= =?UTF-8?q?=BC?=", "ü"),
        ("x =?utf-8?q?a?= y", "x a y"),
        ("=?utf-8?q?a?= =?iso-8859-1*en?q?=e9?=", "aé"),
        ("=?utf-8?q?a?==?utf-8?b?Yg?=", "ab"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a b?=", "a b"),
        ("=?none?q?a?=", "a"),
        ("=?utf-8?q?a?= z =?utf-8?q?b?=", "a z b"),
        ("=?iso-8859-1?q?Fr\u00f6sche?=", "Fr\u00f6sche"),
        ("=?koi8-r?q?\u043f=D0?=", "\u043f\u043f"),
        ("=?utf-8?q?\u00f6?=", "\u00f6"),
    ],
)
def test_encoded_words_are_decoded(text, decoded):
    assert decode_words(text) == decoded


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("Text/HTML; Charset=utf-8", ("text/html", {"charset": "utf-8"})),
        (' text/plain ; charset="utf-8" ; x="a;\\"b"', ("text/plain", {"charset": "utf-8", "x": 'a;"b'})),
        ("attachment; filename*=utf-8''%C3%BC.txt; filename=u.txt", ("attachment", {"filename": "ü.txt"})),
        (
            "attachment; filename*0*=utf-8''a%20; filename*1=b; filename*2*=%63",
            ("attachment", {"filename": "a bc"}),
        ),
        ("attachment; filename*1=b; filename*0=a", ("attachment", {"filename": "ab"})),
        ('attachment; filename="=?utf-8?q?=C3=BC?="', ("attachment", {"filename": "ü"})),
        ("attachment; filename=a b.txt", ("attachment", {"filename": "a"})),
        ("attachment; filename*2=b; filename*1=a; *=x", ("attachment", {"filename": "ab"})),
        ("attachment; filename*=%zz%41", ("attachment", {"filename": "%zzA"})),
        ("text/plain (comment); a=b", ("text/plain", {"a": "b"})),
        ("text/plain; a=1; A=2; b", ("text/plain", {"a": "1"})),
        ('text/plain; a="unterminated', ("text/plain", {"a": "unterminated"})),
        ("", ("", {})),
    ],
)
def test_parameters_are_decoded(raw, parsed):
    token, parameters = parse_parameters(raw)

    assert (token, dict(parameters)) == parsed


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Tue, 24 Nov 2026 04:29:02 -0800", "2026-11-24T12:29:02"),
        ("24 Nov 26 04:29 EST", "2026-11-24T09:29:00"),
        ("24 Nov 98 04:29:60 GMT (comment)", "1998-11-24T04:29:59"),
        ("Tue, 24 November 2026 04:29:02", "2026-11-24T04:29:02"),
        ("1 Jan 101 00:00 +01:30", "2000-12-31T22:30:00"),
    ],
)
def test_date_is_read_in_utc(value, date):
    assert parse_date(value) == dt.datetime.fromisoformat(f"{date}+00:00")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "32 Nov 2026 04:29",
        "24 Xyz 2026 04:29",
        "1 Jan 0001 00:00 +0100",
        "24 Nov 2026 25:00",
    ],
)
def test_what_is_no_date_is_none(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("octets", "decoded", "is_sound"),
    [
        (b"YWJj", b"abc", True),
        (b"YWI=", b"ab", True),
        (b"YW\r\nJj", b"abc", True),
        (b"YWI", b"ab", False),
        (b"YQ==YQ==", b"aa", False),
        (b"Y!WJj", b"abc", False),
        (b"YWJjZ", b"abc", False),
        (b"", b"", True),
        (b"====", b"", False),
    ],
)
def test_base64_is_decoded_as_far_as_it_goes(octets, decoded, is_sound):
    assert base64_octets(octets) == (decoded, is_sound)


def test_white_space_before_the_colon_is_no_part_of_the_name():
    content = b"Subject \t: x\r\n\r\n"

    assert read_fields(content, read_section(content))[0].name == "Subject"


def test_a_byte_order_mark_hides_no_field():
    content = b"\xef\xbb\xbfSubject: x\r\n\r\ny"
    section = read_section(content)

    assert [field.name for field in read_fields(content, section)] == ["Subject"]
    assert content[section.body :] == b"y"


def test_fields_over_10000_are_left_out_and_the_body_is_still_found():
    content = b"X: y\r\n" * 10_001 + b"\r\nbody"

    section = read_section(content)

    assert len(section.spans) == 10_000
    assert content[section.body :] == b"body"
    assert section.problems == ((60_000, "Only the first 10000 header fields are read"),)
