"""A suite that was written for Mailpit with pytest-mailpit: its fixtures, and every method of its client.

Runs in the environment of the published clients; it is told where mail is taken by `mailpit_smtp`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import smtplib
import urllib.request
from email.message import EmailMessage

import pytest
from pytest_mailpit import AsyncMailpitClient, MailpitAPIError, MailpitAssertionError

HTML = '<p>Use <a href="https://shop.example/reset/abc?x=1">this link</a>.</p><img src="cid:logo">'


@pytest.fixture
def send(mailpit_smtp):
    def send(to, subject="Reset your password", *, rcpt=(), **fields):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Shop <shop@example.com>", to, subject
        for name, value in fields.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("Your code is 493027.")
        mail.add_alternative(HTML, subtype="html")
        mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="bill.pdf")
        with smtplib.SMTP(mailpit_smtp.host, mailpit_smtp.port) as client:
            client.send_message(mail, to_addrs=[to, *rcpt])

    return send


def test_a_link_and_a_code_are_found(mailpit_inbox, send):
    send(mailpit_inbox.address)

    message = mailpit_inbox.wait_for_message(subject="Reset", sender="shop@example.com")

    assert message.link("/reset/") == "https://shop.example/reset/abc?x=1"
    assert message.code() == "493027"


def test_an_inbox_has_its_own_mail(mailpit_inbox, send):
    send("eve@example.org", "Hidden", rcpt=[mailpit_inbox.address])
    send("eve@example.org", "Copied", rcpt=[mailpit_inbox.address], Cc=mailpit_inbox.address)
    send("eve@example.org", "Other")

    hidden, copied = mailpit_inbox.wait_for_messages(2)

    assert (hidden.subject, copied.subject) == ("Hidden", "Copied")
    assert [each.address for each in hidden.bcc] == [mailpit_inbox.address]
    mailpit_inbox.assert_no_message(subject="Other", within=0.05)
    mailpit_inbox.clear()
    assert mailpit_inbox.messages() == []


def test_the_server_says_how_it_is(mailpit, send):
    assert mailpit.is_ready()
    assert mailpit.info().version.startswith("mailsink")
    send("ada@example.org")
    assert mailpit.wait_for_message(recipient="ada@example.org", since=mailpit.get_message().date)
    with pytest.raises(MailpitAssertionError, match="none arrived"):
        mailpit.wait_for_message(
            recipient="ada@example.org", since=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), timeout=0
        )


def test_a_message_is_read_in_pieces(mailpit, mailpit_inbox, send):
    out = "<https://shop.example/out>, <mailto:out@shop.example>"
    send(mailpit_inbox.address, List_Unsubscribe=out, List_Unsubscribe_Post="List-Unsubscribe=One-Click")

    message = mailpit_inbox.wait_for_message()

    assert message.list_unsubscribe.one_click
    assert message.unsubscribe_link() == "https://shop.example/out"
    assert [mailpit.get_attachment(each) for each in message.attachments] == [b"%PDF-1.4"]
    assert mailpit.get_headers(message.id)["Subject"] == ["Reset your password"]
    assert b"Subject: Reset your password\r\n" in mailpit.get_raw(message.id)
    assert [link.status_code for link in mailpit.check_links(message.id, follow_redirects=True).links] == [0]
    assert mailpit.check_html(message.id).nodes
    for address in (mailpit.view_url(message.id), mailpit.html_url(message.id), mailpit.search_url("reset")):
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200


def test_messages_are_tagged_marked_and_deleted(mailpit, send):
    mailpit.delete_all()
    send("ada@example.org")
    found = mailpit.get_message()

    mailpit.set_tags([found.id], ["Two words", "b"])
    assert mailpit.search('tag:"two words"').messages[0].tags == ("b", "Two words")
    mailpit.mark_read([found.id])
    assert mailpit.search("is:read").messages_count == 1
    mailpit.mark_read([found.id], read=False)
    assert mailpit.search("493 is:unread").messages_count == 1
    mailpit.delete_search("tag:b")
    assert mailpit.messages().total == 0
    with pytest.raises(MailpitAPIError, match="404"):
        mailpit.get_message(found.id)


def test_chaos_refuses(mailpit_chaos, send):
    mailpit_chaos.reject_recipients(550)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send("ada@example.org")
    mailpit_chaos.reject_senders(452)
    with pytest.raises(smtplib.SMTPSenderRefused):
        send("ada@example.org")
    mailpit_chaos.reset()
    send("ada@example.org")


def test_a_loop_waits_too(mailpit, send):
    async def wait():
        async with AsyncMailpitClient(mailpit.url) as client:
            return await client.wait_for_message(recipient="loop@example.org")

    send("loop@example.org", "Looped")

    assert asyncio.run(wait()).subject == "Looped"


def test_a_failure_tells_what_came(mailpit_inbox, send):
    send(mailpit_inbox.address, "Kept")
    mailpit_inbox.wait_for_message(subject="Never sent", timeout=0)
