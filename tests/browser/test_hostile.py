"""Hostile mail in a browser: it runs nothing, contacts nobody, changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from elsewhere import Elsewhere, running
from mails import mail, order, put
from playwright.sync_api import expect

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with running() as server:
        yield server


ATTACKS = """
<base href="{there}/"><meta http-equiv="refresh" content="0;url={there}/refresh">
<link rel="stylesheet" href="{there}/style"><link rel="prefetch" href="{there}/prefetch">
<link rel="preload" as="image" href="{there}/preload"><link rel="preconnect" href="{there}">
<style>@import url({there}/import); body {{ background: url({there}/css) }}
@font-face {{ font-family: x; src: url({there}/font.woff2) }} p {{ font-family: x }}</style>
<script>fetch("{there}/script"); parent.document.title = "owned"; top.location = "{there}/top"</script>
<p id="shown">shown</p><img src="{there}/img"><img srcset="{there}/srcset 2x"><img src="relative">
<img src="x" onerror="fetch('{there}/onerror')">
<svg onload="fetch('{there}/svg')"><image href="{there}/svgimage"/></svg>
<iframe src="{there}/frame"></iframe><iframe srcdoc="<script>fetch('{there}/srcdoc')</script>"></iframe>
<object data="{there}/object"></object><embed src="{there}/embed">
<video src="{there}/video" poster="{there}/poster" autoplay></video>
<form id="f" action="{there}/form"><input name="a"><input type="image" src="{there}/inputimage"></form>
<table background="{there}/background"><tr><td>x</td></tr></table>
<img src="{here}/api/messages"><img src="{here}/messages/latest">
<a href="{there}/click" id="out">out</a>
"""


def attack(sink, web, elsewhere) -> str:
    html = ATTACKS.format(there=elsewhere.url, here=web.url)
    return put(sink, bytes(mail("Attack", "See the HTML part.", html=html)), at=NOW)


def control(page, elsewhere) -> None:
    """Ask for something elsewhere on purpose: whatever was asked for before it has been noted then."""
    other = page.context.new_page()
    other.goto(f"{elsewhere.url}/control")
    other.close()


def test_hostile_html_runs_nothing_and_contacts_nobody(sink, web, elsewhere, page):
    message_id = attack(sink, web, elsewhere)
    answered = []
    page.on("response", lambda r: answered.append(r.url) if r.frame != page.main_frame else None)

    page.goto(f"/messages/{message_id}")
    expect(page.frame_locator("iframe").locator("#shown")).to_be_visible()
    control(page, elsewhere)

    assert elsewhere.leaks == ["GET /control HTTP/1.1"]
    assert answered == [f"{web.url}/messages/{message_id}/preview"]
    expect(page).to_have_title("Attack · mailsink")


def test_a_link_opens_a_tab_that_knows_nothing_of_this_one(sink, web, elsewhere, page):
    message_id = attack(sink, web, elsewhere)
    page.goto(f"/messages/{message_id}")

    with page.context.expect_page() as opened:
        page.frame_locator("iframe").locator("#out").click()
    opened.value.wait_for_load_state()

    assert elsewhere.asked[0].startswith("GET /click")
    assert opened.value.evaluate("window.opener") is None
    assert opened.value.evaluate("document.referrer") == ""


def test_remote_content_is_loaded_once_when_asked_for(sink, web, elsewhere, page):
    message_id = attack(sink, web, elsewhere)
    page.goto(f"/messages/{message_id}")

    page.get_by_text("1 host would have been contacted").click()
    with page.expect_event("response", lambda r: r.url.endswith("/img")):
        page.get_by_role("button", name="Load once").click()

    expect(page.get_by_text("Remote content was loaded once.")).to_be_visible()
    control(page, elsewhere)
    paths = {line.split()[1] for line in elsewhere.asked}
    assert "/img" in paths
    assert not paths & {
        "/script",
        "/onerror",
        "/frame",
        "/object",
        "/embed",
        "/form",
        "/refresh",
        "/top",
        "/click",
    }


def test_an_inline_picture_is_shown_without_a_request(sink, page):
    message_id = put(sink, bytes(order()), at=NOW)

    page.goto(f"/messages/{message_id}")

    picture = page.frame_locator("iframe").locator("img[width='16']")
    expect(picture).to_be_visible()
    assert picture.get_attribute("src").startswith("data:image/png;base64,")
    assert picture.evaluate("image => image.naturalWidth") == 16


NASTY = '"><script>window.owned = 1</script><img src=x onerror="window.owned=2">\u202egnp.exe'


@pytest.mark.parametrize("view", ["text", "headers", "source", "parts", "codes"])
def test_hostile_words_stay_words_in_every_view(sink, page, view):
    made = mail(NASTY, f"{NASTY} https://example.org/{NASTY} code 482913", sender="orders@shop.example")
    made["X-Nasty"] = NASTY
    made.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=f"a{NASTY}.pdf")
    message_id = put(sink, bytes(made), at=NOW, rcpt=(f'"{NASTY}"@example.org',))

    page.goto(f"/messages/{message_id}?view={view}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")

    assert page.evaluate("window.owned") is None
    assert page.locator("script:not([src])").count() == 0
    assert page.locator("img").count() == 0


def test_the_mails_scheme_is_its_own(sink, new_page):
    message_id = put(sink, bytes(order()), at=NOW)
    page = new_page(color_scheme="null")
    seen = []
    for scheme in ("light", "dark"):
        page.goto(f"/messages/{message_id}?view=preview&scheme={scheme}")
        body = page.frame_locator("iframe").locator("body")
        seen.append(body.evaluate("body => getComputedStyle(body).backgroundColor"))

    assert seen == ["rgb(238, 243, 242)", "rgb(16, 24, 23)"]
