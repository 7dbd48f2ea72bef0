"""The list when things are not as usual: long, empty, slow, out of reach, changed by another tab."""

from __future__ import annotations

import datetime as dt

from mails import mail, put, realistic
from playwright.sync_api import expect

NOW = dt.datetime.now(dt.UTC)


def rows(page):
    return page.locator("[data-list] .row")


def subjects(page):
    return page.locator("[data-list] .row-link bdi").all_inner_texts()


def opened(page, path="/"):
    page.goto(path)
    return ready(page)


def ready(page):
    expect(page.locator("[data-live=on]")).to_have_count(1)
    return page


def test_pages_of_the_list_are_turned_by_keys(sink, page):
    for number in range(120):
        put(sink, bytes(mail(f"Mail {number}", "Hi")), at=NOW)
    opened(page)

    page.keyboard.press("]")
    expect(rows(page).first).to_contain_text("Mail 69")
    ready(page).keyboard.press("]")
    expect(rows(page)).to_have_count(20)
    expect(page.get_by_role("link", name="Older mail")).to_have_count(0)
    ready(page).keyboard.press("[")

    expect(rows(page).first).to_contain_text("Mail 119")


def test_the_last_message_can_be_deleted_and_comes_back(sink, page):
    put(sink, bytes(mail("The only one", "Hi")), at=NOW)
    put(sink, bytes(mail("Elsewhere", "Hi")), at=NOW, inbox="other")
    opened(page, "/?inbox=default")

    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(page.get_by_text("Nothing is in default yet.")).to_be_visible()
    ready(page).keyboard.press("z")

    expect(rows(page)).to_have_count(1)
    assert subjects(page) == ["The only one"]


def test_what_one_tab_deletes_and_undoes_another_follows(sink, page):
    realistic(sink)
    opened(page)
    other = opened(page.context.new_page())
    before = subjects(other)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(rows(other)).to_have_count(18)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.keyboard.press("z")

    expect(rows(other)).to_have_count(19)
    assert subjects(other) == before


def test_a_row_that_comes_to_match_the_search_comes_into_the_list(sink, page):
    realistic(sink)
    first, second, third = [message.id for message in sink.everything][:3]
    sink.everything.mark([first, third], starred=True)
    opened(page, "/?q=is:starred")

    sink.everything.mark([second], starred=True)
    expect(rows(page)).to_have_count(3)
    ids = rows(page).evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert ids == [third, second, first]
    sink.everything.mark([second], starred=False)

    expect(rows(page)).to_have_count(2)


def test_what_cannot_be_sent_changes_nothing_and_says_so(sink, page):
    realistic(sink)
    opened(page)
    page.route("**/messages", lambda route: route.abort())

    page.keyboard.press("j")
    page.keyboard.press("#")

    expect(page.locator(".toast")).to_contain_text("mailsink does not answer.Nothing was changed.")
    expect(rows(page)).to_have_count(19)


def test_what_the_server_refuses_is_said_in_its_words(sink, page):
    realistic(sink)
    opened(page)

    page.keyboard.press("j")
    page.keyboard.press("l")
    page.get_by_label("Tag for the selected").fill("  ")
    page.get_by_role("button", name="Add tag").click()

    expect(page.locator(".toast")).to_contain_text("A tag has 1 to 100 characters.")


def test_a_list_that_cannot_be_read_again_says_so(sink, page):
    realistic(sink)
    opened(page)
    page.route("**/rows?*", lambda route: route.fulfill(status=500, body=""))

    put(sink, bytes(mail("News", "Hi")), at=NOW)

    expect(page.locator(".toast")).to_contain_text("The list could not be brought up to date.")


def test_a_slow_page_is_announced(sink, page):
    realistic(sink)
    opened(page)
    held = []
    page.route("**/sessions", lambda route: held.append(route))

    shown = page.evaluate("""() => new Promise((done) => {
      const bar = document.querySelector("[data-loading]");
      new MutationObserver(() => done(bar.checkVisibility())).observe(bar, {attributes: true});
      document.querySelector(".rail [href='/sessions']").click();
    })""")
    assert shown is True
    held[0].continue_()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    expect(page.locator(".loading")).to_be_hidden()


def test_single_keys_can_be_switched_off(sink, page):
    realistic(sink)
    opened(page)

    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.locator(".row:has(:focus)")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")

    expect(page.get_by_role("dialog", name="Every command")).to_be_visible()
    page.keyboard.press("Escape")
    opened(page, "/settings")
    expect(page.get_by_label("Single-key shortcuts")).not_to_be_checked()


def test_keys_do_nothing_while_somebody_writes(sink, page):
    realistic(sink)
    opened(page)

    page.keyboard.press("/")
    page.keyboard.type("jx#?")

    expect(page.get_by_role("combobox", name="Search messages")).to_have_value("jx#?")
    expect(page.locator("[data-selected]")).to_have_text("0 selected")
    assert sink.everything.counts().total == 19


