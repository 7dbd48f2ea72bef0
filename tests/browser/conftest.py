"""A real browser against a real sink: Chromium, SMTP and HTTP over loopback."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailsink.sink import Sink
from mailsink_web.server import WebServer, serve

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install playwright"
)

CHROMIUM = Path(os.environ.get("MAILSINK_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Another site on this machine: nothing of it is looked up.
    "--host-resolver-rules=MAP evil.example.org 127.0.0.1",
)


# For a module and not for the session: while it lives, Playwright keeps an event loop running around this
# thread, and tests of other folders that start one of their own would fail.
@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    if not CHROMIUM.exists():
        sentence = f"Chromium is not at {CHROMIUM}: install it, or name it in MAILSINK_CHROMIUM."
        if os.environ.get("MAILSINK_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def web(sink: Sink) -> Iterator[WebServer]:
    with serve(sink, port=0) as running:
        yield running


NewPage = Callable[..., "sync_api.Page"]


@pytest.fixture
def new_page(browser: sync_api.Browser, web: WebServer) -> Iterator[NewPage]:
    """Make a page in a context of its own; keywords are Playwright's. A script's error fails the test."""
    contexts, errors = [], []

    def make(*, width: int = 1440, height: int = 900, **options: object) -> sync_api.Page:
        context = browser.new_context(
            base_url=web.url, viewport={"width": width, "height": height}, **{"timezone_id": "UTC", **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: NewPage) -> sync_api.Page:
    return new_page()


@pytest.fixture
def photograph() -> Callable[[sync_api.Page, str], None]:
    """Keep a picture of a page in the folder MAILSINK_SCREENSHOTS; without one nobody looks at it."""
    folder = os.environ.get("MAILSINK_SCREENSHOTS")

    def take(page: sync_api.Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.png")

    return take
