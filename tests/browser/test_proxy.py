"""mailsink below a path, behind a reverse proxy: every address that a page has or asks for lies there too."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import urllib.request

import pytest
from mails import order, put
from playwright.sync_api import expect
from proxying import proxying
from sending import mail, send

from mailsink_web.server import serve

NOW = dt.datetime.now(dt.UTC)
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
SAYS = {
    "X-Forwarded-For": "203.0.113.9, {peer}",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/mail",
}
LISTEN = """(path) => new Promise((resolve) => {
  const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
  socket.onmessage = (event) => { socket.close(); resolve(JSON.parse(event.data).Type); };
  socket.onerror = () => resolve("refused");
})"""
LINK = re.compile(r'(?:href|src|action|formaction|data-[a-z-]+)="(/[^"]*)"')
PAGES = (
    *("/", "/sessions", "/attempts", "/faults?preset=tarpit", "/connect", "/settings", "/delete-all"),
    *("/?q=subject:order", "/nowhere"),
)
VIEWS = ("preview", "text", "headers", "source", "parts", "session", "codes")


@pytest.fixture(params=["path", "prefix"])
def proxy(request, sink):
    """A proxy that leaves the path to mailsink, or takes it off and says so."""
    by_path = request.param == "path"
    words = {"base_path": "/mail"} if by_path else {"proxies": LOOPBACK}
    with serve(sink, port=0, **words) as web:
        fields = {} if by_path else SAYS
        with proxying((web.host, web.port), strips=not by_path, fields=fields) as running:
            yield running


def test_a_person_works_below_a_path(sink, proxy, new_page):
    put(sink, bytes(order()), at=NOW)
    page = new_page()
    page.goto(f"{proxy.url}/")
    page.wait_for_selector("[data-live=on]", state="attached")

    send((sink.host, sink.port), mail("Later"))
    page.get_by_text("Later").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Later")
    page.keyboard.press("#")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Later").first).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("region", name="As test")).to_be_visible()
    page.keyboard.press("Escape")
    for keys, path in (
        ("g a", "/attempts"),
        ("g f", "/faults"),
        ("g s", "/sessions"),
        ("g c", "/connect"),
        ("g p", "/settings"),
    ):
        for key in keys.split():
            page.keyboard.press(key)
        page.wait_for_url(f"{proxy.url}{path}")
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("[data-search] input[name=q]").fill("subject:later")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{proxy.url}/?q=subject%3Alater*")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    assert page.evaluate(LISTEN, f"{proxy.path}/mailpit/api/events") == "stats"
    assert {cookie["path"] for cookie in page.context.cookies()} == {"/mail/"}
    assert [path for path in proxy.strays if path != "/favicon.ico"] == []


def test_every_address_in_a_page_lies_below_the_path(sink, proxy):
    message_id = put(sink, bytes(order()), at=NOW)
    views = [f"/messages/{message_id}?view={view}" for view in VIEWS]
    found = set()
    others = (f"/messages/{message_id}?alone=1", f"/messages/{message_id}/as-test?lang=curl")
    for path in (*PAGES, *views, *others):
        request = urllib.request.Request(f"{proxy.url}{path}", headers={"Accept": "text/html"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                html = answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                html = error.read().decode()
        found |= set(LINK.findall(html))

    assert len(found) > 30
    assert sorted(address for address in found if not address.startswith("/mail/")) == []
