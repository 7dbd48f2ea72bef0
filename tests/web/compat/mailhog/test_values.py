from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from mails import order

from mailsink.message import Message
from mailsink.model import Envelope, Recipient, Reply
from mailsink_web.compat.mailhog.values import message

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
RECEIVED = "from app.example.org by mailsink (MailHog)\r\n          id 1; Mon, 02 Mar 2026 09:30:00 +0000"


def shown(content, *, sender="shop@example.com", rcpt=("ada@example.org",)):
    recipients = tuple(Recipient(path=path, reply=Reply(250, "OK")) for path in rcpt)
    envelope = Envelope(reverse_path=sender, recipients=recipients)
    made = Message(
        id="1", inbox="a", envelope=envelope, content=content, received_at=AT, greeting="app.example.org"
    )
    return msgspec.json.decode(msgspec.json.encode(message(made)))


def test_a_message_has_every_member():
    content = b"Subject: Hi\r\nMessage-ID: <1@x>\r\n\r\nOne\r\n"

    assert shown(content) == {
        "ID": "1",
        "From": {"Relays": None, "Mailbox": "shop", "Domain": "example.com", "Params": ""},
        "To": [{"Relays": None, "Mailbox": "ada", "Domain": "example.org", "Params": ""}],
        "Content": {
            "Headers": {
                "Subject": ["Hi"],
                "Message-ID": ["<1@x>"],
                "Received": [RECEIVED],
                "Return-Path": ["<shop@example.com>"],
            },
            "Body": "One",
            "Size": len(content) - 2,
            "MIME": None,
        },
        "Created": "2026-03-02T09:30:00Z",
        "MIME": None,
        "Raw": {
            "From": "shop@example.com",
            "To": ["ada@example.org"],
            "Data": content.decode().removesuffix("\r\n"),
            "Helo": "app.example.org",
        },
    }


def test_a_field_that_comes_twice_is_there_twice():
    headers = shown(b"X-A: 1\r\nx-a: 2\r\nreceived: elsewhere\r\n\r\n")["Content"]["Headers"]

    assert headers["X-A"] == ["1", "2"]
    assert [value[:9] for value in headers["received"]] == ["elsewhere", "from app."]


def test_a_folded_field_is_on_one_line():
    headers = shown(b"Subject: one\r\n two\r\n\ttwo\r\n\r\n")["Content"]["Headers"]

    assert headers["Subject"] == ["one two\ttwo"]


def test_a_mail_without_an_id_has_ours():
    assert shown(b"\r\n")["Content"]["Headers"]["Message-ID"] == ["1"]


def test_parts_are_as_they_lie_in_the_content():
    made = shown(bytes(order()))

    alternative, pdf = made["MIME"]["Parts"]
    text, related = alternative["MIME"]["Parts"]
    assert text["Headers"]["Content-Type"] == ['text/plain; charset="utf-8"']
    assert [part["Headers"]["Content-Type"][0].split(";")[0] for part in related["MIME"]["Parts"]] == [
        "text/html",
        "image/png",
    ]
    assert pdf["Body"].startswith("JVBERi0xLjQK")
    assert pdf["Headers"]["Content-Transfer-Encoding"] == ["base64"]
    assert "order-10482.pdf" in pdf["Headers"]["Content-Disposition"][0]


def test_line_ends_before_a_boundary_are_none_of_a_part():
    made = shown(b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\nOne\r\n\r\n--a--\r\n')

    assert [part["Body"] for part in made["MIME"]["Parts"]] == ["One"]
    assert made["Content"]["Body"].endswith("One\r\n\r\n--a--")


@pytest.mark.parametrize(
    ("path", "mailbox", "domain"),
    [("", "", ""), ("postmaster", "postmaster", ""), ('"a@b"@example.org', '"a@b"', "example.org")],
)
def test_a_path_is_parted(path, mailbox, domain):
    made = shown(b"", sender=path)["From"]

    assert (made["Mailbox"], made["Domain"]) == (mailbox, domain)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no header", b"a: b", b"a: b\n\nc"])
def test_any_content_can_be_shown(content):
    assert shown(content)["Content"]["Size"] == len(content)