def test_the_focus_comes_back_from_a_dialog(sink, page):
    realistic(sink)
    opened(page)
    page.keyboard.press("j")

    page.keyboard.press("?")
    expect(page.get_by_role("button", name="Close").last).to_be_focused()
    page.keyboard.press("Escape")

    expect(rows(page).first.get_by_role("link")).to_be_focused()


def test_saved_searches_are_removed_and_restored(sink, page):
    realistic(sink)
    opened(page, "/settings")
    rail = page.get_by_role("list", name="Saved searches")

    page.get_by_role("button", name="Remove “Bounces”").click()
    expect(rail.get_by_role("link")).to_have_count(3)
    opened(page, "/")
    expect(rail.get_by_role("link", name="Bounces")).to_have_count(0)
    opened(page, "/settings")
    page.get_by_role("button", name="Restore the first searches").click()

    expect(rail.get_by_role("link", name="Bounces")).to_contain_text("1")


def test_a_saved_search_with_hostile_words_stays_words(sink, page):
    realistic(sink)
    opened(page, "/?q=%22%3Cimg%20src%3Dx%20onerror%3Downed%3D1%3E%22")
    page.evaluate("""localStorage.setItem("mailsink.searches",
      JSON.stringify([{name: "<img src=x onerror=owned=1>", q: "a\\" onclick=owned=1"}, 7, null]))""")

    opened(page, "/settings")

    expect(page.get_by_role("list", name="Saved searches").get_by_role("link")).to_have_count(1)
    assert page.evaluate("window.owned") is None
    assert page.locator("img").count() == 0


def test_tabs_leave_an_empty_search_box(sink, page):
    realistic(sink)
    opened(page)
    box = page.get_by_role("combobox", name="Search messages")

    box.focus()
    box.press("ArrowDown")
    expect(page.get_by_role("option", name="from:")).to_be_visible()
    box.press("Tab")

    expect(box).not_to_be_focused()
    expect(page.get_by_role("option")).to_have_count(0)


def test_a_word_that_grows_faster_than_its_suggestions_come_is_completed_as_a_whole(sink, page):
    realistic(sink)
    opened(page)
    # Nobody answers what is asked for the longer text.
    page.route("**/suggestions?q=is%3As**", lambda _: None)
    box = page.get_by_role("combobox", name="Search messages")

    box.focus()
    page.keyboard.type("is:")
    expect(page.get_by_role("option", name="is:starred")).to_be_visible()
    expect(page.get_by_role("option").first).not_to_contain_text("is:starred")
    page.keyboard.type("st")
    page.keyboard.press("Tab")

    expect(box).to_have_value("is:starred ")


def test_the_suggestions_for_a_word_go_when_the_next_one_begins(sink, page):
    realistic(sink)
    opened(page)
    page.route("**/suggestions?q=is%3As+&**", lambda _: None)
    box = page.get_by_role("combobox", name="Search messages")

    box.focus()
    page.keyboard.type("is:s")
    expect(page.get_by_role("option", name="is:starred")).to_be_visible()
    page.keyboard.type(" ")

    expect(page.get_by_role("option")).to_have_count(0)


def test_the_way_back_from_a_message_ends_at_its_row(sink, page):
    for number in range(60):
        put(sink, bytes(mail(f"Mail {number}", "Hi")), at=NOW)
    opened(page)
    focused = page.locator(".row:has(:focus)")

    for back in (lambda: page.keyboard.press("Escape"), page.go_back):
        page.get_by_role("link", name="Mail 19 ").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mail 19")
        ready(page)
        back()
        expect(focused).to_contain_text("Mail 19")
        expect(focused).to_be_in_viewport(ratio=1)
    ready(page).keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    page.go_back()
    ready(page)

    expect(focused).to_have_count(0)


def test_a_second_tag_is_not_hung_on_to_the_first(sink, page):
    realistic(sink)
    opened(page)

    for tag in ("review", "later"):
        page.keyboard.press("j")
        page.keyboard.press("l")
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
        expect(rows(page).get_by_role("link", name=tag, exact=True)).to_have_count(1)
        expect(page.locator("#tagging")).to_be_hidden()
        page.keyboard.press("Escape")

    assert sorted(tag for message in sink.everything for tag in message.tags) == ["later", "review"]


def test_unread_mail_is_read_from_one_to_the_next_through_every_view_and_page(sink, page):
    for number in range(52):
        put(sink, bytes(mail(f"Mail {number}", "Hi")), at=NOW)
    last = [message.id for message in sink.everything][2]
    opened(page, f"/messages/{last}?q=is:unread")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Mail 2")
    expect(page.locator("[data-unread-button]")).to_be_visible()

    # It is read by now, and no longer among what the search finds.
    page.keyboard.press("2")
    expect(page.get_by_role("link", name="Headers")).to_have_attribute("aria-current", "page")
    ready(page).keyboard.press("j")
    expect(title).to_have_text("Mail 1")
    ready(page).keyboard.press("#")
    expect(title).to_have_text("Mail 0")
    ready(page).keyboard.press("k")

    expect(title).to_have_text("Mail 3")
