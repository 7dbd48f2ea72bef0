"""Sessions and tries as a person looks for what went wrong, and a message as a test."""

from __future__ import annotations

from mails import realistic
from playwright.sync_api import expect
from sending import in_data, send


def ready(page):
    expect(page.locator("[data-live=on]")).to_have_count(1)


def test_what_failed_is_three_clicks_away(sink, page, photograph):
    send((sink.host, sink.port))
    with in_data((sink.host, sink.port)):
        pass
    page.goto("/")

    page.get_by_role("link", name="Sessions").click()
    page.get_by_role("main").get_by_role("link", name="Failed").click()
    expect(page.locator(".cell-link")).to_have_count(1)
    page.get_by_label("Client, address or user").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of that kind is here with “nobody”.")).to_be_visible()
    photograph(page, "sessions-none")
    page.get_by_role("main").get_by_role("link", name="Show all").first.click()
    page.get_by_role("link", name="Mails tried").click()
    page.get_by_role("link", name="Never completed").click()
    page.get_by_role("link", name="broken off").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    expect(page.locator(".tag", has_text="aborted in content")).to_be_visible()
    photograph(page, "session-aborted")


def test_the_rail_counts_what_failed_while_it_fails(sink, page):
    send((sink.host, sink.port))
    page.goto("/")
    ready(page)
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Sessions")
    expect(link).to_have_text("Sessions")

    with in_data((sink.host, sink.port)):
        pass

    expect(link).to_have_text("Sessions1 failed")
    link.click()
    expect(page.get_by_role("link", name="Failed 1")).to_be_visible()


def test_a_new_session_is_told_and_moves_nothing(sink, page):
    send((sink.host, sink.port))
    page.goto("/sessions")
    ready(page)
    expect(page.locator(".cell-link")).to_have_count(1)

    send((sink.host, sink.port))

    fresh = page.locator("[data-sessions-news]")
    expect(fresh).to_have_text("1 new")
    expect(page.locator(".cell-link")).to_have_count(1)
    fresh.click()
    expect(page.locator(".cell-link")).to_have_count(2)


def test_a_message_as_a_test_is_one_key_away(sink, new_page):
    order = realistic(sink)
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    test = page.get_by_role("region", name="As test")
    page.goto(f"/messages/{order}")
    ready(page)

    page.keyboard.press("t")
    expect(test).to_contain_text("def test_your_order_10482_is_confirmed(mailsink):")
    expect(test).to_contain_text("Finds this message and none of the")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(test).to_contain_text("await mailsink.expect(")
    page.keyboard.press("t")
    expect(test.locator(".is-done")).to_be_visible()
    assert "await mailsink.expect(" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(test).to_have_count(0)

    page.goto("/")
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(test).to_be_visible()
