from __future__ import annotations

import pytest
from messages import message

from mailsink_web import present
from mailsink_web.app import create_app
from mailsink_web.pages.views import SHOWN, Opened, first_view, remote_asked_for, views_of

ALWAYS = ("headers", "source", "parts")
BROKEN = b"Subject: Caf\xe9\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"


def shown(**parts):
    return present.message(message(**parts))


@pytest.mark.parametrize(
    ("parts", "views"),
    [
        ({"text": "Hi"}, ("text", *ALWAYS)),
        ({"text": None, "html": "<p>Hi</p>"}, ("preview", *ALWAYS)),
        ({"text": "Hi", "html": "<p>Hi</p>"}, ("preview", "text", *ALWAYS)),
        ({"text": "https://example.org/x"}, ("text", *ALWAYS, "codes")),
        ({"octets": b""}, ALWAYS),
        ({"state": {"session_id": "s"}}, ("text", *ALWAYS, "session")),
    ],
    ids=["text", "html", "both", "link", "empty", "session"],
)
def test_a_message_has_the_views_that_show_something(parts, views):
    assert views_of(shown(**parts)) == views
    assert set(views) <= set(SHOWN)


def test_a_broken_message_without_html_opens_on_its_source():
    broken = shown(octets=BROKEN)

    assert first_view(broken, views_of(broken)) == "source"
    assert first_view(shown(), ("text",)) == "text"


PGP = (
    b"From: ada@example.org\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n'
    b"\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("octets", "view"),
    [
        (b"From: ada@example.org\n\nA text of a program that knows no CR\n", "text"),
        (b"From: ada@example.org\r\n\r\n", "headers"),
        (PGP, "parts"),
    ],
    ids=["bare LF", "no body", "encrypted"],
)
def test_a_message_opens_where_there_is_something_to_read(octets, view):
    opened = shown(octets=octets)

    assert first_view(opened, views_of(opened)) == view


def test_a_width_or_scheme_that_there_is_not_is_the_usual_one(sink):
    opened = Opened(message=message(html="<p>Hi</p>"), shown=shown(html="<p>Hi</p>"))
    app = create_app(sink)

    with app.test_request_context("/?width=x&scheme=y"):
        values = SHOWN["preview"](opened)
    with app.test_request_context("/?width=phone&scheme=dark"):
        chosen = SHOWN["preview"](opened)

    assert (values["width"], values["scheme"]) == ("full", "light")
    assert (chosen["width"], chosen["scheme"]) == ("phone", "dark")


@pytest.mark.parametrize(
    ("site", "allowed"), [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False)]
)
def test_remote_content_is_for_those_who_pressed_the_button(sink, site, allowed):
    with create_app(sink).test_request_context("/?remote=1", headers={"Sec-Fetch-Site": site}):
        assert remote_asked_for() is allowed
