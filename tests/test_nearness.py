"""In what a message that does not match differs from what was asked for."""

import re

import pytest
from messages import message

from mailsink.model import Reply
from mailsink.nearness import nearness
from mailsink.query import query_of
from mailsink.query_text import parse

FOUND = message(
    rcpt=("carol@example.org", "bob@example.org", "audit@shop.example"),
    refused={"gone@example.org": Reply(550, "No such user", "5.1.1")},
    sender="noreply@shop.example",
    to="carol@example.org",
    headers={"Cc": "bob@example.org", "Reply-To": "help@shop.example", "X-Job": "Nightly  17"},
    reverse_path="bounces@mailer.example",
    subject="Reset your Password",
    text="Choose a new password",
    html="<p>Or <b>ask us</b></p>",
    files=(("Invoice.PDF", "application/pdf", b"%PDF"),),
)


def hint_of(**words):
    (term,) = query_of(**words).queries
    assert not term.matches(FOUND)
    return nearness(term, FOUND)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"subject": "reset your password"}, "differs only in case"),
        ({"subject": "Reset  your Password"}, "differs only in white space"),
        ({"header": {"X-Job": "nightly 17"}}, "differs only in case and white space"),
        ({"subject": "your password"}, "contains it"),
        ({"subject": "Re: Reset your Password"}, "is a part of it"),
        ({"subject": "Reset your Pasword"}, "differs in few characters"),
        ({"subject": re.compile("password")}, "differs only in case"),
        ({"text": "new Password"}, "differs only in case"),
        ({"text": "ask us"}, "it is in html"),
        ({"html": "new password"}, "it is in text"),
        ({"attachment": "*.pdf"}, "differs only in case"),
        ({"attachment": {"filename": "*.PDF", "content": b"%PDX"}}, "the content differs"),
        ({"attachment": {"filename": "*.PDF", "content": "Total"}}, "the content differs"),
        (
            {"attachment": {"filename": "*.txt", "content_type": "text/plain", "content": b"%PDF"}},
            "the filename and the content_type differ",
        ),
        ({"to": "bob@example.org"}, "it is in cc"),
        ({"cc": "carol@example.org"}, "it is in to"),
        ({"to": "audit@shop.example"}, "it is in bcc"),
        ({"bcc": "bob@example.org"}, "it is in cc"),
        ({"rcpt": "gone@example.org"}, "it was refused: 550 5.1.1 No such user"),
        ({"sender": "noreply@shop.example"}, "it is in from_"),
        ({"from_": "bounces@mailer.example"}, "it is in sender"),
        ({"from_": "help@shop.example"}, "it is in reply_to"),
        ({"to": "Carol@example.org"}, "differs only in case"),
    ],
    ids=repr,
)
def test_a_near_miss_says_in_what_it_differs(words, hint):
    assert hint_of(**words) == (hint, True)


def test_the_same_domain_is_near_without_a_word():
    assert hint_of(to="dave@example.org") == ("", True)


@pytest.mark.parametrize(
    "words",
    [
        {"subject": "Welcome aboard"},
        {"subject": ""},
        {"subject": re.compile("^Welcome")},
        {"subject": re.compile("welcome", re.I)},
        {"subject": lambda subject: not subject},
        {"to": "dave@example.net"},
        {"text": "nothing of this"},
        {"attachment": "*.txt"},
        {"header": {"X-Other": "17"}},
        {"where": lambda m: not m.id},
    ],
    ids=lambda words: next(iter(words)),
)
def test_what_has_nothing_in_common_is_far(words):
    assert hint_of(**words) == ("", False)


def test_one_near_branch_makes_an_alternative_near():
    near, far = query_of(to="bob@example.org"), query_of(subject="Welcome aboard")
    (near,), (far,) = near.queries, far.queries

    assert nearness(far | near, FOUND) == ("", True)
    assert nearness(far | far, FOUND) == ("", False)


@pytest.mark.parametrize("text", ["welcome", "-reset", "subject:welcome", "is:starred", "larger:1m"])
def test_a_search_term_is_met_or_not(text):
    assert nearness(parse(text), FOUND) == ("", False)


def test_a_search_by_field_tells_where_the_value_is_instead():
    assert nearness(parse("rcpt:nobody@x"), FOUND) == ("", False)


# --- the line that comes nearest

LETTER = message(
    rcpt=("ada@example.org",),
    to="Ada Lovelace <ada@example.org>",
    text="Dear Ada,\n\nYour order 17 is on its way.\nTotal: 12.00 EUR, paid by card.\n\nYour shop",
    html="<p>Dear Ada</p>\n<p class=total>Total: 12.00 EUR</p>",
)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"text": "Total: 13.00 EUR, paid by card."}, "nearest: 'Total: 12.00 EUR, paid by card.'"),
        ({"body": "Your order 18 is on its way."}, "nearest: 'Your order 17 is on its way.'"),
        ({"html": "<p class=total>Total: 13.00 EUR</p>"}, "nearest: '<p class=total>Total: 12.00 EUR</'…"),
        ({"text": "Your parcel is lost"}, ""),
        ({"text": "Total " * 50}, ""),
    ],
    ids=repr,
)
def test_of_a_text_the_line_that_comes_nearest_is_shown(words, hint):
    (term,) = query_of(**words).queries

    assert nearness(term, LETTER) == (hint, bool(hint))


def test_no_more_lines_are_compared_than_tell_something():
    (term,) = query_of(text="Total: 13.00 EUR").queries
    far = message(text="EUR\n" * 30 + "Total: 12.00 EUR\n")
    farther = message(text="x\n" * 20_000 + "Total: 12.00 EUR\n")

    assert nearness(term, far) == nearness(term, farther) == ("", False)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"to": "Ada Lovelace <ada@example.org>"}, "give the address alone"),
        ({"rcpt": "Ada <ada@example.org>"}, "give the address alone"),
        ({"to": "Ada Lovelace"}, "it is the name; give the address"),
        ({"to": "Bob <bob@example.org>"}, ""),
    ],
    ids=repr,
)
def test_who_gives_a_name_where_an_address_is_meant_is_told(words, hint):
    (term,) = query_of(**words).queries

    assert nearness(term, LETTER)[0] == hint


def test_of_several_files_the_one_is_named_that_is_as_wanted_in_the_most_ways():
    found = message(files=(("a.csv", "text/csv", b"1"), ("b.pdf", "application/pdf", b"%PDF")))
    (term,) = query_of(
        attachment={"filename": "b.pdf", "content_type": "application/pdf", "content": b"2"}
    ).queries

    assert nearness(term, found) == ("of 'b.pdf' the content differs", True)


def test_nothing_is_said_of_files_that_are_as_wanted_in_nothing():
    assert hint_of(attachment={"filename": "a.txt", "content": b"2"}) == ("", False)
