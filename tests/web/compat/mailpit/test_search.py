from __future__ import annotations

import pytest
from flask import Flask
from sending import mail

from mailsink.errors import QueryError
from mailsink.message import Message
from mailsink.query_text import parse
from mailsink_web.compat.mailpit.search import query_of

API = "/mailpit/api/v1"


@pytest.fixture
def read():
    def read(text, **parameters):
        with Flask("test").test_request_context(query_string=parameters):
            return query_of(text)

    return read


@pytest.mark.parametrize("text", ["", "  ", '"', '""', '-"" " "'])
def test_nothing_asks_for_nothing(read, text):
    assert read(text) is None


def test_quotes_around_nothing_delete_nothing(http, captured):
    captured()

    answer = http.delete(f"{API}/search?query=%22%22")

    assert (answer.status, answer.body) == (400, b"Error: no search query")
    assert http.get(f"{API}/messages").json["total"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "to:ada@example.org -is:read",
        'subject:"two words" OR !tag:a',
        "larger:10k (from:a cc:b)",
        "has:inlines",
    ],
)
def test_what_ours_can_read_is_ours(read, text):
    assert read(text).queries == (parse(text),)


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("order (half", True),
        ('"order', True),
        ("is:nonsense", False),
        ("-is:nonsense", True),
        ('"subject:your order"', True),
        ("-subjct:your", True),
        ("larger:huge", False),
        ("OR", True),
        ("your - order", False),
        ('subject:"your order', True),
        ('from:"', False),
    ],
)
def test_what_ours_cannot_read_is_read_as_mailpit_does(http, captured, text, finds):
    captured(mail("Your order (half"))

    answer = http.get(f"{API}/search?query=" + text.replace(" ", "+").replace('"', "%22"))

    assert (answer.status, answer.json["messages_count"]) == (200, int(finds))


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("activ", True),
        ("body:activ", True),
        ("click activ", True),
        ('"here to activ"', True),
        ("shop.example/act", True),
        ("!activ", False),
        ("nothing OR 493", True),
        ("vation", False),
    ],
)
def test_a_word_may_be_the_beginning_of_one_in_a_body(http, captured, text, finds):
    captured(mail("Hello", "Click here to activate, 493027: https://shop.example/activation"))

    answer = http.get(f"{API}/search?query=" + text.replace(" ", "+").replace('"', "%22"))

    assert answer.json["messages_count"] == int(finds)


def test_a_wrong_date_is_refused(read):
    with pytest.raises(QueryError, match="soon is not a time"):
        read("order (after:soon")


def test_a_percent_sign_is_no_wildcard(http, captured):
    captured(mail("100 euro"))

    assert http.get(f"{API}/search?query=subject:1%25o").json["messages_count"] == 0
    assert http.get(f"{API}/search?query=subject:e_ro").json["messages_count"] == 0


def test_a_date_is_in_the_zone_that_is_named(read):
    import datetime as dt

    message = Message(
        id="1",
        inbox="a",
        envelope=None,
        content=b"",
        received_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC),
    )

    assert read("after:2026-03-02", tz="Europe/Paris").matches(message)
    assert not read("after:2026-03-02", tz="America/Chicago").matches(message)
    assert read("after:2026-03-01", tz="../../nonsense").matches(message)


def test_the_parameter_before_narrows_too(read):
    query = read("subject:a", before="2026-03-02")

    assert [each.field for each in query.queries] == ["subject", "before"]
