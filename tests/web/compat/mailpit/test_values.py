from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import pytest
from mails import PIXEL, order

from mailsink.message import Message
from mailsink.model import Auth, Envelope, Recipient, Reply
from mailsink_web.compat.mailpit import values

OK = Reply(250, "OK")
AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def message(content, *, rcpt=("ada@example.org",), **words):
    recipients = tuple(Recipient(path=path, reply=OK) for path in rcpt)
    envelope = Envelope(reverse_path="bounce@example.com", recipients=recipients)
    return Message(id="1", inbox="a", envelope=envelope, content=content, received_at=AT, **words)


def shown(value):
    return msgspec.json.decode(msgspec.json.encode(value))


def test_a_summary_has_every_member():
    content = b"From: Ada <ada@example.org>\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nOne\r\n two\r\n"

    assert shown(values.summary(message(content, rcpt=[], auth=Auth("PLAIN", "eve"), tags=("b", "a")))) == {
        "ID": "1",
        "MessageID": "1@x",
        "Read": False,
        "From": {"Name": "Ada", "Address": "ada@example.org"},
        "To": [],
        "Cc": [],
        "Bcc": [],
        "ReplyTo": [],
        "Subject": "Hi",
        "Created": "2026-03-02T09:30:00Z",
        "Username": "eve",
        "Tags": ["a", "b"],
        "Size": len(content),
        "Attachments": 0,
        "Snippet": "One two",
    }


def test_an_attachment_has_its_digests():
    made = values.message(message(bytes(order())))

    # EmailMessage calls the picture an attachment, and so does Mailpit.
    pdf, logo = made.attachments
    assert (pdf.part_id, pdf.file_name, pdf.content_type) == ("2", "order-10482.pdf", "application/pdf")
    assert (logo.part_id, logo.content_id, logo.size) == ("1.2.2", "logo@shop.example", len(PIXEL))
    assert logo.checksums.sha256 == hashlib.sha256(PIXEL).hexdigest()
    assert logo.checksums.md5 == hashlib.md5(PIXEL).hexdigest()
    assert made.inline == ()


def test_what_is_called_a_file_is_one_and_what_has_a_name_is_shown_in_place():
    part = b"--b\r\nContent-Type: %s\r\n%s\r\nx\r\n"
    made = values.message(
        message(
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            + part % (b"text/plain; name=a.txt", b"")
            + part % (b"text/calendar", b"")
            + part % (b"application/zip; name=b.zip", b"")
            + part % (b"image/png", b"Content-Disposition: inline\r\nContent-ID: <logo>\r\n")
            + part % (b"application/pdf", b"Content-Disposition: attachment; filename=c.pdf\r\n")
            + part % (b"application/octet-stream; name=d", b"")
            + part % (b"text/plain", b"Content-Disposition: inline; filename=e.txt\r\n")
            + b"--b--\r\n"
        )
    )

    assert made.text == "x\n--\nx"
    assert [each.file_name for each in made.attachments] == ["c.pdf", "d"]
    assert [each.file_name for each in made.inline] == ["logo", "e.txt", "b.zip"]


def test_a_file_without_a_name_is_counted_and_not_listed():
    nameless = message(b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nx")

    assert values.message(nameless).attachments == ()
    assert values.summary(nameless).attachments == 1


def test_hidden_recipients_are_added_to_those_of_a_bcc_field():
    content = b"To: ada@example.org\r\nBcc: Eve <eve@example.org>\r\n\r\n"

    made = values.summary(message(content, rcpt=["ada@example.org", "eve@EXAMPLE.org", "joe@example.org"]))

    assert shown(made.bcc) == [
        {"Name": "Eve", "Address": "eve@example.org"},
        {"Name": "", "Address": "joe@example.org"},
    ]


def test_a_from_that_is_no_mailbox_is_a_name():
    assert values.summary(message(b"From: nobody in particular,\r\n\r\n")).from_.address == ""


def test_a_body_keeps_its_line_ends():
    assert values.message(message(b"\r\none\r\ntwo\r\n")).text == "one\r\ntwo\r\n"
    assert values.message(message(b"\none\ntwo\n")).text == "one\ntwo\n"


def test_html_alone_has_the_text_that_is_seen():
    made = values.message(message(b"Content-Type: text/html\r\n\r\n<p>Hi <b>Ada</b></p>"))

    assert (made.text, made.html) == ("Hi Ada", "<p>Hi <b>Ada</b></p>")


def test_a_long_text_is_cut_between_characters():
    made = values.summary(message(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "ä".encode() * 300))

    assert made.snippet == "ä" * 100 + "..."


def test_a_message_without_a_date_has_the_time_when_it_came():
    assert values.message(message(b"")).date == AT


@pytest.mark.parametrize(
    ("field", "links", "errors"),
    [
        (b"", (), ""),
        (
            b"<mailto:a@example.org>, <https://example.org/u?x=1>",
            ("mailto:a@example.org", "https://example.org/u?x=1"),
            "",
        ),
        (b"(use this) <https://example.org/u>", ("https://example.org/u",), ""),
        (b"<ftp://example.org>", (), '"ftp://example.org" should start with either http(s):// or mailto:'),
        (b"nothing", (), '"nothing" no valid unsubscribe links found'),
    ],
)
def test_list_unsubscribe_is_read(field, links, errors):
    content = b"List-Unsubscribe: %s\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n" % field

    made = values.message(message(content)).list_unsubscribe

    assert (made.links, made.errors) == (links, errors)
    assert made.header_post == ("List-Unsubscribe=One-Click" if field else "")
