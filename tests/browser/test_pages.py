"""Every page at every width: readable with and without a script, in light and dark, named for everybody."""

from __future__ import annotations

import datetime as dt
import os
import struct
import sys
from pathlib import Path

import pytest
from mails import BROKEN, mail, put, realistic
from playwright.sync_api import expect
from sending import raw, send

from mailsink.sink import Sink
from mailsink_web.server import serve

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    "inbox": "/",
    "message": "/messages/{order}",
    "text": "/messages/{order}?view=text",
    "headers": "/messages/{order}?view=headers",
    "source": "/messages/{broken}?view=source",
    "parts": "/messages/{order}?view=parts",
    "message-session": "/messages/{sent}?view=session",
    "codes": "/messages/{sent}?view=codes",
    "as-test": "/messages/{order}/as-test",
    "as-test-curl": "/messages/{sent}/as-test?lang=curl",
    "sessions": "/sessions",
    "attempts": "/attempts",
    "session": "/sessions/{session}",
    "faults": "/faults?edit=F1",
    "faults-preset": "/faults?preset=rate_limit",
    "files": "/messages/{order}?view=parts&part=3",
    "alone": "/messages/{order}?alone=1",
    "invitation": "/messages/{outer}?view=parts&part=2",
    "attached": "/messages/{outer}?attached=3",
    "bounce": "/messages/{bounce}",
    "connect": "/connect",
    "docs": "/docs",
    "settings": "/settings",
    "search-error": "/?q=from:shop.example+has:atachment",
    "search-none": "/?q=rcpt:grace@example.org+subject:invoice",
    "delete-all": "/delete-all",
    "missing": "/messages/nowhere",
}


# A calendar and a message, each as a file.
CARRIES = (
    b"From: orders@shop.example\r\nTo: ada@example.org\r\nSubject: Two files\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nHere.\r\n'
    b"--b1\r\nContent-Type: text/calendar; method=REQUEST\r\n"
    b"Content-Disposition: attachment; filename=a.ics\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Sprint review\r\n"
    b"DTSTART:20261126T150000Z\r\nDTEND:20261126T160000Z\r\nLOCATION:Room 3\r\n"
    b"ORGANIZER;CN=Grace:mailto:grace@example.org\r\nATTENDEE;CN=Ada:mailto:ada@example.org\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    b"--b1\r\nContent-Type: message/rfc822\r\n\r\nSubject: Inside\r\nFrom: linus@example.org\r\n\r\n"
    b"Inner text.\r\n--b1--\r\n"
)


@pytest.fixture
def known(sink) -> dict[str, str]:
    """The ids that the addresses in PAGES name."""
    order = realistic(sink)
    broken = put(sink, BROKEN, at=dt.datetime.now(dt.UTC), rcpt=("broken@example.org",))
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO worker-3.example")
        client.ask(b"MAIL FROM:<ops@shop.example> SIZE=999999999")
        client.ask(b"MAIL FROM:<ops@shop.example>")
        client.ask(b"QUIT")
    outer = put(sink, CARRIES, at=dt.datetime.now(dt.UTC))
    bounce = put(sink, CARRIES, at=dt.datetime.now(dt.UTC), sender="", rcpt=("bounces@shop.example",))
    content = bytes(mail("Sign in", "Your code is 551204. Or follow https://shop.example/signin?t=1#x"))
    send((sink.host, sink.port), content, sender="accounts@shop.example")
    sent = sink.everything.get("latest")
    sink.inbox.faults.preset("greylisting")
    return {"order": order, "broken": broken, "sent": sent.id, "session": sent.session_id} | {
        "outer": outer,
        "bounce": bounce,
    }


# What stands in a bar and reaches beyond it, or beyond the window.
BEYOND = """() => [...document.querySelectorAll(":is(.topbar, .listbar, .toolbar) :is(a, button)")]
  .filter(e => e.checkVisibility())
  .filter(e => e.getBoundingClientRect().right > 1
    + Math.min(innerWidth, e.closest(".list, .message")?.getBoundingClientRect().right ?? innerWidth))
  .map(e => e.title || e.textContent.trim())"""


# What stands in a bar and is cut so short that nobody can read it.
CUT = """() => [...document.querySelectorAll(".toolbar .cut")]
  .filter(e => e.clientWidth < Math.min(e.scrollWidth, 40)).map(e => e.textContent)"""
