from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from messages import message

from mailsink_web import quarantine
from mailsink_web.quarantine import html_response


def shown(html, **words):
    return html_response(message(html=html), **words).get_data(as_text=True)


def with_picture(html, octets=b"\x89PNG", *, kind="png", cid="<logo@shop.example>"):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "shop@example.com"
    mail.set_content(html, subtype="html")
    mail.add_related(octets, "image", kind, cid=cid)
    return message(octets=mail.as_bytes())


def test_the_policy_lets_nothing_run_load_or_leave():
    policy = html_response(message(html="<p>Hi</p>")).headers["Content-Security-Policy"]

    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def test_remote_content_is_pictures_styles_and_fonts_and_never_a_script():
    policy = html_response(message(html="<p>Hi</p>"), remote=True).headers["Content-Security-Policy"]

    assert "img-src data: http: https:" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy.replace("allow-scripts", "scripts")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy


def test_nothing_tells_others_of_the_view():
    headers = html_response(message(html="<p>Hi</p>")).headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-DNS-Prefetch-Control"] == "off"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>x</p>\n", '<base target="_blank"><p>x</p>\n'),
        ("<!doctype html><p>x</p>\n", '<!doctype html><base target="_blank"><p>x</p>\n'),
        (" <!-- a -->\n<!DOCTYPE html>\n", ' <!-- a -->\n<!DOCTYPE html><base target="_blank">\n'),
        ("<!-- open <!doctype html>\n", '<base target="_blank"><!-- open <!doctype html>\n'),
    ],
    ids=["none", "first", "after a comment", "in a comment"],
)
def test_links_open_elsewhere_and_the_doctype_stays_first(html, expected):
    assert shown(html) == expected


def test_ten_thousand_comments_cost_no_time():
    html = "<!--" * 50_000 + "-->" + "<!-- x -->" * 50_000

    assert shown(html).startswith('<base target="_blank">')


def test_the_html_is_as_it_was_sent():
    html = "<p>Hi <script>alert(1)</script></p>\n"

    assert shown(html).endswith(html)


@pytest.mark.parametrize(
    "place",
    [
        '<img src="cid:logo@shop.example">',
        "<img src=cid:logo@shop.example>",
        "<img src='CID:logo%40shop.example'>",
        '<p style="background: url(cid:logo@shop.example)">',
    ],
)
def test_a_part_that_the_html_names_is_put_into_it(place):
    document = html_response(with_picture(place)).get_data(as_text=True)

    assert "data:image/png;base64,iVBORw==" in document
    assert "cid:" not in document.lower()


def test_a_part_that_is_not_there_or_no_picture_stays_a_name():
    assert "cid:other@x" in html_response(with_picture('<img src="cid:other@x">')).get_data(as_text=True)
    hostile = with_picture('<img src="cid:a@b">', kind='png";x', cid="<a@b>")
    assert "data:" not in html_response(hostile).get_data(as_text=True)


def test_what_is_put_in_has_a_bound(monkeypatch):
    monkeypatch.setattr(quarantine, "MAX_INLINE", 4_000)

    document = html_response(with_picture('<img src="cid:logo@shop.example">' * 5, b"x" * 1_000))

    assert document.get_data(as_text=True).count("data:image/png") == 2


def test_a_message_without_html_gives_an_empty_document():
    assert html_response(message()).get_data(as_text=True) == '<base target="_blank">'
