from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message

from mailsink.conditions import KINDS, Prose, joined, pieces
from mailsink.glance import Glance, needs_of
from mailsink.query import query_of
from mailsink.query_text import parse

TEXTS = st.text(st.sampled_from("abÄß é.@-_\n\0*%1 的"), max_size=12)
VALUES = st.lists(st.one_of(TEXTS, TEXTS.map(Prose)), max_size=4).map(tuple)


@given(TEXTS, VALUES)
def test_joined_texts_hold_what_one_of_them_holds(expected, values):
    (piece, phrase), (short, prose) = pieces(expected), joined(values)

    held = bool(piece and piece in short) or bool(phrase and phrase in prose)
    assert held == KINDS["contains_caseless"](expected, values)


@pytest.mark.parametrize(
    "search",
    ["subject:welcome", "rcpt:ada@", "shop ada", "body:hello", '"hello ada"', "from:SHOP subject:Wel"],
)
def test_a_message_that_matches_may_match_at_a_glance(search):
    query = parse(search)
    made = message(
        rcpt="ada@example.org",
        text="Hello Ada",
        subject="Welcome",
        sender="shop@example.org",
    )

    assert needs_of(query)
    assert query.matches(made)
    assert Glance(made).may_match(needs_of(query))


@pytest.mark.parametrize("search", ["subject:order", "rcpt:grace@", "xylophone", "subject:welcome order"])
def test_a_message_that_lacks_something_is_told_at_a_glance(search):
    made = message(rcpt="ada@example.org", text="Hello Ada", subject="Welcome")

    assert not Glance(made).may_match(needs_of(parse(search)))


@pytest.mark.parametrize(
    "query",
    [
        parse("subject:order OR subject:welcome"),
        parse("-subject:order"),
        parse("has:attachment"),
        query_of(subject="Order"),
        query_of(where=lambda _: False),
    ],
)
def test_of_what_may_be_otherwise_nothing_is_said(query):
    assert needs_of(query) == ()
