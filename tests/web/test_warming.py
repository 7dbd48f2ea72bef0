from __future__ import annotations

import pytest
from flask import Flask
from sending import send

from mailsink_web.app import create_app
from mailsink_web.warming import Warming


@pytest.fixture
def app(sink) -> Flask:
    return create_app(sink)


def compiled(app: Flask) -> set[str]:
    return {template.name for template in app.jinja_env.cache.values()}


def test_every_template_is_compiled_and_every_session_judged(sink, app, ended, monkeypatch):
    send((sink.host, sink.port), b"Subject: Hello\r\n\r\nHi\r\n")
    ended(1)
    warming = Warming(app)
    warming.wait()
    monkeypatch.setattr(sink.sessions, "get", None)

    assert compiled(app) == set(app.jinja_env.list_templates())
    assert app.extensions["mailsink_judgements"].failed() == 0
    warming.close()


def test_it_gives_way_to_mail(sink, app, monkeypatch):
    every = app.jinja_env.list_templates()

    def listed():
        send((sink.host, sink.port), b"Subject: Hello\r\n\r\nHi\r\n")
        return every

    monkeypatch.setattr(app.jinja_env, "list_templates", listed)
    monkeypatch.setattr("mailsink_web.warming.QUIET", 60.0)
    warming = Warming(app)
    warming._thread.join(1)

    assert warming._thread.is_alive()
    assert compiled(app) == {"inbox.html"}
    warming.close()


def test_closing_ends_it_before_the_next_template(app):
    warming = Warming(app)
    warming.close()
    warming.close()

    assert len(compiled(app)) < len(app.jinja_env.list_templates())


def test_a_server_warms_once_and_ends_it_when_it_closes(web):
    warming = web.warm()

    assert web.warm() is warming
    web.close()
    assert not warming._thread.is_alive()
