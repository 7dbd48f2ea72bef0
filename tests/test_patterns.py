from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.patterns import escape, like


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*@full.example", "ADA@Full.example", True),
        ("?da@*", "ada@example.org", True),
        ("?da@*", "aada@example.org", False),
        ("*", "", True),
        ("ada@[127.0.0.1]", "ada@[127.0.0.1]", True),
        ("ada@[127.0.0.1]", "ada@1", False),
        ("[ab]*", "ab", False),
        ("a[*]b", "a*b", True),
        ("a[*]b", "axb", False),
        ("a[?]", "a?", True),
        ("a[[]b]", "a[b]", True),
        ("a.b", "axb", False),
        ("a\nb", "a\nb", True),
        ("a\\*", "a\\bc", True),
    ],
)
def test_a_pattern_knows_star_and_question_mark_alone(pattern, value, expected):
    assert like(pattern, value) is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_escaped_text_is_like_itself_alone(text, other):
    assert like(escape(text), text)
    assert like(escape(text), other) is (text.lower() == other.lower())


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_escaped_text_with_case_is_like_itself_alone(text, other):
    assert like(escape(text), text, caseless=False)
    assert like(escape(text), other, caseless=False) is (text == other)


def test_case_counts_where_it_shall():
    assert like("Ada*", "ada@example.org")
    assert not like("Ada*", "ada@example.org", caseless=False)
