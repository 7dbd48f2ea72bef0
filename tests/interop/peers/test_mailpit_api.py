"""npm's mailpit-api, as it was published: every method of it."""

from __future__ import annotations

import base64

import pytest
from interop.peers.published import CallError, of_npm, uncalled
from mails import PIXEL, order
from sending import mail

MAIL = {
    "From": {"Email": "shop@example.com", "Name": "Shop"},
    "To": [{"Email": "ada@example.org", "Name": "Ada"}],
    "Cc": [{"Email": "cc@example.org"}],
    "Bcc": ["bcc@example.org"],
    "Subject": "Welcome",
    "Text": "Hi Ada",
    "HTML": "<p>Hi <b>Ada</b></p>",
    "Tags": ["first"],
    "Attachments": [{"Filename": "a.txt", "Content": base64.b64encode(b"words").decode()}],
}


@pytest.fixture
def client(mailpit_url, tmp_path):
    with of_npm("mailpit-api", mailpit_url, tmp_path) as client:
        yield client


def test_what_runs(client):
    assert client.getInfo()["Messages"] == 0
    assert client.getConfiguration()["MessageRelay"]["Enabled"] is False


def test_a_mail_is_sent_and_read(client):
    sent = client.sendMessage(MAIL)

    message = client.getMessageSummary()
    assert message["ID"] == sent["ID"]
    assert message["Subject"] == "Welcome"
    assert message["Bcc"] == [{"Name": "", "Address": "bcc@example.org"}]
    assert message["Tags"] == ["first"]
    assert client.getMessageHeaders()["Subject"] == ["Welcome"]
    assert "Subject: Welcome\r\n" in client.getMessageSource(sent["ID"])
    assert client.renderMessageText() == "Hi Ada"
    assert client.renderMessageHTML() == "<p>Hi <b>Ada</b></p>"
    assert "Hi <b>Ada</b>" in client.renderMessageHTML(sent["ID"], 1)


def test_attachments_are_read(client, capture):
    message = capture(bytes(order()))

    logo = client.getMessageSummary()["Attachments"][1]
    blob = client.getMessageAttachment(message.id, logo["PartID"])
    thumb = client.getAttachmentThumbnail("latest", logo["PartID"])

    assert (blob["type"], base64.b64decode(blob["base64"])) == ("image/png", PIXEL)
    assert thumb["type"] == "image/jpeg"


def test_messages_are_listed_searched_and_waited_for(client, capture):
    for subject in ("First", "Second", "Third"):
        capture(mail(subject))

    assert [m["Subject"] for m in client.listMessages()["messages"]] == ["Third", "Second", "First"]
    assert [m["Subject"] for m in client.listMessages(1, 1)["messages"]] == ["Second"]
    assert client.searchMessages({"query": "subject:second"})["messages_count"] == 1
    assert client.waitForMessage({"query": "subject:First"})["Subject"] == "First"
    assert client.waitForMessages({"count": 3, "exact": True})["messages_count"] == 3
    with pytest.raises(CallError, match='Timeout waiting for messages matching query "subject:other"'):
        client.waitForMessage({"query": "subject:other"}, {"timeout": 20, "interval": 10})


def test_messages_are_marked(client, sink, capture):
    first, second = capture(mail("First")), capture(mail("Second"))

    def read():
        return [message.read for message in sink.everything]

    assert client.setReadStatus({"IDs": [first.id], "Read": True}) == "ok"
    assert read() == [True, False]
    client.setReadStatus({"Search": "subject:second", "Read": True}, {"tz": "America/Chicago"})
    assert read() == [True, True]
    client.setReadStatus()
    assert read() == [False, False]
    assert second.read is False


def test_messages_are_deleted(client, sink, capture):
    first = capture(mail("First"))
    for subject in ("Second", "Third", "Fourth"):
        capture(mail(subject))

    assert client.deleteMessages({"IDs": [first.id]}) == "ok"
    assert len(sink.everything) == 3
    assert client.deleteMessagesBySearch({"query": "subject:third"}) == "ok"
    assert len(sink.everything) == 2
    client.deleteMessages()
    assert len(sink.everything) == 0


def test_messages_are_tagged(client, capture):
    message = capture()

    assert client.setTags({"IDs": [message.id], "Tags": ["one", "two words"]}) == "ok"
    assert client.getTags() == ["one", "two words"]
    assert client.renameTag("two words", "three") == "ok"
    assert client.deleteTag("one") == "ok"
    assert client.getTags() == ["three"]


def test_messages_are_checked_without_asking_anybody(client, capture):
    capture(bytes(order()))

    assert client.htmlCheck()["Total"]["Tests"] == 0
    assert [link["StatusCode"] for link in client.linkCheck("latest", True)["Links"]] == [0]
    assert client.spamAssassinCheck()["IsSpam"] is False


def test_nothing_is_released(client, capture):
    capture()

    with pytest.raises(CallError, match="Nothing leaves this machine"):
        client.releaseMessage("latest", {"To": ["ada@example.org"]})


def test_chaos_is_set(client, sink, capture):
    triggers = client.setChaosTriggers({"Sender": {"ErrorCode": 451, "Probability": 100}})

    assert client.getChaosTriggers() == triggers
    assert [rule.id for rule in sink.faults] == ["mailpit-sender"]
    client.setChaosTriggers()
    capture()


def test_every_method_is_called_above(client):
    assert uncalled(client, __file__) == ["request"]
    assert len(client.methods) > 25
