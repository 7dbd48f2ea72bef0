"""npm's cypress-maildev, as it was published: every command of it, with cypress.cjs in Cypress's place."""

from __future__ import annotations

import pytest
from interop.peers.published import of_npm, uncalled
from sending import mail, send


@pytest.fixture(params=["/maildev", "/maildev/api"], ids=["version 2", "version 3"])
def client(web, request, tmp_path):
    with of_npm("cypress-maildev", web.url + request.param, tmp_path) as client:
        yield client


@pytest.fixture
def three(sink):
    for subject in ("First", "Second", "Third"):
        send(
            (sink.host, sink.port), mail(subject, "Your code is 117204", to=f"{subject.lower()}@example.org")
        )
    return list(sink.everything)


def test_it_lives(client):
    assert client.maildevHealthcheck() is True


def test_mails_are_found(client, three):
    assert [each["subject"] for each in client.maildevGetAllMessages()] == ["First", "Second", "Third"]
    assert client.maildevGetLastMessage()["subject"] == "Third"
    assert client.maildevGetMessageById(three[0].id)["text"] == "Your code is 117204\n"
    assert client.maildevGetMessageBySubject("Second")["id"] == three[1].id
    assert client.maildevGetMessageBySubject("Other") is None
    assert client.maildevGetMessageBySentTo("first@example.org")["id"] == three[0].id
    assert client.maildevGetMessageBySentTo("other@example.org") is None


def test_a_code_is_taken_out(client, three):
    text = client.maildevGetLastMessage()["text"]

    assert client.maildevGetOTPCode(text) == "117204"


def test_a_mail_is_visited(client, three):
    client.maildevVisitMessageById(three[0].id)

    assert client.visited() == [f"/email/{three[0].id}/html"]


def test_mails_are_deleted(client, sink, three):
    assert client.maildevDeleteMessageById(three[0].id) is True
    assert len(sink.everything) == 2
    assert client.maildevDeleteAllMessages() is True
    assert len(sink.everything) == 0


def test_every_command_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) == 10
