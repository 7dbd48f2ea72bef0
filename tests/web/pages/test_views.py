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
        ({"octets": b""}, ("text", *ALWAYS)),
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
