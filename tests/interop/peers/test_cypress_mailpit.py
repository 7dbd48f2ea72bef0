"""npm's cypress-mailpit, as it was published: every command of it, with cypress.cjs in Cypress's place."""

from __future__ import annotations

import pytest
from interop.peers.published import CallError, of_npm, uncalled
from mails import order
from sending import mail

QUICK = {"timeout": 20, "interval": 10}


@pytest.fixture
def client(mailpit_url, tmp_path):
    with of_npm("cypress-mailpit", mailpit_url, tmp_path) as client:
        yield client


def test_a_mail_is_sent_and_read(client):
    sent = client.mailpitSendMail({})

    message = client.mailpitGetMail()
    assert message["ID"] == sent["ID"]
    assert client.mailpitGetSubject(message) == "Hello Mailpit"
    assert client.mailpitGetFromAddress(message) == "from@example.com"
    assert client.mailpitGetRecipientAddress(message) == ["jane@example.com"]
    assert client.mailpitGetMailTextBody(message) == "hello from mailpit"
    assert client.mailpitGetMailHTMlBody(message) == "<p>hello from mailpit</p>"
    assert [each["Address"] for each in message["Bcc"]] == ["bcc@example.com"]


def test_attachments_are_named(client, capture):
    capture(bytes(order()))

    assert client.mailpitGetAttachments(client.mailpitGetMail()) == [
        "order-10482.pdf",
        "logo.png",
    ]


def test_mails_are_found(client, capture):
    capture(mail("Your order"))
    capture(mail("Your receipt", to="eve@example.org"))

    assert client.mailpitGetAllMails()["count"] == 2
    assert client.mailpitSearchEmails("is:unread")["messages_count"] == 2
    assert client.mailpitGetEmailsBySubject("order")["messages_count"] == 1
    assert client.mailpitGetEmailsByTo("eve@example.org")["messages_count"] == 1
    assert client.mailpitHasEmailsBySearch("receipt")["messages_count"] == 1
    assert client.mailpitHasEmailsBySubject("Your order")["messages_count"] == 1
    assert client.mailpitHasEmailsByTo("eve@example.org")["messages_count"] == 1
    assert client.mailpitNotHasEmailsBySearch("other")["messages_count"] == 0
    assert client.mailpitNotHasEmailsBySubject("other")["messages_count"] == 0
    assert client.mailpitNotHasEmailsByTo("joe@example.org")["messages_count"] == 0
    with pytest.raises(CallError, match="Timed out after 20ms waiting for condition"):
        client.mailpitHasEmailsByTo("joe@example.org", 0, 50, QUICK)


def test_mails_are_marked(client, sink, capture):
    capture()
    capture()
    message = client.mailpitGetMail()

    def read():
        return [message.read for message in sink.everything]

    client.mailpitSetStatusAsRead(message)
    assert read() == [False, True]
    client.mailpitSetAllEmailStatusAsRead()
    assert read() == [True, True]
    client.mailpitSetStatusAsUnRead([message])
    assert read() == [True, False]
    client.mailpitSetAllEmailStatusAsUnRead()
    assert read() == [False, False]


def test_mails_are_deleted(client, sink, capture):
    capture(mail("First"))
    capture(mail("Second"))

    client.mailpitDeleteEmailsBySearch("subject:first")
    assert [message.subject for message in sink.everything] == ["Second"]
    client.mailpitDeleteAllEmails()
    assert len(sink.everything) == 0


def test_no_spam_filter_is_asked(client, capture):
    capture()
    message = client.mailpitGetMail()

    summary = client.mailpitGetMailSpamAssassinSummary(message)

    assert summary["IsSpam"] is False
    assert client.mailpitGetMailSpamAssainSummary(message) == summary


def test_every_command_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) > 25