# Tables that are wider than their place.
SCROLLS = """() => [...document.querySelectorAll(".table-wrap")]
  .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"""
# The first and the last cell that a table shows keep the page's distance from its edges.
EDGES = """() => [...document.querySelectorAll(".table-wrap > .table tr")]
  .map(row => [...row.cells].filter(cell => cell.checkVisibility()))
  .flatMap(cells => [getComputedStyle(cells[0]).paddingLeft, getComputedStyle(cells.at(-1)).paddingRight])
  .filter(padding => padding !== "16px")"""


# A page is as wide in the dark; pictures are wanted of both.
SCHEMES = ("light", "dark") if os.environ.get("MAILSINK_SCREENSHOTS") else ("light",)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1024, 1600])
def test_no_page_is_wider_than_its_window(known, new_page, photograph, width, scheme):
    page = new_page(width=width, color_scheme=scheme)
    wide = []
    for name, address in PAGES.items():
        page.goto(address.format(**known))
        photograph(page, f"{name}-{width}-{scheme}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(name)
        if page.evaluate("document.body.offsetHeight < innerHeight"):
            wide.append(f"{name}: ends above the foot of the window")
        wide += [
            f"{name}: {found}" for script in (BEYOND, CUT, SCROLLS, EDGES) for found in page.evaluate(script)
        ]

    assert wide == []


@pytest.mark.parametrize("width", [360, 1280])
def test_long_words_leave_a_message_readable(sink, new_page, width):
    endless = mail("word " * 400 + "x" * 900, "Hello", attachment="a" * 180 + ".pdf")
    message_id = put(sink, bytes(endless), at=dt.datetime.now(dt.UTC))
    page = new_page(width=width)
    wide = []
    for view in ("", "?view=parts", "/as-test"):
        page.goto(f"/messages/{message_id}{view}")
        wide += page.evaluate(BEYOND)
        wide += page.evaluate(SCROLLS)
    page.goto(f"/messages/{message_id}")

    assert wide == []
    expect(page.locator("#reading")).to_be_in_viewport()


def test_every_page_can_be_read_without_javascript(known, new_page):
    page = new_page(java_script_enabled=False)
    said = {}
    for name, address in PAGES.items():
        page.goto(address.format(**known))
        said[name] = page.locator("main").inner_text()

    assert "Your order 10482 is confirmed" in said["inbox"]
    assert "Remote content is blocked. 3 hosts would have been contacted." in said["message"]
    assert "1 × Enamel mug, sea green" in said["text"]
    assert "<a1@mta.shop.example>" in said["headers"]
    assert "Caf\\xe9 order" in said["source"]
    assert "order-10482.pdf" in said["parts"]
    assert "accounts@shop.example" in said["message-session"]
    assert "551204" in said["codes"]
    assert "def test_your_order_10482_is_confirmed(mailsink):" in said["as-test"]
    assert "Transactions beyond count" in said["faults-preset"]
    assert "1 captured" in said["sessions"]
    assert "broken off" in said["attempts"]
    assert "Sprint review" in said["invitation"]
    assert "Inner text." in said["attached"]
    assert "null reverse-path: a bounce" in said["bounce"]
    assert "EHLO" in said["session"]
    assert "Greylisted, please try again later" in said["faults"]
    assert "Point your app here" in said["connect"]
    assert page.locator(".needs-script").first.is_hidden()


# What rises into view is judged once it is there.
STILL = """Promise.allSettled(document.getAnimations()
  .filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finished))"""
AXE = Path(sys.prefix, "node", "node_modules", "axe-core", "axe.min.js")
# Only this page: the letter in the frame is not ours.
FINDINGS = """async (only) => (await axe.run(document, {
    iframes: false, resultTypes: ["violations"], ...(only.length ? {runOnly: only} : {}),
  })).violations
  .flatMap(v => v.nodes.map(n => `${v.impact}: ${v.id}: ${n.target} ${n.any[0]?.message ?? ""}`))"""


@pytest.fixture
def findings():
    """What axe finds on a page, each as a sentence; with names of rules, by those alone."""
    if not AXE.exists():
        sentence = f"axe-core is not at {AXE}: make packages."
        if os.environ.get("MAILSINK_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    source = AXE.read_text("utf-8")

    def find(page, *only: str) -> list[str]:
        # Through the debugger: the policy of the pages lets no other script in.
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        page.evaluate(STILL)
        return page.evaluate(FINDINGS, only)

    return find


@pytest.mark.parametrize("width", [360, 1024, 1600])
def test_axe_finds_nothing_on_any_page(known, new_page, findings, width):
    page = new_page(width=width, color_scheme="light", reduced_motion="reduce")
    found = {}
    for name, address in PAGES.items():
        page.emulate_media(color_scheme="light")
        page.goto(address.format(**known))
        found[name] = findings(page)
        # In the dark the same elements stand in other colours.
        page.emulate_media(color_scheme="dark")
        found[name] += findings(page, "color-contrast")

    assert found == {name: [] for name in PAGES}


def test_axe_finds_nothing_in_what_stands_above_a_page(known, web, page, findings):
    found = {}
    states = {
        "help": lambda: page.keyboard.press("?"),
        "palette": lambda: page.keyboard.press("Control+k"),
        "naming": lambda: page.get_by_role("button", name="Save search").click(),
        "suggestions": lambda: page.get_by_role("combobox").press_sequentially(" is:un"),
        "wrong": lambda: page.get_by_role("combobox").press("Enter"),
        "tagging": lambda: (page.locator(".row-mark").first.click(), page.keyboard.press("l")),
        "deleted": lambda: (page.locator(".row-mark").first.click(), page.keyboard.press("#")),
    }
    states |= {
        "as-test": lambda: (page.keyboard.press("j"), page.keyboard.press("t")),
        "faults-wrong": lambda: (
            page.goto("/faults?preset=tarpit"),
            page.get_by_label("Value").fill("soon"),
        ),
        "connect-refused": lambda: (
            page.goto("/connect"),
            page.get_by_role("button", name="Send a test mail").click(),
        ),
        "offline": web.close,
    }
    marks = {"suggestions": ".suggest", "wrong": ".query-error", "tagging": "#tagging", "deleted": ".toast"}
    marks |= {
        "as-test": ".popover.snippet",
        "faults-wrong": "[aria-invalid=true]",
        "connect-refused": ".notice.is-bad",
        "offline": ".banner",
    }
    for name, act in states.items():
        page.goto("/?q=subject:o")
        expect(page.locator("[data-live=on]")).to_have_count(1)
        if name == "wrong":
            page.get_by_role("combobox").fill("is:unred")
        act()
        expect(page.locator(marks.get(name, "dialog"))).to_be_visible()
        found[name] = findings(page)

    assert found == {name: [] for name in states}


def test_a_page_without_mail_weighs_less_than_60_kilobytes_and_all_of_it_is_ours(
    web, new_page, record_property
):
    """As a browser transfers it: packed, all that the first visit loads."""
    for path in ("/", "/sessions", "/faults", "/settings", "/?q=invoice"):
        page = new_page()
        answers = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(path)
        expect(page.locator("[data-live=on]")).to_have_count(1)
        page.wait_for_load_state("load")

        loaded = [answer for answer in answers if "/api/stream" not in answer.url]
        weight = sum(answer.request.sizes()["responseBodySize"] for answer in loaded)
        record_property(f"octets of {path}", weight)
        assert {answer.url.split("/")[2] for answer in answers} == {f"{web.host}:{web.port}"}
        assert len(loaded) > 20
        assert weight < 60_000, f"{path} weighs {weight} octets"


def test_paper_is_white_and_shows_the_message_alone(known, page):
    page.goto("/settings")
    page.get_by_label("Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/messages/{order}?view=text".format(**known))
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate("getComputedStyle(document.querySelector('.message')).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in (".rail", ".topbar", ".toolbar", ".list", ".tabs"):
        expect(page.locator(hidden).first).to_be_hidden()


UNNAMED = """() => [...document.querySelectorAll("a, button, input, select, textarea, iframe, nav, table")]
  .filter(e => e.checkVisibility() && !e.closest("[inert]") && e.type !== "hidden")
  .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim() || e.title
    || e.getAttribute("aria-labelledby") || e.labels?.[0]?.textContent.trim()))
  .map(e => e.outerHTML.slice(0, 200))"""


def test_every_control_and_landmark_has_a_name(known, page):
    unnamed, headings, landmarks = {}, {}, {}
    for name, address in PAGES.items():
        page.goto(address.format(**known))
        unnamed[name] = page.evaluate(UNNAMED)
        headings[name] = page.locator("h1").count()
        landmarks[name] = [page.locator(tag).count() for tag in ("main", "nav.rail", "header.topbar")]

    assert unnamed == {name: [] for name in PAGES}
    assert headings == dict.fromkeys(PAGES, 1)
    assert landmarks == {name: [1, 1, 1] for name in PAGES}


def test_no_id_is_given_twice_and_every_reference_leads_somewhere(known, page):
    faults = {}
    for name, address in PAGES.items():
        page.goto(address.format(**known))
        faults[name] = page.evaluate(
            """() => {
              const ids = [...document.querySelectorAll("[id]")].map(e => e.getAttribute("id"));
              const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
              const names = ["aria-labelledby", "aria-describedby", "form"];
              const named = [...document.querySelectorAll("[aria-labelledby], [aria-describedby], [form]")]
                .flatMap(e => names.map(name => e.getAttribute(name)).filter(Boolean));
              return [...twice, ...named.filter(id => !ids.includes(id))];
            }"""
        )

    assert faults == {name: [] for name in PAGES}


def test_the_policy_of_the_pages_is_never_broken(known, page):
    complaints = []
    page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    for name, address in PAGES.items():
        if name not in ("message", "alone"):  # the frame's own policy blocks, and says so
            page.goto(address.format(**known))

    assert complaints == []


def test_a_message_alone_begins_at_its_top_on_a_phone(known, new_page):
    page = new_page(width=360, height=700)
    page.goto("/messages/{order}?alone=1".format(**known))

    bar, subject = (page.locator(part).first.bounding_box() for part in (".toolbar", "h1"))
    assert bar["y"] == 0
    assert subject["y"] >= bar["height"]


def test_the_rail_opens_as_a_menu_on_a_phone(known, new_page):
    page = new_page(width=360, height=700, java_script_enabled=False)
    page.goto("/")
    expect(page.get_by_role("link", name="Sessions")).to_be_hidden()

    page.get_by_role("button", name="Menu").click()

    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


def test_a_long_subject_and_a_thousand_recipients_do_not_break_the_page(sink, new_page):
    made = mail("W" * 900, "Hi", to="ada@example.org")
    everyone = tuple(f"{'x' * 60}{number}@example.org" for number in range(1_000))
    message_id = put(sink, bytes(made), at=dt.datetime.now(dt.UTC), rcpt=everyone)
    page = new_page(width=360)

    page.goto(f"/messages/{message_id}")

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_text("992 more")).to_be_visible()


def test_the_picture_in_the_readme_is_of_this_page(new_page):
    now = dt.datetime(2026, 11, 24, 14, 32, 7, 418_000, tzinfo=dt.UTC)
    update = os.environ.get("MAILSINK_UPDATE_SCREENSHOT") == "1"
    page = new_page(width=1200, height=750, color_scheme="light")
    page.clock.set_fixed_time(now + dt.timedelta(seconds=20))
    with Sink(smtp=(("127.0.0.1", 1025 if update else 0),)) as sink, serve(sink, port=0) as web:
        order = realistic(sink, now=now)
        sink.inbox.faults.preset("greylisting")
        page.goto(f"{web.url}/messages/{order}")
        expect(page.locator("[data-live=on]")).to_have_count(1)
        expect(page.locator("[data-list] .row")).to_have_count(19)
        expect(page.frame_locator("iframe").get_by_text("Thank you, Ada.")).to_be_visible()
        expect(page.locator(".row.is-current.is-unread")).to_have_count(0)
        if update:
            page.screenshot(path=DOCS / "inbox.png")

    with (DOCS / "inbox.png").open("rb") as file:
        assert struct.unpack(">8x8x2I", file.read(24)) == (1200, 750)


# What is chosen and looks like its neighbour.
ALIKE = """() => [...document.querySelectorAll(":is(.tabs, .segments) > [aria-current]")]
  .filter(e => e.checkVisibility())
  .filter(e => {
    const look = ({ outlineStyle, borderBottomColor }) => outlineStyle + borderBottomColor;
    const other = [...e.parentElement.children].find(each => !each.matches("[aria-current]"));
    return look(getComputedStyle(e)) === look(getComputedStyle(other));
  }).map(e => e.textContent.trim())"""


def test_what_is_chosen_is_seen_in_forced_colours(known, new_page):
    page = new_page(forced_colors="active")
    alike = {}
    for name in ("message", "text", "sessions"):
        page.goto(PAGES[name].format(**known))
        alike[name] = page.evaluate(ALIKE)

    assert alike == {name: [] for name in alike}
