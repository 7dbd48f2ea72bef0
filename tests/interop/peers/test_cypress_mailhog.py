"""npm's cypress-mailhog, as it was published: every command of it, with cypress.cjs in Cypress's place."""

from __future__ import annotations

import pytest
from interop.peers.published import CallError, of_npm, uncalled
from mails import order
from sending import mail


@pytest.fixture
def client(web, tmp_path):
    with of_npm("cypress-mailhog", web.url, tmp_path) as client:
        yield client


def test_mails_are_found(client, capture):
    capture(mail("Your order"), sender="orders@shop.example")
    capture(mail("Your receipt"), rcpt=["eve@example.org"])

    everything = client.mhGetAllMails()
    assert len(everything) == 2
    assert len(client.mhGetAllMails(1)) == 1
    assert client.mhFirst(everything) == everything[0]
    (receipt,) = client.mhGetMailsBySubject("Your receipt")
    assert client.mhFilterBySubject(everything, "Your receipt") == [receipt]
    assert client.mhGetMailsByRecipient("eve@example.org") == [receipt]
    assert client.mhFilterByRecipient(everything, "eve@example.org") == [receipt]
    (order,) = client.mhGetMailsBySender("orders@shop.example")
    assert client.mhFilterBySender(everything, "orders@shop.example") == [order]
    assert client.mhSearchMails("to", "eve@example.org") == [receipt]
    assert client.mhSearchMails("containing", "your order") == [order]


def test_a_mail_is_read(client, capture):
    capture(
        b"Subject: Code\r\n\r\nYour code is 4711\r\n", sender="shop@example.com", rcpt=["ada@example.org"]
    )

    (found,) = client.mhGetAllMails()
    assert client.mhGetSubject(found) == "Code"
    assert client.mhGetBody(found) == "Your code is 4711"
    assert client.mhGetSender(found) == "shop@example.com"
    assert client.mhGetRecipients(found) == ["ada@example.org"]


def test_attachments_are_named(client, capture):
    capture(bytes(order()))

    assert client.mhGetAttachments(client.mhFirst(client.mhGetAllMails())) == ['"order-10482.pdf"']


def test_what_came_is_asserted(client, capture):
    capture(mail("Your order"), sender="shop@example.com", rcpt=["ada@example.org"])

    client.mhHasMailWithSubject("Your order")
    client.mhHasMailFrom("shop@example.com")
    client.mhHasMailTo("ada@example.org")
    client.mhWaitForMails(0)
    with pytest.raises(CallError, match=r"not\.have\.length 0"):
        client.mhHasMailTo("eve@example.org")


def test_jim_comes_and_goes(client):
    assert client.mhGetJimMode() is False
    assert client.mhSetJimMode(True)["status"] == 201
    assert client.mhGetJimMode() is True
    assert client.mhSetJimMode(False)["status"] == 200
    assert client.mhGetJimMode() is False


def test_all_are_deleted(client, sink, capture):
    capture()

    client.mhDeleteAll()

    assert len(sink.everything) == 0


def test_every_command_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) == 21
