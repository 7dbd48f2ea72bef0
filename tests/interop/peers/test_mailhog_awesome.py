"""npm's mailhog-awesome, as it was published: every method of it."""

from __future__ import annotations

import pytest
from interop.peers.published import of_npm, uncalled
from sending import mail

ADA = {"to": "ada@example.org"}
CONFIRM = (
    b"To: ada@example.org\r\nSubject: First\r\nContent-Type: text/plain\r\n\r\n"
    b"See https://shop.example.com/confirm\r\n"
)


@pytest.fixture
def client(web, tmp_path):
    with of_npm("mailhog-awesome", web.url, tmp_path) as client:
        yield client


@pytest.fixture
def three(capture):
    return [
        capture(CONFIRM),
        capture(mail("Second", to="eve@example.org")),
        capture(mail("Third", to="ada@example.org")),
    ]


def test_emails_are_found(client, three):
    first, second, third = (message.id for message in three)

    assert [each["ID"] for each in client.getAllEmails()] == [third, second, first]
    assert [each["ID"] for each in client.getEmails({"subject": "econd"})] == [second]
    assert [each["ID"] for each in client.getEmails({"body": "confirm"})] == [first]
    assert [each["ID"] for each in client.getInbox("ada@example.org")] == [third, first]
    assert client.getLastEmail(ADA)["ID"] == third
    assert client.extractUrls(client.getEmails({"body": "confirm"})[0]["text"])[0] == (
        "https://shop.example.com/confirm"
    )
    assert client.decode(client.encode("Grüße", "base64"), "base64") == "Grüße"


def test_emails_are_deleted(client, sink, three):
    assert client.deleteEmail(three[1].id) is True
    assert client.clearInbox("eve@example.org") is True
    assert len(sink.everything) == 2
    assert client.deleteEmails({"subject": "First"}) is True
    assert [message.subject for message in sink.everything] == ["Third"]
    assert client.deleteAllEmails() is True
    assert len(sink.everything) == 0


def test_nothing_is_released(client, three):
    smtp = {"host": "mail.example", "port": "25", "email": "a@example.org"}

    answers = [
        client.releaseEmail(three[0].id, smtp),
        *client.releaseEmails(smtp, {"subject": "First"}),
        *client.releaseAllEmails(smtp),
    ]

    assert len(answers) == 5
    assert all(answer["reason"].startswith("Could not release email with ID ") for answer in answers)


def test_every_method_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) == 14
