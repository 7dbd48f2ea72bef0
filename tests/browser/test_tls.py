"""Pages served under TLS: streams, WebSockets, links and cookies follow the scheme."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sending import mail, send

from mailsink_web.server import serve

pytest.importorskip("trustme", reason="the test CA needs trustme")

LISTEN = """(path) => new Promise((resolve) => {
  const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
  socket.onmessage = (event) => { socket.close(); resolve([socket.url, JSON.parse(event.data).Type]); };
  socket.onerror = () => resolve("refused");
})"""


@pytest.fixture
def web(sink):
    with serve(sink, port=0, tls=sink.certificates) as running:
        yield running


def test_a_page_under_tls_is_live_and_stays_there(sink, web, new_page):
    send((sink.host, sink.port), mail("Hello"))
    page = new_page(ignore_https_errors=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")

    page.wait_for_selector("[data-live=on]", state="attached")
    send((sink.host, sink.port), mail("Later"))
    page.get_by_text("Later").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Later")

    address = web.url.replace("https", "wss")
    assert page.evaluate(LISTEN, "/mailpit/api/events") == [f"{address}/mailpit/api/events", "stats"]
    assert all(url.startswith(web.url) for url in asked)
