from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.composing import ComposeError, File, compose
from mailsink.mime import Address, parse

ADA = Address("Ada", "ada@example.org")
SHOP = Address("Harbour Supply", "shop@example.com")


def composed(**words):
    return parse(compose(**words))


def test_a_mail_has_its_pieces():
    mail = composed(
        from_=SHOP, to=[ADA], cc=[Address("", "cc@example.org")], reply_to=[SHOP], subject="Hello"
    )

    assert (mail.from_, mail.to, mail.reply_to) == ((SHOP,), (ADA,), (SHOP,))
    assert mail.cc == (Address("", "cc@example.org"),)
    assert mail.subject == "Hello"
    assert mail.date is not None
    assert mail.message_id.endswith("@mailsink.invalid>")


def test_every_line_ends_with_crlf():
    content = compose(from_=SHOP, to=[ADA], subject="ä" * 200, text="one\ntwo", html="<p>one\ntwo</p>")

    assert content.count(b"\n") == content.count(b"\r\n")
    assert parse(content).defects == ()


@pytest.mark.parametrize("name", ["Ada", 'Łukasz, the "first"', "a" * 300, "", "(x)", "=?utf-8?q?x?="])
def test_a_name_comes_back_as_it_was(name):
    mail = composed(from_=Address(name, "a@example.org"))

    assert mail.from_[0].address == "a@example.org"
    assert mail.from_[0].name == ("x" if name.startswith("=?") else name)


def test_an_address_outside_ascii_stays_as_it_is():
    mail = composed(to=[Address("Jörg", "jörg@bücher.example")])

    assert mail.to == (Address("Jörg", "jörg@bücher.example"),)


def test_text_and_html_are_alternatives():
    mail = composed(text="Hi", html="<p>Hi</p>")

    assert mail.root.content_type == "multipart/alternative"
    assert (mail.text, mail.html) == ("Hi", "<p>Hi</p>")


@pytest.mark.parametrize(
    "text", ["Hi", "Hi\n", "one\ntwo", "grün", "ご注文", "x" * 2000, "ご注文\n" * 50 + "!", "a=b\n\n", " "]
)
def test_a_body_is_what_was_given(text):
    assert composed(text=text).text == text
    assert composed(text="-", html=text).html == text
    assert composed(text=text, html="-", files=[File(name="a", content=b"")]).text == text


@pytest.mark.parametrize("text", ["", "Hi"])
def test_a_file_with_an_id_is_shown_in_the_html(text):
    logo = File(name="logo.png", content=b"\x89PNG", content_type="image/png", content_id="logo@shop")

    mail = composed(text=text, html='<img src="cid:logo@shop">', files=[logo])

    (part,) = mail.inline
    assert (part.filename, part.content_id, part.content()) == ("logo.png", "logo@shop", b"\x89PNG")
    assert mail.attachments == ()


def test_other_files_are_attached():
    files = [
        File(name="räksmörgås.pdf", content=b"%PDF"),
        File(name="", content=b"x", content_type="text/x-log"),
    ]

    mail = composed(text="Hi", files=files)

    assert [part.filename for part in mail.attachments] == ["räksmörgås.pdf", ""]
    assert [part.content() for part in mail.attachments] == [b"%PDF", b"x"]


def test_a_message_as_a_file_is_octets():
    mail = composed(files=[File(name="a.eml", content=b"Subject: x\r\n\r\n", content_type="message/rfc822")])

    assert mail.attachments[0].content_type == "application/octet-stream"


def test_further_fields_are_taken():
    mail = composed(fields=[("X-Campaign", "spring"), ("Message-ID", "<1@example.org>"), ("X-Word", "grün")])

    assert mail.header("x-campaign") == "spring"
    assert mail.headers("message-id") == ("<1@example.org>",)
    assert mail.header("x-word") == "grün"


@pytest.mark.parametrize(
    "words",
    [
        {"from_": Address("", "nobody")},
        {"to": [Address("", "a@example.org>\r\nBcc: <b@example.org")]},
        {"to": [Address("x\r\ny", "a@example.org")]},
        {"cc": [Address("", "a@b@c")]},
        {"cc": [Address("", "")]},
        {"subject": "x\r\nBcc: b@example.org"},
        {"fields": [("X-A", "x\nBcc: b@example.org")]},
        {"fields": [("X-A: x\r\nBcc", "b@example.org")]},
        {"fields": [("To", "b@example.org")]},
        {"fields": [("content-TYPE", "text/html")]},
        {"files": [File(name="a\r\nb", content=b"")]},
        {"files": [File(name="a", content=b"", content_type="nonsense")]},
        {"html": "x", "files": [File(name="a", content=b"", content_id="a>\r\nX-B: c")]},
    ],
    ids=repr,
)
def test_what_no_field_can_hold_is_refused(words):
    with pytest.raises(ComposeError):
        compose(**words)


@given(st.text(), st.text(), st.text())
def test_no_text_can_add_a_field(subject, name, body):
    try:
        content = compose(from_=Address(name, "a@example.org"), subject=subject, text=body, html=body)
    except ComposeError:
        return

    names = [field.name for field in parse(content).fields]
    assert len(names) == len(set(names))
    assert set(names) <= {"From", "Subject", "Date", "Message-ID", "MIME-Version"} | {
        "Content-Type",
        "Content-Transfer-Encoding",
    }
