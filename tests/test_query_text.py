"""The search language, read; what the fields mean is in test_query_fields."""

import contextlib
import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsink.errors import QueryError
from mailsink.query import EVERYTHING, All, AnyOf, Not, Query, Term
from mailsink.query_text import FIELDS, HAS, IS, MAX_DEPTH, MAX_TERMS, parse, phrase


def now():
    return dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)


def word(text, *, kind="contains_caseless"):
    return Term(field="anywhere", source="anywhere", kind=kind, expected=text)


def sender(text):
    return Term(field="from", source="from_named", kind="contains_caseless", expected=text)


@pytest.mark.parametrize("text", ["two words", 'say "so"', "back\\slash", "-not:this*", "(OR)", '\\"'])
def test_a_phrase_stands_for_itself(text):
    assert parse(f"from:{phrase(text)}") == sender(text)


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_nothing_asked_is_everything(text):
    assert parse(text) == EVERYTHING


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("invoice", word("invoice")),
        ("paid invoice", All((word("paid"), word("invoice")))),
        ("paid AND invoice", All((word("paid"), word("invoice")))),
        ("paid OR due", AnyOf((word("paid"), word("due")))),
        ("a b OR c", AnyOf((All((word("a"), word("b"))), word("c")))),
        ("a (b OR c)", All((word("a"), AnyOf((word("b"), word("c")))))),
        ("((a))", word("a")),
        ("-a", Not(word("a"))),
        ("!a", Not(word("a"))),
        ("NOT a", Not(word("a"))),
        ("NOT -a", word("a")),
        ("-(a OR b)", Not(AnyOf((word("a"), word("b"))))),
        ("-from:bob", Not(sender("bob"))),
        ("a -b", All((word("a"), Not(word("b"))))),
        ("from:bob", sender("bob")),
        ("FROM:bob", sender("bob")),
        ('from:"Bob B"', sender("Bob B")),
        ('"two words"', word("two words")),
        ('-"two words"', Not(word("two words"))),
        (r'"a \"quote\" and \\"', word('a "quote" and \\')),
        (r'"C:\temp"', word(r"C:\temp")),
        ('"a""b"', All((word("a"), word("b")))),
        ('"OR"', word("OR")),
        ("or", word("or")),
    ],
)
def test_the_grammar(text, query):
    assert parse(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "100%",
        "a_b",
        "f(x)",
        "a-b",
        "-",
        "!",
        "*",
        '5"',
        "Re:",
        "http://shop.example/a?b=c",
        "mailto:x",
        "12:30",
        "order:10482",
        "ご注文",
    ],
)
def test_what_is_no_operator_stands_for_itself(text):
    assert parse(text) == word(text)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("inv*", "prefix", "inv"),
        ("*voice", "contains_caseless", "voice"),
        ("*voi*", "contains_caseless", "voi"),
        ('"inv*"', "contains_caseless", "inv*"),
    ],
)
def test_a_star_outside_of_quotes_is_not_looked_for(text, kind, expected):
    assert parse(text) == word(expected, kind=kind)


def test_a_parenthesis_ends_a_word_that_did_not_open_it():
    assert parse("(a OR f(x))") == AnyOf((word("a"), word("f(x)")))


def test_each_part_knows_how_it_was_written():
    query = parse(' from:bob  -(a OR b) "x y" ')

    assert isinstance(query, All)
    assert query.written == 'from:bob  -(a OR b) "x y"'
    assert [part.written for part in query.queries] == ["from:bob", "-(a OR b)", '"x y"']


@pytest.mark.parametrize(
    ("text", "message", "wrong", "hint"),
    [
        (
            "from:shop.example has:atachment",
            "has:atachment is not known, at character 23. Did you mean has:attachment?",
            "atachment",
            "attachment",
        ),
        (
            "form:bob",
            "form: is not known, at character 1. Did you mean from:? Put it in quotes to search for it.",
            "form",
            "from",
        ),
        ("a OR", "A word is missing after OR, before the end, at character 5.", "", ""),
        (
            "OR a",
            'A word is missing, before OR, at character 1. Write "OR" in quotes to search for it.',
            "OR",
            "",
        ),
        (
            "a AND OR b",
            'A word is missing after AND, before OR, at character 7. Write "OR" in quotes to search for it.',
            "OR",
            "",
        ),
        ("NOT", "A word is missing after NOT, before the end, at character 4.", "", ""),
        ("a ()", "A word is missing after (, before ), at character 4.", ")", ""),
        (
            "a (b",
            "This ( is not closed, at character 3. Add a ), or put it in quotes to search for it.",
            "(",
            "",
        ),
        ("a b)", "There is no ( before this ), at character 4. Put it in quotes to search for it.", ")", ""),
        ('a "b c', 'This quote is not closed, at character 3. Add a ".', '"b c', ""),
        ('from:"b c', 'This quote is not closed, at character 6. Add a ".', '"b c', ""),
        ('""', "There is nothing between the quotes, at character 1.", '""', ""),
        (
            "from: bob",
            (
                "from: has no value, at character 6."
                ' Write from:word without a space, or "from:" to search for the word.'
            ),
            "",
            "",
        ),
        (
            "(" * (MAX_DEPTH + 1),
            "Parentheses are nested more than 32 deep, at character 33.",
            "(",
            "",
        ),
        ("a " * (MAX_TERMS + 1), "There are more than 200 terms, at character 401.", "a", ""),
    ],
)
def test_a_wrong_query_is_answered_with_where_it_went_wrong(text, message, wrong, hint):
    with pytest.raises(QueryError) as caught:
        parse(text)

    error = caught.value
    assert str(error) == message
    assert (text[error.start : error.end], error.hint, error.text) == (wrong, hint, text)


@pytest.mark.parametrize("text", ["form:bob", "from:shop.example has:atachment", "is:unred", "subjekt:x"])
def test_the_hint_put_at_the_wrong_place_makes_the_query_right(text):
    with pytest.raises(QueryError) as caught:
        parse(text)

    error = caught.value
    parse(text[: error.start] + error.hint + text[error.end :])


def test_nesting_within_the_bound_is_read():
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == word("a")


def test_many_negations_do_not_nest():
    assert parse("-" * 10_001 + "a") == Not(word("a"))


PIECES = st.sampled_from(
    ["(", ")", "-", "!", '"', "\\", "*", ":", " ", "OR", "AND", "NOT", "a", "é", "\x00", "\ud800", "<>"]
    + [f"{field}:" for field in FIELDS]
    + [f"has:{name}" for name in HAS]
    + [f"is:{name}" for name in IS]
    + ["larger:1k", "before:3d", "after:2026-11-24", "header:X:", "before:9999-12-31", "after:999999w", "²"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_gives_a_query_or_says_where_it_is_wrong(text):
    with contextlib.suppress(QueryError):
        assert isinstance(parse(text, now=now), Query)
        return
    with pytest.raises(QueryError) as caught:
        parse(text, now=now)

    assert 0 <= caught.value.start <= caught.value.end <= len(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("piece", ["(", '"', "a", "-", "(a", "header:", "a:", 'x"', "\\", ' "a', "f(", " "])
def test_long_texts_are_read_in_linear_time(piece):
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    with contextlib.suppress(QueryError):
        parse(text)

    assert time.process_time() - started < 2


def test_relative_times_count_back_from_now_by_default():
    query = parse("after:1h")

    assert isinstance(query, Term)
    assert dt.timedelta(minutes=59) < dt.datetime.now(dt.UTC) - query.expected < dt.timedelta(minutes=61)
