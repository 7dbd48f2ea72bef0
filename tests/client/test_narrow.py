from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message

from mailsink.client.narrow import Search, search_of
from mailsink.query import All, AnyOf, Not, Query, query_of
from mailsink.query_text import parse


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (query_of(subject="Welcome"), 'subject:"Welcome"'),
        (query_of(subject='Say "hi" \\o/'), 'subject:"Say \\"hi\\" \\\\o/"'),
        (query_of(message_id="<1@example.org>"), 'message-id:"1@example.org"'),
        (query_of(sender="@example.org"), 'sender:"@example.org"'),
        (query_of(rcpt="ada@example.org"), '(rcpt:"ada@example.org" OR rcpt:"\\"@example.org")'),
        (query_of(from_="a@x.example"), '(from:"a@x.example" OR from:"\\"@x.example")'),
        (query_of(subject="One", text="two"), 'subject:"One"'),
        (query_of(subject=["One", "Two"]), 'subject:"One" subject:"Two"'),
        (query_of(subject="One") & parse("has:link OR two"), 'subject:"One" (has:link OR two)'),
        (AnyOf((query_of(subject="1"), query_of(subject="2"))), '(subject:"1" OR subject:"2")'),
    ],
)
def test_what_can_be_said_in_a_search_is(query, text):
    assert search_of(query).text == text


@pytest.mark.parametrize(
    "query",
    [
        query_of(text="Hello"),
        query_of(subject=re.compile("x")),
        query_of(where=bool),
        query_of(rcpt="ada@bücher.example"),
        query_of(rcpt="ada"),
        query_of(subject="\ud800"),
        query_of(subject=""),
        Not(query_of(subject="Welcome")),
        AnyOf((query_of(subject="1"), query_of(where=bool))),
        query_of(subject="x" * 9000),
        All(tuple(query_of(subject=str(number)) for number in range(150))),
    ],
)
def test_what_cannot_be_said_finds_everything_and_is_not_exact(query):
    assert search_of(query) == Search("", exact=False)


@pytest.mark.parametrize("text", ["from:ada has:link", "a OR b", "-x", "subject:x", "(a (b OR c))"])
def test_a_search_text_goes_as_it_is(text):
    assert search_of(parse(text)) == Search(text, exact=True)


def test_no_query_finds_everything_exactly():
    assert search_of(None) == search_of(query_of()) == Search("", exact=True)
    assert search_of(query_of(id="x1", inbox="a b")) == Search('id:"x1" inbox:"a b"', exact=True)


def test_the_opposite_of_a_search_is_one():
    assert search_of(~parse("a b") & query_of(subject="c")).text == 'NOT ((a b)) subject:"c"'


LOCAL = st.sampled_from(["ada", "Ada", '"ada"', '"a\\da"', "ada.b", '"a b"'])
DOMAIN = st.sampled_from(
    ["example.org", "EXAMPLE.org", "bücher.example", "xn--bcher-kva.example", "shop.example"]
)
ADDRESS = st.builds("{}@{}".format, LOCAL, DOMAIN)
SUBJECT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=8)


@given(
    rcpt=ADDRESS,
    subject=SUBJECT,
    wanted=st.one_of(
        st.builds(lambda value: query_of(rcpt=value), ADDRESS),
        st.builds(lambda value: query_of(rcpt=f"@{value}"), DOMAIN),
        st.builds(lambda value: query_of(subject=value), SUBJECT),
    ),
)
def test_whatever_matches_is_found_by_the_search(rcpt, subject, wanted: Query):
    kept = message(rcpt=rcpt, octets=f"Subject: {subject}\r\n\r\nHi".encode())

    found = parse(search_of(wanted).text).matches(kept)

    assert found or not wanted.matches(kept)
