from __future__ import annotations

import pytest
from mails import order
from sending import mail

API = "/mailpit/api/v1/message/latest"


def test_links_are_named_and_nobody_is_asked(http, captured):
    captured(mail("Hello", "See https://example.org/a or mailto:a@example.org"))

    assert http.get(f"{API}/link-check?follow=1").json == {
        "Errors": 0,
        "Links": [
            {
                "URL": "https://example.org/a",
                "StatusCode": 0,
                "Status": "not checked: mailsink contacts no other server",
            }
        ],
    }


def test_html_is_counted_and_not_judged(http, captured):
    captured(bytes(order()))

    answer = http.get(f"{API}/html-check").json

    assert (answer["Warnings"], answer["Total"]["Tests"]) == ([], 0)
    assert answer["Total"]["Nodes"] == 26


def test_a_mail_without_html_has_none_to_check(http, captured):
    captured(mail())

    answer = http.get(f"{API}/html-check")

    assert (answer.status, answer.body) == (400, b"message does not contain HTML")


def test_no_spam_filter_is_asked(http, captured):
    captured(mail())

    answer = http.get(f"{API}/sa-check").json

    assert (answer["IsSpam"], answer["Rules"]) == (False, [])
    assert answer["Error"] == "not checked: mailsink contacts no other server"


def test_nothing_is_released(http, captured):
    captured(mail())

    answer = http.ask("POST", f"{API}/release", json_body={"To": ["ada@example.org"]})

    assert (answer.status, answer.body) == (
        400,
        b"Nothing leaves this machine: mailsink releases no message.",
    )


@pytest.mark.parametrize("check", ["html-check", "link-check", "sa-check"])
def test_a_check_of_nothing_is_not_found(http, check):
    assert http.get(f"{API}/{check}").status == 404
