"""PyPI's mailpit-api-client, as it was published: every method of it, and its test case."""

from __future__ import annotations

import pytest
from interop.peers.published import CallError, of_pypi, uncalled
from sending import send

CONTENT = (
    b"From: Shop <shop@example.com>\r\nTo: Ada <ada@example.org>\r\nDelivered-To: ada@example.org\r\n"
    b"Date: Mon, 02 Mar 2026 09:30:15 +0000\r\nMessage-ID: <1@example.com>\r\nSubject: Hello\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
    b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nwords\r\n'
    b"--b--\r\n"
)


@pytest.fixture
def client(mailpit_url, tmp_path):
    with of_pypi("mailpit-api-client", mailpit_url, tmp_path) as client:
        yield client


@pytest.fixture
def message(sink):
    send((sink.host, sink.port), CONTENT)
    return sink.inbox.get("latest")


@pytest.fixture
def others(sink, message):
    send((sink.host, sink.port))
    send((sink.host, sink.port))
    return [other.id for other in sink.everything][1:]


def test_messages_are_listed(client, message, others):
    listed = client.get_messages(limit=2, start=1)

    assert (listed["total"], listed["count"], listed["start"]) == (3, 2, 1)
    assert listed["messages"][1]["subject"] == "Hello"
    assert listed["messages"][1]["from_"] == {"name": "Shop", "address": "shop@example.com"}


def test_a_message_is_read(client, message):
    read = client.get_message(message_id=message.id)

    assert (read["message_id"], read["text"], read["attachments"][0]["file_name"]) == (
        "1@example.com",
        "Hi",
        "a.txt",
    )
    attachment = client.get_message_attachment(message_id=message.id, part_id="2")
    assert attachment == "words"
    headers = client.get_message_headers(message_id=message.id)
    assert (headers["message_id"], headers["delivered_to"]) == (["<1@example.com>"], ["ada@example.org"])


def test_messages_are_marked_by_a_form(client, sink, message, others):
    client.put_messages(ids=[message.id], key="Read", value=True)

    assert [each.read for each in sink.everything] == [True, False, False]


def test_the_messages_that_are_named_are_deleted_and_no_others(client, sink, message, others):
    client.delete_messages(ids=others)

    assert [each.id for each in sink.everything] == [message.id]


def test_no_ids_delete_all(client, sink, message, others):
    client.delete_messages(ids=[])

    assert len(sink.everything) == 0


def test_what_is_not_there_raises(client):
    with pytest.raises(CallError, match=r"HTTPStatusError.*404"):
        client.get_message(message_id="nothing")


def test_its_test_case_works(client, message):
    assert client.run_case(message_id="1@example.com", other_id="2@example.com") == 3


def test_every_method_is_called_above(client):
    assert uncalled(client, __file__) == []
    assert len(client.methods) > 5
