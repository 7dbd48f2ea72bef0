from __future__ import annotations

import re

import pytest
from messages import message as of

from mailsink.errors import ExpectationError

HTML = (
    '<p>Hello <a href="https://shop.example/reset/?t=abc">Choose a new\n password</a></p>'
    '<p><a href="https://shop.example/help">Help</a> <a href="https://shop.example/reset/mail">No</a></p>'
)


def test_of_several_links_all_are_named():
    with pytest.raises(ExpectationError) as caught:
        of(html=HTML).link("/reset/")

    assert str(caught.value).splitlines() == [
        "expected one link with '/reset/' in its URL, got 2",
        "the candidates are:",
        "  1. 'https://shop.example/reset/?t=abc'  'Choose a new password'",
        "  2. 'https://shop.example/reset/mail'  'No'",
    ]


def test_where_no_link_fits_those_that_are_there_are_named():
    with pytest.raises(ExpectationError) as caught:
        of(text="See https://shop.example/help now").link("/reset/", text=re.compile("x"))

    assert str(caught.value).splitlines() == [
        "expected one link with '/reset/' in its URL and re.compile('x') in its text, got none",
        "there are:",
        "  1. 'https://shop.example/help'  'See'",
    ]


def test_where_no_link_is_nothing_is_named():
    with pytest.raises(ExpectationError) as caught:
        of().link()

    assert str(caught.value).splitlines() == ["expected one link, got none", "the mail has no link"]


@pytest.mark.parametrize("digits", ["6", (8, 4), (4,), 6.0])
def test_what_is_no_number_of_digits_is_told(digits):
    with pytest.raises(TypeError) as caught:
        of(text="Your code is 123456.").code(digits=digits)

    assert str(caught.value) == (
        f"digits={digits!r}: must be a number, or the least and the most: digits=(4, 8)"
    )


def test_what_is_no_pattern_of_a_link_is_told():
    with pytest.raises(TypeError) as caught:
        of(text="https://example.org/").link(3)

    assert str(caught.value) == "link: 3 is neither a text nor a compiled pattern"


def test_the_only_code_needs_no_number():
    assert of(text="Your code: AB12CD").code() == "AB12CD"


def test_of_several_codes_all_are_named():
    with pytest.raises(ExpectationError) as caught:
        of(text="Your code is 123456.\n\nYour PIN: 9876\n").code(digits=(4, 6))

    assert str(caught.value).splitlines() == [
        "expected one code of 4 to 6 digits, got 2",
        "the candidates are:",
        "  1. '123456'  in 'Your code is 123456.'",
        "  2. '9876'  in 'Your PIN: 9876'",
    ]


def test_where_no_code_fits_those_that_are_there_are_named():
    with pytest.raises(ExpectationError) as caught:
        of(text="Your code: AB12CD").code(digits=6)

    assert str(caught.value).splitlines() == [
        "expected one code of 6 digits, got none",
        "there are:",
        "  1. 'AB12CD'  in 'Your code: AB12CD'",
    ]


def test_where_no_code_is_nothing_is_named():
    with pytest.raises(ExpectationError) as caught:
        of().code()

    assert str(caught.value).splitlines() == ["expected one code, got none", "the mail has no code"]
