"""PyPI's mailhog, as it was published: every method of it."""

from __future__ import annotations

import pytest
from interop.peers.published import of_pypi
from sending import mail, send


@pytest.fixture
def client(web, tmp_path):
    with of_pypi("mailhog", web.url, tmp_path) as client:
        yield client


@pytest.fixture
def three(sink):
    for subject in ("First", "Second", "Third"):
        send((sink.host, sink.port), mail(subject), rcpt=["ada@example.org", "hidden@example.org"])


def test_messages_are_listed(client, three):
    everything = client.messages()
    one = client.messages(start=1, limit=1)

    assert (everything["total"], everything["count"]) == (3, 3)
    assert [item["content"]["headers"]["Subject"] for item in one["items"]] == ["['Second']"]


def test_messages_are_found(client, three):
    assert client.search(query="hidden@example.org", kind="to", start=0, limit=2)["count"] == 2
    assert client.search(query="Second")["total"] == 1


def test_a_message_tells_its_sender_recipients_and_subject(client, three):
    assert client.senders_recipients_subjects()[0] == [
        "shop@example.com",
        ["ada@example.org", "hidden@example.org"],
        "Third",
    ]


def test_messages_are_deleted(client, sink, three):
    client.delete_newest()
    assert [message.subject for message in sink.everything] == ["First", "Second"]

    client.delete_all()
    assert len(sink.everything) == 0


def test_there_are_no_other_methods(client):
    assert client.methods == ["delete", "delete_all", "messages", "search"]
