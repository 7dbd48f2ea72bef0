"""The faults page as a person uses it: by mouse, by keyboard, and without a script."""

from __future__ import annotations

import smtplib

import pytest
from playwright.sync_api import expect

from mailsink_web.server import serve


@pytest.fixture
def refused(sink):
    """Send a mail to ada@full.example; the reply to RCPT."""

    def refused():
        with smtplib.SMTP(sink.host, sink.port) as client:
            client.ehlo()
            client.mail("shop@example.org")
            return client.rcpt("ada@full.example")

    return refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024, 1600])
def test_a_rule_is_added_used_switched_and_removed(sink, new_page, refused, photograph, width, scheme):
    page = new_page(width=width, color_scheme=scheme)
    page.goto("/faults")

    page.get_by_label("Value").fill("452 4.2.2 Mailbox full")
    page.get_by_label("Recipient is like").fill("*@full.example")
    expect(page.locator("form[data-fault-form] [data-says]")).to_have_text(
        "At RCPT, when rcpt is *@full.example, reply 452 4.2.2 Mailbox full."
    )
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("switch", name="Rule F1")).to_be_checked()
    assert refused() == (452, b"4.2.2 Mailbox full")

    page.reload()
    expect(page.locator("[data-faults] tbody .num b")).to_have_text("1")
    photograph(page, f"faults-{width}-{scheme}")
    page.get_by_role("switch", name="Rule F1").click()
    expect(page.get_by_role("switch", name="Rule F1")).not_to_be_checked()
    assert refused()[0] == 250

    page.get_by_role("button", name="Remove F1").click()
    expect(page.get_by_text("F1 is removed.")).to_be_visible()
    page.get_by_role("button", name="Add rule").click()
    assert refused()[0] == 452
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_what_is_wrong_is_said_while_it_is_written(page):
    page.goto("/faults")

    page.get_by_label("Action", exact=True).select_option("delay")
    page.get_by_label("Value").fill("soon")

    expect(page.get_by_label("Value")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#value-says")).to_contain_text("delay 'soon' is wrong; it is a number of seconds")
    page.get_by_label("Value").fill("2")
    expect(page.locator("#value-says")).to_have_text(
        "A reply such as 452 4.2.2 Mailbox full, seconds, or nothing."
    )
    expect(page.get_by_label("Value")).not_to_have_attribute("aria-invalid", "true")


def test_everything_can_be_done_by_keyboard_and_without_a_script(sink, new_page, refused):
    page = new_page(java_script_enabled=False)
    page.goto("/faults?preset=unknown_user")

    page.get_by_label("rcpt", exact=True).focus()
    page.keyboard.type("ada@*")
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch", name="Rule F1")).to_be_checked()
    assert refused()[0] == 550
    page.get_by_role("link", name="F1").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Value").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_text("reply 'nonsense' is wrong")).to_be_visible()
    page.get_by_role("switch", name="Rule F1").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Rule F1")).not_to_be_checked()

    assert refused()[0] == 250


def test_hits_count_on_while_mail_comes(sink, page, refused):
    sink.inbox.faults.add(stage="rcpt", rcpt="*@full.example", reply="452 4.2.2 Mailbox full")
    page.goto("/faults?edit=F1")
    expect(page.locator("[data-live=on]")).to_have_count(1)
    page.get_by_label("Value").fill("550 No")

    refused()
    refused()

    expect(page.locator("[data-faults] tbody .num b")).to_have_text("2")
    expect(page.get_by_role("region", name="Firings").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_label("Value")).to_have_value("550 No")


def test_nothing_can_be_changed_while_mailsink_does_not_answer(sink, web, page):
    sink.inbox.faults.add(stage="rcpt", reply="450 4.2.0 Later")
    page.goto("/faults")
    expect(page.locator("[data-live=on]")).to_have_count(1)

    web.close()

    expect(page.get_by_role("alert").first).to_contain_text("mailsink does not answer.")
    expect(page.get_by_role("switch", name="Rule F1")).to_be_disabled()
    expect(page.get_by_role("button", name="Add rule")).to_be_disabled()
    with serve(sink, port=web.port):
        expect(page.get_by_role("switch", name="Rule F1")).to_be_enabled()
        expect(page.get_by_role("button", name="Ask F1 earlier")).to_be_disabled()


def test_rules_are_ordered_switched_opened_and_removed_by_keys(sink, page):
    for reply in ("450 4.2.0 First", "451 4.3.0 Second"):
        sink.inbox.faults.add(stage="rcpt", reply=reply)
    page.goto("/faults")
    press = page.keyboard.press
    focused = page.locator("[data-faults] tr:has(:focus)")

    def at(text):
        expect(focused).to_contain_text(text)
        expect(page.locator("[data-live=on]")).to_have_count(1)

    expect(page.locator("[data-live=on]")).to_have_count(1)
    press("j")
    at("First")
    press("Shift+J")
    expect(page.locator("[data-faults] tbody tr").last).to_contain_text("First")
    at("First")
    press("x")
    expect(page.get_by_role("switch", name="Rule F1")).not_to_be_checked()
    at("First")
    press("k")
    at("Second")
    press("Enter")
    expect(page.get_by_role("heading", name="Change F2")).to_be_visible()
    expect(page.locator("[data-live=on]")).to_have_count(1)
    press("Escape")
    at("Second")
    press("#")
    expect(page.get_by_text("F2 is removed.")).to_be_visible()
    expect(page.locator("[data-live=on]")).to_have_count(1)
    press("n")
    expect(page.get_by_label("Value")).to_be_focused()
    assert [rule.id for rule in sink.faults] == ["F1"]


def test_the_words_of_a_rule_stay_words(sink, page):
    nasty = '"><script>top.owned=1</script>'
    sink.inbox.faults.add(stage="rcpt", rcpt=f"*{nasty}", reply=f"550 {nasty}", note=nasty, times=1)

    for path in ("/faults", "/faults?edit=F1", f"/faults?note={nasty}&removed={nasty}"):
        page.goto(path)
        assert page.evaluate("window.owned") is None
        assert page.locator("script:not([src])").count() == 0


def test_the_page_is_linked_from_the_others(page):
    page.goto("/")

    page.get_by_role("link", name="Faults").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Faults")
