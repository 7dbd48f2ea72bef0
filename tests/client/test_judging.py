from __future__ import annotations

import re

import pytest

from mailsink.client.judging import after_waiting, written


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ({"subject": "Hello", "from_": "ada@example.org"}, {"subject": "Hello", "from": "ada@example.org"}),
        ({"rcpt": ["a@example.org", "b@example.org"], "bcc": None, "tls": True}, None),
        ({"header": {"List-Id": "news"}, "attachment": {"filename": "*.pdf"}}, None),
        ({}, None),
    ],
)
def test_what_json_has_words_for_is_judged_by_the_server(words, body):
    assert written(words) == (words if body is None else body)


@pytest.mark.parametrize(
    "words",
    [
        {"subject": re.compile("Hello")},
        {"where": len},
        {"inbox": "other"},
        {"rcpt": []},
        {"rcpt": [re.compile("ada")]},
        {"subject": 17},
        {"header": {"List-Id": re.compile("news")}},
        {"attachment": {"content": b"PDF"}},
        {"subject": {"Hello"}},
    ],
    ids=str,
)
def test_what_it_has_none_for_is_judged_here(words):
    assert written(words) is None


def test_the_wait_is_told_in_the_first_line():
    text = "expected 1 message, got 0 (sink 127.0.0.1:25)\nno message came (sink )"

    assert after_waiting(text, 0.5).splitlines() == [
        "expected 1 message, got 0 after 0.50 s (sink 127.0.0.1:25)",
        "no message came (sink )",
    ]
    assert after_waiting(text, 0.001) == text
