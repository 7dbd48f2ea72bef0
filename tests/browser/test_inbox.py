"""The inbox in a browser: mail appears, is opened, is read, goes."""

from __future__ import annotations

import datetime as dt
import smtplib

import pytest
from mails import mail, order, put, realistic
from playwright.sync_api import expect
from sending import send

from mailsink.sink import Sink
from mailsink_web.server import serve


def rows(page):
    return page.locator("[data-list] .row")


def live(page):
    """Wait until the page's script follows the stream, and listens to keys."""
    expect(page.locator("[data-live=on]")).to_have_count(1)
    return page


def test_a_mail_appears_without_reload_is_opened_by_click_and_read_in_its_frame(sink, page):
    realistic(sink)
    page.goto("/")
    live(page)
    page.evaluate("window.same = true")

    send((sink.host, sink.port), bytes(order()), sender="orders@shop.example", rcpt=["new@example.org"])

    first = rows(page).first
    expect(first).to_contain_text("new@example.org")
    assert page.evaluate("window.same")
    assert "Today" in page.locator("[data-list] > li").first.inner_text()
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your order 10482 is confirmed")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Thank you, Ada.")


def test_the_first_mail_opens_the_list_by_itself(sink, page):
    page.goto("/")
    expect(page.get_by_text("Waiting for the first mail. It opens here by itself.")).to_be_visible()
    assert f"{sink.host}:{sink.port}" in page.get_by_label("SMTP address").inner_text()
    live(page)

    send((sink.host, sink.port), bytes(mail("Hello", "Hi")))

    expect(rows(page)).to_have_count(1)
    expect(page).to_have_title("(1) default · mailsink")


def test_a_list_of_the_only_inbox_becomes_one_of_all_when_another_comes(sink, page):
    put(sink, bytes(mail("Hello", "Hi")), at=dt.datetime.now(dt.UTC))
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("default")
    live(page)

    put(sink, bytes(mail("Elsewhere", "Hi")), at=dt.datetime.now(dt.UTC), inbox="other")

    expect(page.get_by_role("heading", level=1)).to_have_text("All inboxes")
    expect(page).to_have_title("(2) All inboxes · mailsink")


def test_the_title_carries_the_unread_count_and_opening_a_message_lowers_it(sink, page):
    realistic(sink)
    page.goto("/")
    expect(page).to_have_title("(10) All inboxes · mailsink")

    rows(page).first.get_by_role("link").click()

    expect(page).to_have_title("(9) Your order 10482 is confirmed · mailsink")
    expect(page.locator(".row.is-current.is-unread")).to_have_count(0)
    assert sink.everything.counts().unread == 9


def test_looking_at_a_message_without_its_page_leaves_it_unread(sink, new_page):
    message_id = realistic(sink)
    page = new_page(java_script_enabled=False)

    page.goto(f"/messages/{message_id}")

    assert not sink.everything.get(message_id).read
    page.get_by_role("button", name="Mark read").click()
    expect(page.get_by_role("button", name="Mark as unread")).to_be_visible()
    assert sink.everything.get(message_id).read


def test_news_wait_behind_a_button_while_the_list_is_scrolled(sink, new_page):
    realistic(sink)
    page = new_page(height=420)
    page.goto("/")
    live(page)
    page.locator("#main").evaluate("main => main.scrollTo(0, 200)")

    for number in range(3):
        send((sink.host, sink.port), bytes(mail(f"News {number}", "Hi")))

    button = page.get_by_role("button", name="3 new")
    expect(button).to_be_visible()
    expect(page.get_by_text("News 2")).to_have_count(0)
    button.click()
    expect(rows(page).first).to_contain_text("News 2")
    expect(button).to_be_hidden()


def test_news_are_a_toast_where_no_list_is_seen(sink, page):
    put(sink, bytes(mail("Old", "Hi")), at=dt.datetime.now(dt.UTC))
    page.goto("/sessions")
    live(page)

    send((sink.host, sink.port), bytes(mail("Fresh news", "Hi")), rcpt=["noor@example.org"])

    toast = page.locator(".toast")
    expect(toast).to_contain_text("Fresh news")
    expect(toast).to_contain_text("to noor@example.org")
    toast.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fresh news")


def test_a_search_shows_only_the_news_that_match(sink, page):
    realistic(sink)
    page.goto("/?q=subject:invoice")
    live(page)

    send((sink.host, sink.port), bytes(mail("Something else", "Hi")))
    send((sink.host, sink.port), bytes(mail("Second invoice", "Hi")))

    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("Second invoice")


def test_what_another_deletes_or_reads_changes_here(sink, page):
    message_id = realistic(sink)
    page.goto("/")
    live(page)
    row = page.locator(f'[data-id="{message_id}"]')
    expect(row).to_have_class("row is-unread")

    sink.everything.mark([message_id], read=True)
    expect(row).to_have_class("row")
    sink.everything.delete([message_id])

    expect(row).to_have_count(0)
    expect(page.locator("[data-swap=counts]")).to_have_text("18 messages, 9 unread")


