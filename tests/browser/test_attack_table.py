"""Attacks out of HTML mail, one by one: each does its work in a bare page, or none of it in a mail.

They lie in one mail, which is opened in every way there is. Another origin notes what it is asked for.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from elsewhere import running
from mails import mail, put

from mailsink.sink import Sink
from mailsink_web.server import serve

TABLE = tomllib.loads((Path(__file__).parent / "attacks.toml").read_text("utf-8"))
ATTACKS: dict[str, str] = TABLE["attacks"] | TABLE["more"]
# What a browser does for a whole page only, and not for a frame.
ALONE = ("dictionary", "icon", "popup", "speculation about links", "speculation rules", "top navigation")
# Without a screen Chromium does not connect ahead at all; with one it does.
UNSEEN = ("preconnect",)
WAYS = (
    "/messages/{id}",
    "/messages/{id}?alone=1",
    "/messages/{id}/preview",
    "/api/messages/{id}/html",
    "/view/{id}.html",
    "/mailpit/view/{id}.html?embed=1",
)


def path_of(name: str) -> str:
    return "/" + name.replace(" ", "-")


def written(name: str, there: str, here: str) -> str:
    return ATTACKS[name].replace("THERE", f"{there}{path_of(name)}").replace("HERE", here)


@dataclass(frozen=True)
class Seen:
    """What the other origin was asked for by bare pages and by the mail, and what became of ours."""

    bare: frozenset[str]
    mail: frozenset[str]
    connected: int
    changes: list[str]
    titles: list[str]
    cookies: list[object]
    pages: int
    scripts: list[object]


def names_of(asked: list[str]) -> frozenset[str]:
    """The attacks whose paths were asked for."""
    paths = [line.split()[1].split("?")[0] for line in asked if line.count(" ") == 2]
    return frozenset(n for n in ATTACKS for p in paths if p == path_of(n) or p.startswith(f"{path_of(n)}/"))


@pytest.fixture(scope="module")
def seen(browser):
    with running() as bare, running() as elsewhere, Sink() as sink, serve(sink, port=0) as web:
        context = browser.new_context()
        page = context.new_page()
        for name in ATTACKS:
            bare.pages[f"/frame{path_of(name)}"] = f"<!doctype html>{written(name, bare.url, web.url)}"
        sandbox = "allow-scripts allow-forms allow-same-origin"
        frames = [f'<iframe src="{path}" sandbox="{sandbox}"></iframe>' for path in bare.pages]
        bare.page = "".join(frames)
        page.goto(f"{bare.url}/page", wait_until="load")
        bare.wait(lambda asked: names_of(asked) >= set(ATTACKS) - {*ALONE, *UNSEEN})
        # Closed with the browser: Chromium may never be done with a page that is on its way elsewhere.
        apart = browser.new_context()
        for name in ALONE:
            apart.new_page().goto(f"{bare.url}/frame{path_of(name)}", wait_until="commit")
            bare.wait(lambda asked, name=name: name in names_of(asked))
        tried = names_of(bare.asked)

        html = "".join(f"<div>{written(name, elsewhere.url, web.url)}</div>" for name in ATTACKS)
        made = bytes(mail("Attacks", "See the HTML part.", html=html))
        message_id = put(sink, made, at=dt.datetime.now(dt.UTC), read=True)
        asked, titles, scripts = [], [], []
        context.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        for way in WAYS:
            page.goto(web.url + way.format(id=message_id), wait_until="load")
            page.wait_for_timeout(50)
            titles.append(page.title())
            scripts.append(page.evaluate("window.name"))
        connected = elsewhere.connected
        context.new_page().goto(f"{elsewhere.url}/control")
        yield Seen(
            bare=tried,
            mail=names_of(elsewhere.asked),
            connected=connected,
            changes=[line for line in asked if line.split()[0] not in ("GET", "HEAD")],
            titles=titles,
            cookies=context.cookies(web.url),
            pages=len(context.pages),
            scripts=scripts,
        )
        assert len(sink.everything) == 1
        context.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_that_works_elsewhere_does_nothing_in_a_mail(seen, name):
    assert name not in seen.mail
    assert name in seen.bare or name in UNSEEN


def test_nothing_else_came_of_them(seen):
    assert seen.changes == []
    assert "owned" not in seen.titles
    assert seen.cookies == []
    assert seen.pages == 2
    assert seen.scripts == [""] * len(WAYS)
    # Not even to be quicker later.
    assert seen.connected == 0


def test_what_is_clicked_in_a_mail_does_no_more_than_lead_to_a_page(browser):
    with running() as elsewhere, Sink() as sink, serve(sink, port=0) as web:
        context = browser.new_context()
        context.set_default_timeout(10_000)
        page = context.new_page()
        html = TABLE["clicked"]["html"].replace("THERE", elsewhere.url).replace("HERE", web.url)
        made = bytes(mail("Clicks", "See the HTML part.", html=html))
        message_id = put(sink, made, at=dt.datetime.now(dt.UTC), read=True)
        page.goto(f"{web.url}/messages/{message_id}")
        for word in TABLE["clicked"]["words"]:
            page.frame_locator("iframe").get_by_text(word, exact=True).click()
        page.wait_for_timeout(100)

        assert page.url == f"{web.url}/messages/{message_id}"
        assert elsewhere.connected == 0
        assert len(sink.everything) == 1
        context.close()
