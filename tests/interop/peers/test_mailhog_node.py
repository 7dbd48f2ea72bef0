"""npm's mailhog, as it was published: every method of it."""

from __future__ import annotations

import pytest
from interop.peers.published import of_npm, uncalled
from mails import order
from sending import mail

GREETING = (
    b"From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.com>\r\nTo: ada@example.org\r\n"
    b"Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"
    b"Date: Mon, 02 Mar 2026 09:30:15 +0000\r\nReply-To: help@example.com\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=C3=B6n\r\n"
)


@pytest.fixture(params=["", "/mailhog"], ids=["root", "path"])
def client(web, request, tmp_path):
    with of_npm("mailhog", web.url + request.param, tmp_path) as client:
        yield client


def test_messages_are_listed(client, capture):
    for subject in ("First", "Second", "Third"):
        capture(mail(subject))

    everything = client.messages()
    one = client.messages(1, 1)

    assert (everything["total"], everything["count"]) == (3, 3)
    assert [item["subject"] for item in everything["items"]] == ["Third", "Second", "First"]
    assert [item["subject"] for item in one["items"]] == ["Second"]


def test_a_message_is_decoded(client, capture):
    capture(GREETING)

    (item,) = client.messages()["items"]

    assert (item["subject"], item["from"], item["text"]) == ("Grüße", "Jörg <joerg@example.com>", "Schön")
    assert (item["date"], item["replyTo"]) == ("2026-03-02T09:30:15.000Z", "help@example.com")
    assert item["deliveryDate"] == item["Created"][:23] + "Z"


def test_attachments_are_named(client, capture):
    capture(bytes(order()))

    (item,) = client.messages()["items"]

    assert item["attachments"] == [
        {"name": "order-10482.pdf", "type": "application/pdf", "encoding": "base64"}
    ]


def test_messages_are_found(client, capture):
    capture(mail("Order", "your code is 4711"), sender="orders@shop.example")
    capture(mail("Receipt"), rcpt=["eve@example.org"])

    assert client.search("4711")["count"] == 1
    assert client.search("eve@example.org", "to", 0, 10)["items"][0]["subject"] == "Receipt"
    assert client.latestFrom("orders@shop.example")["subject"] == "Order"
    assert client.latestTo("eve@example.org")["subject"] == "Receipt"
    assert client.latestContaining("your code")["subject"] == "Order"
    assert client.latestTo("nobody@example.org") == 0


def test_messages_are_deleted(client, sink, capture):
    first = capture(mail("First"))
    capture(mail("Second"))
    capture(mail("Third"))

    assert client.deleteMessage(first.id) == {"status": 200}
    assert [message.subject for message in sink.everything] == ["Second", "Third"]
    assert client.deleteAll() == {"status": 200}
    assert len(sink.everything) == 0


def test_nothing_is_released(client, capture):
    message = capture()

    answer = client.releaseMessage(
        message.id, {"host": "mail.example", "port": "25", "email": "a@example.org"}
    )

    assert answer == {"error": "Nothing leaves this machine: mailsink releases no message."}


def test_it_encodes_and_decodes_by_itself(client):
    assert client.decode(client.encode("Grüße", "base64"), "base64") == "Grüße"


def test_every_method_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) == 10
