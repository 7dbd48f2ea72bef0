"""A person works through a morning's mail: once by mouse, once by keyboard alone, at every width."""

from __future__ import annotations

import re

import pytest
from mails import realistic
from playwright.sync_api import expect

LOOKS = [(width, scheme) for width in (360, 1024, 1600) for scheme in ("light", "dark")]


@pytest.fixture(params=LOOKS, ids=[f"{width}-{scheme}" for width, scheme in LOOKS])
def look(request, sink, new_page, photograph):
    """A page with a morning's mail, and what keeps a picture of a state."""
    width, scheme = request.param
    realistic(sink)
    page = new_page(width=width, color_scheme=scheme, reduced_motion="reduce")
    page.goto("/")
    ready(page)
    walk = request.node.originalname.removeprefix("test_")
    return page, lambda name: photograph(page, f"{walk}-{name}-{width}-{scheme}")


def ready(page):
    """Wait until the page's script follows the stream, and listens to keys."""
    expect(page.locator("[data-live=on]")).to_have_count(1)


def rows(page):
    return page.locator("[data-list] .row")


def subjects(page):
    return page.locator("[data-list] .row-link bdi").all_inner_texts()


def total(page, number):
    expect(page.locator("[data-swap=counts]")).to_contain_text(f"{number} messages")


def in_rail(page, name):
    """A link of the rail; on a phone the rail is a menu."""
    if page.viewport_size["width"] < 720:
        page.get_by_role("button", name="Menu").click()
    return page.get_by_role("navigation", name="Main").get_by_role("link", name=name)


