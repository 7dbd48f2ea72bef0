"""Paths as clients write them, and the sentences that wrong ones are answered with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.address import PathError, parse_parameters, parse_path, same_address, split_address, tag_of
from mailsink.model import Parameter


@pytest.mark.parametrize(
    ("argument", "path", "rest"),
    [
        ("<a@example.org>", "a@example.org", ""),
        (" <a@example.org> SIZE=1  BODY=8BITMIME ", "a@example.org", "SIZE=1  BODY=8BITMIME"),
        ("a@example.org SIZE=1", "a@example.org", "SIZE=1"),
        ("<@one.example,@two.example:a@example.org>", "a@example.org", ""),
        ('<"a > b"@example.org> X', '"a > b"@example.org', "X"),
        (r'<"a\"b"@example.org>', r'"a\"b"@example.org', ""),
        ('<"a@b"@example.org>', '"a@b"@example.org', ""),
        ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", ""),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]", ""),
        ("<postmaster>", "postmaster", ""),
        ("<ünï@exämple.example>", "ünï@exämple.example", ""),
        ("<a\udcff@example.org>", "a\udcff@example.org", ""),
        ("<a..b.@example.org>", "a..b.@example.org", ""),
        ("<a+tag/x=y@example.org>", "a+tag/x=y@example.org", ""),
    ],
)
def test_path_is_kept_verbatim(argument, path, rest):
    assert parse_path(argument) == (path, rest)


def test_null_path_is_read_where_it_is_allowed():
    assert parse_path("<> RET=HDRS", null_ok=True) == ("", "RET=HDRS")


@pytest.mark.parametrize(
    ("argument", "code", "sentence"),
    [
        ("", 501, "The path is missing: it must be a mailbox in angle brackets"),
        ("<>", 553, "The null path <> is allowed in MAIL only"),
        ("<a@example.org", 501, "The path has no closing >"),
        ("<a@example.org>junk", 501, "A space must follow the closing > of the path"),
        ("<a b@example.org>", 553, "The mailbox has a space outside of quotes"),
        ("<@example.org>", 553, "The local part before the @ is empty"),
        ("<a@>", 553, "The domain after the @ is empty"),
        ("<a@b@example.org>", 553, "The mailbox has two @ signs: quote the local part"),
        ("<a,b@example.org>", 553, "The mailbox has a character that must be quoted"),
        ("a@b@example.org", 553, "The mailbox has no domain, or two @ signs"),
        ("a@example.org>", 501, "The path must be a mailbox in angle brackets"),
        (",", 553, "The path must be a mailbox in angle brackets"),
        ("<a\0@example.org>", 501, "The path has a control character in it"),
        ("<a@example.org\r\nRCPT>", 501, "The path has a control character in it"),
        ('<"a@example.org>', 501, "The path has no closing >"),
    ],
)
def test_wrong_path_is_explained(argument, code, sentence):
    with pytest.raises(PathError) as caught:
        parse_path(argument)

    assert (str(caught.value), caught.value.code, caught.value.enhanced) == (sentence, code, "5.1.3")


def test_wrong_reverse_path_has_the_senders_code():
    with pytest.raises(PathError) as caught:
        parse_path("<a@>", null_ok=True)

    assert caught.value.enhanced == "5.1.7"


@given(st.text(alphabet='<>@ab"\\ .,:[]\t\x00é\udc80'), st.booleans())
def test_any_argument_gives_a_path_or_a_path_error(argument, null_ok):
    try:
        path, rest = parse_path(argument, null_ok=null_ok)
    except PathError as error:
        path = rest = ""
        sentence = str(error)
    else:
        sentence = ""

    assert sentence.isascii()
    assert path in argument
    assert rest in argument


@given(st.text())
def test_splitting_loses_nothing(path):
    local, domain = split_address(path)

    assert path in (local, f"{local}@{domain}")


@pytest.mark.parametrize(
    "argument", ['<"' + '\\"' * 200_000, "<" * 200_000, "<@" + "a," * 200_000, '<""' + '"' * 200_000]
)
def test_hostile_path_is_refused_in_linear_time(argument):
    with pytest.raises(PathError):
        parse_path(argument)


def test_parameters_keep_their_order_and_their_values_case():
    assert parse_parameters("size=12 Body=8BITMIME SMTPUTF8 X-a=Bü") == (
        Parameter("SIZE", "12"),
        Parameter("BODY", "8BITMIME"),
        Parameter("SMTPUTF8"),
        Parameter("X-A", "Bü"),
    )


def test_no_parameters_are_none():
    assert parse_parameters("  ") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SIZE=", "Parameter SIZE= is not KEYWORD or KEYWORD=value"),
        ("=1", "Parameter =1 is not KEYWORD or KEYWORD=value"),
        ("A=b=c", "Parameter A=b=c is not KEYWORD or KEYWORD=value"),
        ("-A", "Parameter -A is not KEYWORD or KEYWORD=value"),
        ("ü", "Parameter ? is not KEYWORD or KEYWORD=value"),
        ("SIZE=1 size=2", "Parameter SIZE is given twice"),
    ],
)
def test_wrong_parameter_is_named(text, sentence):
    with pytest.raises(PathError) as caught:
        parse_parameters(text)

    assert (str(caught.value), caught.value.code, caught.value.enhanced) == (sentence, 501, "5.5.4")


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a@example.org", ("a", "example.org")),
        ('"a@b"@example.org', ('"a@b"', "example.org")),
        ("a@b@example.org", ("a@b", "example.org")),
        ("postmaster", ("postmaster", "")),
        ("@example.org", ("", "example.org")),
        ("", ("", "")),
    ],
)
def test_address_is_split_at_the_last_at_sign(path, parts):
    assert split_address(path) == parts


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a@example.org", "a@EXAMPLE.org"),
        ('"a"@example.org', "a@example.org"),
        (r'"a\b"@example.org', "ab@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("@example.org", "any@Example.org"),
        ("any@example.org", "@example.org"),
        ("", ""),
    ],
)
def test_same_address_in_two_spellings(a, b):
    assert same_address(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("A@example.org", "a@example.org"),
        ("a@example.org", "a@example.com"),
        ("a@example.org", "a"),
        ("", "a"),
        ("@example.org", "a@sub.example.org"),
    ],
)
def test_different_addresses(a, b):
    assert not same_address(a, b)


def test_domain_that_idna_refuses_is_compared_as_it_is():
    assert same_address("a@ü" + "x" * 80 + ".example", "a@Ü" + "x" * 80 + ".example")


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("a+shop@example.org", "shop"),
        ('"a+b c"@example.org', "b c"),
        ("a@x+y.example", ""),
        ("a+b+c@d.example", "b+c"),
    ],
)
def test_tag_is_what_follows_the_first_plus(path, tag):
    assert tag_of(path) == tag
