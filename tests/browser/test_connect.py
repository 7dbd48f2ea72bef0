"""Connect as a person meets it first: the test mail, by mouse, by keyboard, without a script, and refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

SUBJECT = "Test mail: 482913 is your code"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_first_mail_is_ones_own(sink, new_page, photograph, script):
    page = new_page(java_script_enabled=script, width=1024)
    page.goto("/")
    expect(page.get_by_text("Waiting for the first mail.")).to_be_visible()
    photograph(page, f"first-run-{script}")

    page.get_by_role("button", name="Send a test mail").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(SUBJECT)
    assert sink.everything.counts().total == 1


def test_by_keyboard_the_mail_goes_to_the_listener_that_is_chosen(sink, page):
    sink.listen(inbox="other", tls="implicit")
    page.goto("/connect?for=django")

    page.get_by_label("Listener").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(SUBJECT)
    assert sink.inboxes["other"].get("latest").tls.mode == "implicit"


def test_a_refusal_is_a_sentence_with_the_session_beside_it(sink, new_page, photograph):
    sink.inbox.faults.add(stage="rcpt", reply="452 4.2.2 Mailbox full")
    page = new_page(width=360)
    page.goto("/connect")

    page.get_by_role("button", name="Send a test mail").click()

    expect(page.get_by_role("alert").first).to_contain_text("answered RCPT with 452 4.2.2 Mailbox full.")
    photograph(page, "connect-refused")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("link", name="Its session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