def test_a_lost_connection_is_said_and_caught_up_with(sink, web, page):
    realistic(sink)
    page.goto("/")
    live(page)
    web.close()
    expect(page.get_by_role("alert")).to_contain_text("mailsink does not answer.")
    expect(page.locator("[data-live]")).to_have_text("Not connected")
    expect(page.get_by_role("button", name="Mark all read")).to_be_disabled()

    # No other page can come, and this one does not go.
    rows(page).first.locator(".row-link").click()
    expect(page.locator(".toast")).to_contain_text("mailsink does not answer.You see what was here.")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(rows(page)).to_have_count(19)

    send((sink.host, sink.port), bytes(mail("In the meantime", "Hi")))
    with serve(sink, port=web.port):
        expect(rows(page).first).to_contain_text("In the meantime")
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("button", name="Mark all read")).to_be_enabled()


def test_after_a_restart_the_page_shows_what_the_new_server_has(sink, web, page):
    realistic(sink)
    page.goto("/")
    live(page)
    web.close()
    expect(page.get_by_role("alert")).to_be_visible()

    with Sink() as other, serve(other, port=web.port):
        send((other.host, other.port), bytes(mail("After the restart", "Hi")))

        expect(rows(page)).to_have_count(1)
        expect(rows(page).first).to_contain_text("After the restart")


def test_a_storm_of_mail_leaves_the_newest_page(sink, page):
    realistic(sink)
    page.goto("/")
    live(page)

    with smtplib.SMTP(sink.host, sink.port) as client:
        for number in range(120):
            client.send_message(mail(f"Storm {number}", "Hi"))

    expect(rows(page).first).to_contain_text("Storm 119")
    expect(page.locator("[data-swap=counts]")).to_have_text("139 messages, 130 unread")
    shown = rows(page).evaluate_all("rows => rows.map(row => row.dataset.id)")
    everything = [message.id for message in sink.everything][::-1]
    assert shown == everything[: len(shown)]
    assert page.locator("[data-list] .more").count() == (1 if len(shown) < 139 else 0)


def test_two_tabs_share_one_stream_and_both_follow(sink, page):
    realistic(sink)
    page.goto("/")
    live(page)
    second = page.context.new_page()
    second.goto("/")
    live(second)

    send((sink.host, sink.port), bytes(mail("For both", "Hi")))

    expect(rows(page).first).to_contain_text("For both")
    expect(rows(second).first).to_contain_text("For both")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_ticked_messages_are_deleted(sink, new_page, script):
    realistic(sink)
    page = new_page(java_script_enabled=script)
    page.goto("/")

    page.get_by_label("Select “Reset your password”").check()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_text("Reset your password")).to_have_count(0)
    assert sink.everything.counts().total == 18


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_everything_is_marked_read_and_then_deleted(sink, new_page, script):
    realistic(sink)
    page = new_page(java_script_enabled=script)
    page.goto("/?inbox=default")

    page.get_by_role("button", name="Mark all read").click()
    expect(page.locator(".row.is-unread")).to_have_count(0)
    page.get_by_role("link", name="Delete all").click()
    expect(page.get_by_role("link", name="Keep them")).to_be_focused()
    page.get_by_role("button", name="Delete 18 messages").click()

    expect(page.get_by_role("heading", level=1, name="default")).to_be_visible()
    assert list(sink.inboxes) == ["checkout-tests"]


def test_the_theme_is_kept(sink, page):
    realistic(sink)
    page.goto("/?inbox=default")

    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/?inbox=default")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") is not None
    page.goto("/sessions")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_keys_move_through_the_list_open_and_close(sink, page):
    realistic(sink)
    page.goto("/")
    live(page)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(2).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your order 10482 is confirmed")
    live(page).keyboard.press("2")
    expect(page.locator(".reading")).to_contain_text("thank you for your order")
    live(page).keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout works")
    live(page).keyboard.press("Escape")
    expect(page.locator(".rows.is-wide")).to_be_visible()
    live(page).keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search messages")).to_be_focused()


def test_a_code_is_copied_from_its_row(sink, new_page):
    realistic(sink)
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")

    page.get_by_role("button", name="Copy code 482913").click()

    expect(page.locator("[data-announce]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "482913"
    assert page.url.endswith("/")


def test_times_are_in_the_browsers_zone(sink, new_page):
    at = dt.datetime(2026, 3, 1, 23, 30, 7, 418_000, tzinfo=dt.UTC)
    put(sink, bytes(mail("Late", "Hi")), at=at)
    page = new_page(timezone_id="Asia/Tokyo")
    page.goto("/")

    time = rows(page).locator("time")
    expect(time).to_have_text("08:30:07")
    expect(time).to_have_attribute("datetime", "2026-03-01T23:30:07.418Z")
    expect(page.locator(".gap.is-day")).to_have_text("2 March")
