from __future__ import annotations

import html
import re

import pytest

from mailsink_web.app import create_app
from mailsink_web.pages.suggestions import suggest


@pytest.fixture
def ask(sink):
    """The texts that are suggested, and the piece of the search that each replaces."""
    with create_app(sink).test_request_context():

        def ask(text, at=None):
            found = suggest(text, len(text) if at is None else at, sink.everything)
            return [option.text for option in found.options], text[found.start : found.end]

        yield ask


def test_an_empty_box_offers_the_fields_that_are_used_most(ask):
    texts, word = ask("")

    assert texts == ["from:", "rcpt:", "subject:", "has:", "is:", "tag:", "inbox:", "after:"]
    assert word == ""


@pytest.mark.parametrize(
    ("text", "first", "word"),
    [
        ("su", "subject:", "su"),
        ("SU", "subject:", "SU"),
        ("has:a", "has:attachment", "has:a"),
        ("is:un", "is:unread", "is:un"),
        ("to:x (has:co", "has:code", "has:co"),
        ("-is:st", "is:starred", "is:st"),
        ("NOT is:st", "is:starred", "is:st"),
        ("unre", "is:unread", "unre"),
        ("before:to", "before:today", "before:to"),
        ("larger:1", "larger:10k", "larger:1"),
        ("header:list", "header:List-Id", "header:list"),
    ],
)
def test_a_word_that_was_begun_is_completed(ask, text, first, word):
    texts, replaced = ask(text)

    assert (texts[0], replaced) == (first, word)


def test_the_word_under_the_cursor_counts(ask):
    texts, word = ask("has:att is:unread", at=5)

    assert (texts[0], word) == ("has:attachment", "has:a")


def test_values_are_those_that_are_there(keep, ask):
    keep(rcpt="ada@example.org", state={"inbox": "staging", "tags": ("needs review", "checkout")})
    keep(rcpt="ada@example.org", state={"tags": ("checkout",)})

    assert ask("inbox:")[0] == ["inbox:default", "inbox:staging"]
    assert ask("tag:")[0] == ["tag:checkout", 'tag:"needs review"']
    assert ask('tag:"needs r')[0] == ['tag:"needs review"']
    assert ask("rcpt:ada")[0] == ["rcpt:ada@example.org"]
    assert ask("ada@")[0] == ["rcpt:ada@example.org"]
    assert ask("from:")[0] == ["from:noreply@shop.example"]
    assert ask("to:alice")[0] == ["to:alice@example.org"]


def test_what_is_whole_already_is_not_suggested(ask):
    assert ask("is:unread")[0] == []


@pytest.mark.parametrize("text", ['"a phrase that is op', "subject:hel", "x" * 5_000, "\ud800", 'tag:"'])
def test_where_nothing_is_known_nothing_is_suggested(ask, text):
    assert ask(text)[0] == []


def test_the_part_of_the_page_names_what_is_replaced(keep, look):
    keep(state={"tags": ("<i>",)})

    part = look("/suggestions?q=has:html+tag:%3Ci&at=14")

    assert 'data-start="9" data-end="14"' in part
    assert 'data-text="tag:&lt;i&gt;"' in part
    assert "<i>" not in part
    assert look("/suggestions?q=is:unread&at=9") == ""


def test_a_search_that_can_be_read_has_no_error(http):
    assert http.get("/query-error?q=is:unread").status == 204


def test_an_error_says_where(look):
    part = look("/query-error?q=welcome+has:atachment")

    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", part)).split())
    assert 'data-start="12" data-end="21"' in part
    assert "has:atachment is not known, at character 13. Did you mean has:attachment?" in words
    assert "The page shows what it showed before." in words
