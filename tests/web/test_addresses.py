from __future__ import annotations

import pytest
from flask import Flask, render_template_string

from mailsink_web import addresses
from mailsink_web.addresses import at

BELOW = {"SCRIPT_NAME": "/mail"}


@pytest.fixture
def app():
    app = Flask(__name__)
    addresses.install(app)
    return app


def test_an_address_lies_where_the_request_found_us(app):
    with app.test_request_context("/", environ_overrides=BELOW):
        assert at("/sessions") == "/mail/sessions"
    with app.test_request_context("/"):
        assert at("/sessions") == "/sessions"
    assert at("/sessions") == "/sessions"


def test_words_become_a_query_unless_they_are_empty(app):
    with app.test_request_context("/", environ_overrides=BELOW):
        assert at("/", {"q": "a b", "inbox": ""}) == "/mail/?q=a+b"
        assert at("/", {"q": ""}) == "/mail/"


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ('<a href="/">', '<a href="/mail/">'),
        ('<a class="b" href="/x?y={{ 1 }}">', '<a class="b" href="/mail/x?y=1">'),
        ('<form method="post" action="/a">', '<form method="post" action="/mail/a">'),
        ('<b data-copy-url="/t">', '<b data-copy-url="/mail/t">'),
        ('{% if 1 %}href="/a"{% endif %}', 'href="/mail/a"'),
        ('<a href="//example.org/">', '<a href="//example.org/">'),
        ('<a href="#x" title="/t">', '<a href="#x" title="/t">'),
        ('<a href="{{ at("/s") }}">', '<a href="/mail/s">'),
        # What is put in is no template.
        ("{{ 'href=\"/x\"'|safe }}", 'href="/x"'),
    ],
)
def test_templates_are_written_as_if_at_the_root(app, source, made):
    with app.test_request_context("/", environ_overrides=BELOW):
        assert render_template_string(source) == made
