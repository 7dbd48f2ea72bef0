"""The stream in a browser: shared by all tabs, followed without workers too, told outside of the page."""

from __future__ import annotations

import pytest
from mails import mail, realistic
from playwright.sync_api import expect
from sending import send


def rows(page):
    return page.locator("[data-list] .row")


def opened(page, path="/"):
    page.goto(path)
    expect(page.locator("[data-live=on]")).to_have_count(1)
    return page


def news(sink, subject="Fresh news"):
    send((sink.host, sink.port), bytes(mail(subject, "Hi")), rcpt=["noor@example.org"])


def test_ten_tabs_share_one_stream(sink, web, page):
    realistic(sink)
    tabs = [opened(page), *(opened(page.context.new_page()) for _ in range(9))]

    assert web.seats.taken == 1
    news(sink)

    for tab in tabs:
        expect(rows(tab).first).to_contain_text("Fresh news")
    for tab in tabs[:9]:
        tab.close()
    news(sink, "For the last one")
    expect(rows(tabs[9]).first).to_contain_text("For the last one")
    assert web.seats.taken == 1


def test_the_stream_ends_with_the_last_tab(sink, web, page):
    realistic(sink)
    opened(page)

    page.goto("about:blank")
    news(sink)  # a server notices that a client went away when it has something to say

    assert web.seats.wait_taken(0, timeout=30)


def test_a_browser_without_shared_workers_follows_too(sink, page):
    realistic(sink)
    page.add_init_script("delete window.SharedWorker")
    opened(page)

    news(sink)

    expect(rows(page).first).to_contain_text("Fresh news")


def test_a_page_that_comes_back_shows_what_it_missed(sink, page):
    realistic(sink)
    opened(page)
    opened(page, "/sessions")

    news(sink)
    page.go_back()

    expect(rows(page).first).to_contain_text("Fresh news")


def test_what_is_read_does_not_move_when_mail_comes(sink, new_page):
    order = realistic(sink)
    page = opened(new_page(height=420), f"/messages/{order}?view=text")
    page.locator(".message").evaluate("message => message.scrollTo(0, 120)")
    before = page.locator(".reading").bounding_box()

    news(sink)

    expect(rows(page).first).to_contain_text("Fresh news")
    assert page.locator(".reading").bounding_box() == before


def test_the_icon_tells_of_unread_mail(sink, page):
    realistic(sink)
    opened(page)
    icon = page.locator("link[rel=icon]")
    assert icon.get_attribute("href").endswith("favicon-unread.svg")

    sink.everything.mark_all_read()
    expect(page).to_have_title("All inboxes · mailsink")
    assert icon.get_attribute("href").endswith("favicon.svg")
    news(sink)

    expect(page).to_have_title("(1) All inboxes · mailsink")
    assert icon.get_attribute("href").endswith("favicon-unread.svg")


NOTED = """
window.noted = [];
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { return (this.permission = "granted"); }
  constructor(title, options) { super(); window.noted.push([title, options.body]); }
};
"""
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"


def test_nobody_is_notified_unasked(sink, page):
    realistic(sink)
    page.add_init_script(NOTED)
    opened(page).evaluate(HIDE)

    news(sink)

    expect(page).to_have_title("(11) All inboxes · mailsink")
    assert page.evaluate("[noted, Notification.permission]") == [[], "default"]


def test_new_mail_is_notified_while_no_page_is_in_view(sink, page):
    realistic(sink)
    page.add_init_script(NOTED + "window.Notification.permission = 'granted';")
    opened(page, "/settings").get_by_label("Notify me of new mail").check()
    opened(page)

    news(sink, "Seen")
    expect(page).to_have_title("(11) All inboxes · mailsink")
    page.evaluate(HIDE)
    news(sink, "One")
    news(sink, "Two")

    expect(page).to_have_title("(13) All inboxes · mailsink")
    told = [["One", "to noor@example.org"], ["2 new messages", "to noor@example.org"]]
    assert page.evaluate("noted") == told


def test_a_browser_that_refuses_says_what_to_do(page):
    page.add_init_script("window.Notification = class { static permission = 'denied' }")
    opened(page, "/settings")

    expect(page.get_by_label("Notify me of new mail")).to_be_disabled()
    expect(page.get_by_text("Allow it in the settings of the site.")).to_be_visible()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC"])
def test_nothing_on_a_page_changes_its_look_while_it_loads(sink, new_page, zone):
    """What the server writes and what the script makes of it is the same, once a zone was chosen."""
    realistic(sink)
    page = new_page(timezone_id="America/Lima")
    opened(page, "/settings").get_by_label("Time zone").fill(zone)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-zone", zone)
    opened(page)
    with_script = page.locator("[data-list]").inner_text()
    plain = new_page(java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())

    plain.goto("/")

    assert plain.locator("[data-list]").inner_text() == with_script
