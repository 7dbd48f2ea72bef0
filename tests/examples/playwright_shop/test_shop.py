import pytest
from playwright.sync_api import expect


def sign_up(page, shop, address):
    page.goto(shop)
    page.get_by_label("Email").fill(address)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your inbox")


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_a_sign_up_is_confirmed_by_the_link(page, shop, mailsink_shared, name):
    me = mailsink_shared.address(name)

    sign_up(page, shop, me)
    page.goto(mailsink_shared.expect(rcpt=me, subject="Confirm your address").link("/confirm/"))

    expect(page.get_by_role("heading")).to_have_text("Confirmed")
    expect(page.get_by_text(me)).to_be_visible()


def test_an_inbox_of_a_running_server_has_an_address_too(page, shop, mailsink):
    me = mailsink.address("dora")

    sign_up(page, shop, me)

    page.goto(mailsink.expect(to=me).link(text="Confirm"))
    expect(page.get_by_role("heading")).to_have_text("Confirmed")