def test_by_mouse(sink, look):
    page, picture = look
    before = subjects(page)
    box = page.get_by_role("combobox", name="Search messages")

    # Three rows are ticked, starred and tagged.
    rows(page).nth(1).get_by_role("checkbox").check()
    rows(page).nth(3).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    picture("selected")
    page.locator(".listbar").get_by_role("button", name="Star", exact=True).click()
    expect(page.locator(".row-star[aria-pressed=true]")).to_have_count(3)
    page.locator(".listbar").get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag for the selected").fill("review")
    picture("tagging")
    page.get_by_role("button", name="Add tag").click()
    expect(rows(page).nth(3).get_by_role("link", name="review")).to_be_visible()
    picture("tagged")

    # They are deleted, which is undone.
    page.get_by_role("button", name="Delete", exact=True).click()
    total(page, 16)
    picture("deleted")
    page.get_by_role("button", name="Undo").click()
    total(page, 19)
    expect(rows(page)).to_have_count(19)
    assert subjects(page) == before
    expect(page.locator(".toast")).to_have_count(0)
    assert {m.tags for m in sink.everything if m.starred} == {("review",)}

    # One row's own star is taken away.
    rows(page).nth(1).hover()
    rows(page).nth(1).get_by_role("button", name="Star").click()
    expect(page.locator(".row-star[aria-pressed=true]")).to_have_count(2)

    # A search is completed, made and saved.
    box.click()
    box.type("has:c")
    picture("suggestions")
    page.get_by_role("option", name="has:code").click()
    expect(box).to_have_value("has:code ")
    box.press("Enter")
    expect(page.get_by_role("heading", name="2 messages match")).to_be_visible()
    ready(page)
    page.get_by_role("button", name="Save search").click()
    page.get_by_label("Name").fill("Sign-in codes")
    picture("naming")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Remove saved search")).to_be_visible()
    found = in_rail(page, "Sign-in codes")
    expect(found).to_contain_text("2")
    picture("saved")
    with page.expect_navigation():
        found.click()
    ready(page)

    # A wrong one says where, and leaves the page as it is.
    here = page.url
    box.fill("has:code has:atachment")
    box.press("Enter")
    expect(page.locator(".query-error")).to_contain_text("Did you mean has:attachment?")
    picture("wrong")
    assert page.url == here
    assert len(subjects(page)) == 2
    page.get_by_role("link", name="has:code has:attachment").click()
    expect(page.get_by_text("These come nearest.")).to_be_visible()
    picture("none")

    # A message is opened, deleted, and comes back.
    page.goto("/")
    rows(page).first.get_by_role("link", name="Your order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(before[0])
    picture("message")
    page.locator(".toolbar").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(before[1])
    ready(page)
    assert "undo" not in page.url
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="deleted")).to_have_count(0)
    page.goto("/")
    assert subjects(page) == before

    # It is seen in other light.
    in_rail(page, "Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    ready(page)
    page.get_by_label("Roomy").check()
    page.get_by_label("3 min ago").check()
    expect(page.locator("html")).to_have_attribute("data-density", "roomy")
    expect(page.locator("html")).to_have_attribute("data-times", "ago")
    picture("settings")
    page.goto("/")
    expect(rows(page).first.locator("time")).to_have_text(re.compile(r"\d+ (s|min) ago"))
    picture("roomy")

    # A rule is made of a preset, a test mail meets it, and its session says so.
    in_rail(page, "Faults").click()
    page.get_by_role("link", name="Mailbox full").click()
    page.get_by_label("rcpt", exact=True).fill("*@example.org")
    picture("preset")
    page.get_by_role("button", name="Add mailbox full").click()
    in_rail(page, "Connect").click()
    page.get_by_role("link", name="Symfony").click()
    expect(page.get_by_role("link", name="Symfony")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_text("The test mail did not come through.")).to_be_visible()
    picture("refused")
    in_rail(page, "Sessions").click()
    page.get_by_role("link", name="With faults").click()
    expect(page.locator(".cell-link")).to_have_count(1)
    picture("sessions")
    page.locator(".cell-link").click()
    expect(page.get_by_role("table", name="Mails of this session")).to_contain_text("4.2.2")
    picture("session")

    # Without the rule it comes, and stands as a test.
    in_rail(page, "Faults").click()
    page.get_by_role("button", name="Remove F1").click()
    in_rail(page, "Connect").click()
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test mail: 482913 is your code")
    ready(page)
    page.get_by_role("link", name="As test").click()
    page.get_by_role("link", name="JavaScript").click()
    expect(page.get_by_role("region", name="As test")).to_contain_text("await mailsink.expect(")
    picture("as-test")


def test_by_keyboard(sink, look):
    page, picture = look
    press = page.keyboard.press
    before = subjects(page)
    focused = page.locator(".row:has(:focus)")

    # Rows are ticked, starred, tagged, read.
    press("j")
    press("j")
    press("x")
    press("Shift+J")
    press("Shift+J")
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    press("s")
    expect(page.locator(".row-star[aria-pressed=true]")).to_have_count(3)
    expect(focused).to_contain_text(before[3])
    press("l")
    page.keyboard.type("review")
    press("Enter")
    expect(page.locator(".tag.is-label")).to_have_count(3)
    # The rows come by the stream, and may be there before the field has gone; keys are its own until then.
    expect(page.locator("#tagging")).to_be_hidden()
    press("u")
    expect(rows(page).nth(2)).not_to_have_class(re.compile("is-unread"))
    picture("read")

    # They are deleted, and come back.
    press("#")
    total(page, 16)
    # The stream may tell the number before the page is here that offers to undo it.
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    picture("deleted")
    press("z")
    total(page, 19)
    assert subjects(page) == before
    press("g")
    press("g")
    expect(focused).to_contain_text(before[0])
    press("Shift+G")
    expect(focused).to_contain_text(before[-1])
    press("#")
    total(page, 18)
    expect(focused).to_contain_text(before[-2])
    press("z")
    total(page, 19)

    # A search is completed and made; a wrong one is mended.
    press("/")
    page.keyboard.type("is:st")
    expect(page.get_by_role("option", name="is:starred")).to_be_visible()
    press("Tab")
    press("Enter")
    expect(page.get_by_role("heading", name="3 messages match")).to_be_visible()
    ready(page)
    press("/")
    page.keyboard.type("is:starrd")
    press("Enter")
    expect(page.locator(".query-error")).to_be_visible()
    picture("wrong")
    assert page.evaluate("getSelection().toString() || document.activeElement.selectionStart") in (
        "starrd",
        3,
    )
    press("Escape")

    # From page to page.
    press("g")
    press("u")
    expect(page.get_by_role("heading", level=1)).to_contain_text("messages match")
    ready(page)
    press("g")
    press("i")
    expect(page.get_by_role("heading", level=1)).to_have_text("All inboxes")
    ready(page)
    press("j")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(before[0])
    ready(page)
    press("s")
    expect(page.locator(".toolbar [data-key=s]")).to_have_attribute("aria-pressed", "true")
    ready(page)
    press("l")
    page.keyboard.type("seen")
    press("Enter")
    expect(page.locator(".msg-meta").get_by_role("link", name="seen")).to_be_visible()
    ready(page)
    press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text(before[1])
    ready(page)
    press("t")
    expect(page.get_by_role("region", name="As test")).to_contain_text("(mailsink):")
    picture("as-test")
    press("Escape")
    expect(page.get_by_role("region", name="As test")).to_have_count(0)
    press("Escape")
    expect(page.locator(".rows.is-wide")).to_be_visible()
    ready(page)

    # A rule is written, switched off and removed.
    press("g")
    press("f")
    expect(page.get_by_role("heading", level=1)).to_have_text("Faults")
    ready(page)
    press("n")
    page.keyboard.type("452 4.2.2 Mailbox full")
    press("Enter")
    expect(page.get_by_role("switch", name="Rule F1")).to_be_checked()
    ready(page)
    press("j")
    press("x")
    expect(page.get_by_role("switch", name="Rule F1")).not_to_be_checked()
    ready(page)
    press("#")
    expect(page.get_by_text("F1 is removed.")).to_be_visible()
    ready(page)

    # A test mail is sent, its session looked at, and the mail gone to from there.
    press("g")
    press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Point your app here")
    page.get_by_role("button", name="Send a test mail").focus()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Test mail: 482913 is your code")
    ready(page)
    press("g")
    press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mails tried")
    ready(page)
    press("g")
    press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    ready(page)
    press("j")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    ready(page)
    press("j")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    page.get_by_role("link", name="Message 1").focus()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Test mail: 482913 is your code")
    page.goto("/")
    ready(page)

    # The map, and the palette.
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    picture("help")
    press("j")
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press("Control+k")
    page.keyboard.type("che te")
    expect(page.get_by_role("option", selected=True)).to_contain_text("checkout-tests")
    picture("palette")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("checkout-tests")
    ready(page)
    press("Control+k")
    page.keyboard.type("settings")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    ready(page)


@pytest.mark.parametrize("width", [360, 1600])
def test_without_a_script(sink, new_page, photograph, width):
    realistic(sink)
    page = new_page(width=width, java_script_enabled=False)
    page.goto("/")
    before = subjects(page)

    # Nothing is offered that a script would have to do.
    expect(page.locator(".search-field kbd")).to_be_hidden()
    expect(page.locator(".code-chip .icon").first).to_be_hidden()

    # A row is starred, tagged, deleted, and comes back.
    first = rows(page).first
    first.hover()
    first.get_by_role("button", name="Star").click()
    expect(first.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    first.get_by_role("checkbox").check()
    title = page.get_by_role("heading", name="All inboxes")
    assert title.bounding_box()["width"] > 40
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag for the selected").fill("review")
    photograph(page, f"no-script-tagging-{width}")
    page.get_by_label("Tag for the selected").press("Enter")
    first.get_by_role("link", name="review").click()
    expect(page.get_by_role("heading", name="1 message matches")).to_be_visible()
    page.goto("/")
    first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 message deleted")
    photograph(page, f"no-script-deleted-{width}")
    assert subjects(page) == before[1:]
    page.get_by_role("button", name="Undo").click()
    assert subjects(page) == before

    # A search, a wrong one, a saved one.
    page.get_by_role("searchbox").fill("has:code")
    page.get_by_role("searchbox").press("Enter")
    assert len(subjects(page)) == 2
    page.get_by_role("searchbox").fill("has:cod")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="has:code").click()
    assert len(subjects(page)) == 2
    in_rail(page, "With attachments").click()
    expect(page.get_by_role("heading", name="5 messages match")).to_be_visible()

    # A message is tagged and deleted from its own page.
    rows(page).first.locator(".row-link").click()
    page.get_by_role("button", name="Tag", exact=True).last.click()
    page.get_by_label("Tag for this message").fill("seen")
    page.get_by_label("Tag for this message").press("Enter")
    expect(page.locator(".msg-meta").get_by_role("link", name="seen")).to_be_visible()
    page.locator(".toolbar").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    assert sink.everything.counts().total == 19

    # A test mail comes, its session shows it, and a rule is made.
    in_rail(page, "Connect").click()
    page.get_by_role("button", name="Send a test mail").click()
    page.get_by_role("link", name="session", exact=True).click()
    page.get_by_role("link", name="The session with all its mails").click()
    page.get_by_role("link", name="Message 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Test mail: 482913 is your code")
    page.goto(page.url.split("?")[0] + "/as-test")
    page.get_by_role("link", name="curl").click()
    expect(page.get_by_role("region", name="As test")).to_contain_text("/api/wait")
    in_rail(page, "Sessions").click()
    page.get_by_role("link", name="Mails tried").click()
    expect(page.get_by_role("main").get_by_role("link", name="Test mail: 482913")).to_be_visible()
    in_rail(page, "Faults").click()
    page.get_by_label("Value").fill("452 4.2.2 Mailbox full")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("switch", name="Rule F1")).to_be_checked()

    # Settings hold.
    in_rail(page, "Settings").click()
    page.get_by_label("Dark").check()
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert sink.everything.get("latest") is not None
    page.goto("/sessions")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    assert (
        page.locator(".needs-script").evaluate_all("found => found.every(e => !e.checkVisibility())") is True
    )
