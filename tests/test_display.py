"""What people see of a value is one printable line of bounded width."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.display import cut, joined, quoted, safe, shown
from mailsink.mime import Part


class Loud:
    def __repr__(self):
        return "loud\nand long " * 20


def named(value):
    return True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'),
        ("a\x1b[31m\u202eb\ud800", "'a\\x1b[31m\\u202eb\\ud800'"),
        ("x" * 100, f"'{'x' * 77}'…"),
        (b"\x89PNG", "b'\\x89PNG'"),
        (re.compile("a", re.I), "re.compile('a', re.IGNORECASE)"),
        (dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC), "2026-11-24T14:30:00+00:00"),
        (Part(number="2", content_type="image/png", filename="a.png"), "'a.png' (image/png)"),
        (named, "named()"),
        (str.isupper, "isupper()"),
        (lambda value: not value, "lambda at test_display.py:35"),
        (Loud(), ("loud\\nand long " * 20)[:79] + "…"),
        (17, "17"),
    ],
    ids=[
        "quote",
        "hostile",
        "long",
        "octets",
        "pattern",
        "time",
        "part",
        "function",
        "method",
        "lambda",
        "repr",
        "number",
    ],
)
def test_a_value_is_shown(value, text):
    assert shown(value) == text


@given(st.text(max_size=40), st.integers(min_value=16, max_value=60))
def test_quoted_text_is_printable_and_fits(text, width):
    out = quoted(text, width)

    assert out.isprintable()
    assert len(out) <= width


@given(st.text(max_size=40))
def test_safe_text_is_printable(text):
    assert safe(text).isprintable()


def test_what_is_cut_ends_with_an_ellipsis():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("room", "more", "text"),
    [
        (40, 0, "'one', 'two', 'three'"),
        (40, 7, "'one', 'two', 'three' and 7 more"),
        (23, 7, "'one', 'two' and 8 more"),
        (16, 0, "'one' and 2 more"),
        (15, 0, "'on… and 2 more"),
        (5, 0, "'on… and 2 more"),
    ],
)
def test_values_are_joined_as_far_as_there_is_room(room, more, text):
    assert joined(["'one'", "'two'", "'three'"], room, more=more) == text
