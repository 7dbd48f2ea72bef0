from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from mails import order

from mailsink.message import Message
from mailsink.model import Envelope, Parameter, Peer, Recipient, Reply
from mailsink_web.compat.maildev import values
from mailsink_web.compat.peer import Place, enter

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
OK = Reply(250, "OK")


def message(content, *, rcpt=("ada@example.org",), refused=()):
    recipients = [Recipient(path=path, reply=OK) for path in rcpt]
    recipients += [Recipient(path=path, reply=Reply(550, "No")) for path in refused]
    envelope = Envelope(
        reverse_path="shop@example.com", parameters=(Parameter("SIZE", "9"),), recipients=tuple(recipients)
    )
    return Message(
        id="1",
        inbox="a",
        envelope=envelope,
        content=content,
        received_at=AT,
        greeting="app.example.org",
        peer=Peer("127.0.0.1", 9),
    )


@pytest.fixture(autouse=True)
def _requested():
    with Flask("test").test_request_context("/"):
        enter(Place(base="/maildev", inbox=None))
        yield


def test_a_small_mail_has_these_members():
    content = b"From: a@example.com\r\nTo: Ada <ada@example.org>\r\nSubject: Hi\r\n\r\nHello\r\n"

    assert values.email(message(content, refused=["eve@example.org"])) == {
        "id": "1",
        "time": AT,
        "read": False,
        "subject": "Hi",
        "source": "/maildev/email/1/source",
        "size": len(content),
        "sizeHuman": "70 Bytes",
        "from": [{"address": "a@example.com", "name": ""}],
        "to": [{"address": "ada@example.org", "name": "Ada"}],
        "headers": {"from": "a@example.com", "to": "Ada <ada@example.org>", "subject": "Hi"},
        "attachments": [],
        "envelope": {
            "from": {"address": "shop@example.com", "args": {"SIZE": "9"}},
            "to": [{"address": "ada@example.org", "args": False}],
            "host": "app.example.org",
            "remoteAddress": "127.0.0.1",
        },
        "calculatedBcc": [],
        "priority": "normal",
        "text": "Hello\n",
    }


def test_what_a_mail_has_beside_is_told():
    content = (
        b"Cc: c@example.org\r\nBcc: b@example.org\r\nReply-To: r@example.org\r\nMessage-ID: <1@x>\r\n"
        b"Date: Mon, 02 Mar 2026 09:30:00 +0000\r\nX-A: 1\r\nX-A: 2\r\nContent-Type: text/html\r\n\r\n<p>Hi"
    )

    made = values.email(message(content, rcpt=["c@example.org", "b@example.org", "x@example.org"]))

    assert [made[name][0]["address"] for name in ("cc", "bcc", "replyTo")] == [
        "c@example.org",
        "b@example.org",
        "r@example.org",
    ]
    assert (made["messageId"], made["date"], made["headers"]["x-a"]) == ("1@x", AT, ["1", "2"])
    assert (made["html"], made["text"]) == ("<p>Hi", "Hi")
    assert made["calculatedBcc"] == [{"address": "x@example.org", "name": ""}]


def test_attachments_have_the_inline_ones_among_them():
    made = values.email(message(bytes(order())))["attachments"]

    assert [(each["generatedFileName"], each.get("contentId")) for each in made] == [
        ("logo.png", "logo@shop.example"),
        ("order-10482.pdf", None),
    ]


def test_no_two_files_have_one_name():
    part = b"--b\r\nContent-Type: %s\r\nContent-Disposition: attachment%s\r\n\r\nx\r\n"
    content = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"".join(
        (
            part % (b"text/plain", b"; filename=a.tar.gz"),
            part % (b"text/plain", b"; filename=a.tar.gz"),
            part % (b"application/pdf", b""),
            part % (b"application/pdf", b""),
            part % (b"x/y", b"; filename=plain"),
            part % (b"x/y", b"; filename=plain"),
        )
    )

    assert [name for name, _ in values.files(message(content + b"--b--\r\n"))] == [
        "a.tar.gz",
        "a.tar-1.gz",
        "attachment.pdf",
        "attachment-1.pdf",
        "plain",
        "plain-1",
    ]


def test_a_summary_is_short():
    made = values.summary(message(b"Subject: Hi\r\n\r\n" + b"word \r\n" * 100))

    assert (made["attachmentCount"], made["preview"][:10], len(made["preview"])) == (0, "word word ", 140)
    assert "text" not in made


@pytest.mark.parametrize(
    ("field", "priority"),
    [
        (b"X-Priority: 1 (Highest)", "high"),
        (b"X-Priority: 3", "normal"),
        (b"Importance: low", "low"),
        (b"Priority: urgent", "high"),
        (b"Priority: non-urgent", "low"),
    ],
)
def test_priority_is_read(field, priority):
    assert values.email(message(field + b"\r\n\r\n"))["priority"] == priority


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 Bytes"),
        (1023, "1023 Bytes"),
        (1024, "1 KB"),
        (14737, "14.39 KB"),
        (5 * 2**20, "5 MB"),
        (2**31, "2.00 GB"),
    ],
)
def test_a_size_is_for_people(octets, words):
    assert values.size_words(octets) == words
