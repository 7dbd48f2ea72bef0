"""What Apple Mail wraps a mail in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.archive.emlx import Unwrapped, unwrap


@pytest.mark.parametrize("octets", [b"", b"x", b"5\nabcd", b"99999999999999\n"])
def test_what_has_no_right_length_is_none(octets):
    with pytest.raises(ValueError, match="it does not begin with the length"):
        unwrap(octets)


@pytest.mark.parametrize(
    "known", [b"", b"<plist>", b"<plist><dict><key>flags</key><string>x</string></dict></plist>", b"\0\xff"]
)
def test_a_list_that_tells_nothing_leaves_the_mail(known):
    assert unwrap(b"2\nab" + known) == Unwrapped(content=b"ab")


@given(st.binary())
def test_any_list_leaves_the_mail(known):
    assert unwrap(b"2\nab<plist>" + known).content == b"ab"
