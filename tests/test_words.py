"""Text as a search sees it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.words import MAX_TEXT, MAX_WORD, START, marked, plain, words

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  Two\r\n\twords ", "two words"),
        ("GRÖSSE", "grosse"),
        ("Große", "grosse"),
        ("e\u0301", "e"),
        ("İstanbul", "istanbul"),
        ("ＦＵＬＬ１", "full1"),
        ("ｶﾞ", "ガ"),
        ("a\0b", "a b"),
        ("a\ud800\ue000b", "a\ufffd\ufffdb"),
        ("", ""),
    ],
)
def test_plain_text_has_no_case_no_diacritics_and_single_spaces(text, seen):
    assert plain(text) == seen


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, world!", ["hello", "world"]),
        ("a_b-c@d.example", ["a", "b", "c", "d", "example"]),
        ("100% of_it", ["100", "of", "it"]),
        ("Übergröße", ["ubergrosse"]),
        ("ご注文 12", ["ご", "注", "文", "12"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("\0\ud800\ue000", []),
    ],
)
def test_words_are_runs_of_letters_and_digits(text, found):
    assert words(text) == found


def test_a_long_word_is_known_by_its_beginning():
    assert words("x" * 200 + " y") == ["x" * MAX_WORD, "y"]


def test_the_end_of_an_endless_text_is_not_read():
    assert words("a " * (MAX_TEXT // 2) + "end") == ["a"] * (MAX_TEXT // 2)


def test_a_mark_stands_before_each_word():
    assert marked("The shop@example") == f"{START}the {START}shop@{START}example"
    assert marked("(x)") == f"({START}x)"
    assert marked("注文") == f"{START}注{START}文"


@given(ANY)
def test_plain_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)
    assert marked(text).replace(START, "") == plain(text)


@given(ANY)
def test_what_is_seen_can_be_stored(text):
    plain(text).encode()
    # An ideograph may be newer than this Python knows of.
    assert all((word.isalnum() or not word.isascii()) and word.encode() for word in words(text))


@pytest.mark.parametrize("run", ["\u0e48\u093c", "\u0301\u0323", "\u3099\u309a", "a\u0301", "\ue000"])
def test_long_runs_of_marks_are_read_in_linear_time(run):
    started = time.process_time()

    words(run * 100_000)
    marked(run * 100_000)

    assert time.process_time() - started < 3
