from __future__ import annotations

import pytest
from mails import order
from sending import mail


def test_the_html_is_as_it_was_sent_but_for_its_pictures(http, captured):
    message = captured(bytes(order()))

    answer = http.get(f"/mailpit/view/{message.id}.html")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.body.startswith(b'<!doctype html>\r\n<html lang="en">')
    assert b"data:image/png;base64," in answer.body


def test_an_embedded_page_opens_links_elsewhere(http, captured):
    captured(bytes(order()))

    assert b'<base target="_blank">' in http.get("/mailpit/view/latest.html?embed=1").body


def test_the_text_is_text(http, captured):
    captured(mail("Hello", "<b>Hi</b>"))

    answer = http.get("/view/latest.txt")

    assert (answer.body, answer.headers["Content-Type"]) == (b"<b>Hi</b>\r\n", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("latest.html", b"This message does not contain a HTML part"),
        ("nothing.html", b"Message not found"),
        ("nothing.txt", b"Message not found"),
    ],
)
def test_what_is_not_there_is_not_found(http, captured, path, sentence):
    captured(mail())

    answer = http.get(f"/view/{path}")

    assert (answer.status, answer.body) == (404, sentence)


def test_the_page_of_a_message_is_ours(http, three):
    assert http.get("/view/latest").headers["Location"] == f"/messages/{three[2].id}"
    assert http.get("/view/latest?query=first").headers["Location"] == f"/messages/{three[0].id}"
    assert http.get("/view/latest?query=other").headers["Location"] == "/"
    assert http.get(f"/view/{three[1].id}").headers["Location"] == f"/messages/{three[1].id}"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/search?q=tag:a", "/?q=tag%3Aa"),
        ("/mailpit/search?q=tag:a&start=50", "/?q=tag%3Aa"),
        ("/inboxes/shop/mailpit/search?q=a", "/?inbox=shop&q=a"),
        ("/search", "/"),
    ],
)
def test_the_page_of_a_search_is_ours(http, path, place):
    assert http.get(path).headers["Location"] == place
