"""A server that asks for a password, in a browser that knows it and in one that does not."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sending import mail, send

from mailsink.passwords import Login, digest
from mailsink_web.server import serve

ADA = Login("ada", digest("s3cret", cost=16))
LISTEN = """(path) => new Promise((resolve) => {
  const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
  socket.onmessage = (event) => { socket.close(); resolve(JSON.parse(event.data).Type); };
  socket.onerror = () => resolve("refused");
})"""


@pytest.fixture
def web(sink):
    with serve(sink, port=0, users=[ADA]) as running:
        yield running


def test_who_knows_the_password_has_pages_streams_and_websockets(sink, new_page):
    send((sink.host, sink.port), mail("Hello"))
    page = new_page(http_credentials={"username": "ada", "password": "s3cret"})
    page.goto("/")

    page.wait_for_selector("[data-live=on]", state="attached")
    send((sink.host, sink.port), mail("Later"))
    expect(page.get_by_text("Later").first).to_be_visible()
    assert page.evaluate(LISTEN, "/mailpit/api/events") == "stats"


def test_who_does_not_sees_nothing(sink, new_page):
    send((sink.host, sink.port), mail("Hello"))
    page = new_page(http_credentials={"username": "ada", "password": "guess"})

    answer = page.goto("/")

    assert answer.status == 401
    assert "Hello" not in page.content()
