"""The emulated WebSocket, as a browser speaks it."""

from __future__ import annotations

from sending import mail, send

FIRST = """async (path) => {
  const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
  return new Promise((resolve) => {
    socket.onmessage = (event) => { socket.close(); resolve(JSON.parse(event.data).Type); };
    socket.onerror = () => resolve("refused");
  });
}"""


def test_a_page_of_our_own_may_listen(sink, page):
    # Before the page is opened: an empty one loads itself anew with its first mail.
    send((sink.host, sink.port), mail("Hello"))
    page.goto("/")

    assert page.evaluate(FIRST, "/api/events") == "stats"


def test_a_page_of_another_origin_may_not(sink, web, page):
    # Another name for this machine is another origin; its own pages may open WebSockets anywhere.
    page.route("http://elsewhere.example/", lambda route: route.fulfill(body="<title>Elsewhere</title>"))
    page.goto("http://elsewhere.example/")

    assert page.evaluate(FIRST, f"{web.url}/api/events") == "refused"
