from __future__ import annotations

import re

import pytest
from messages import message

from mailsink.model import Auth, Parameter, Peer, Recipient, Reply, Session, Tls, TranscriptEntry
from mailsink.testing import Mail
from mailsink.testing.mail import Mailbox

HTML = (
    '<p>Hello <a href="https://shop.example/reset/?t=abc">Choose a new\n password</a></p>'
    '<p><a href="https://shop.example/help">Help</a> <a href="https://shop.example/reset/mail">No</a></p>'
)


def of(**parts) -> Mail:
    return Mail(message(**parts))


def test_the_envelope_is_told_in_short_words():
    mail = of(
        rcpt=["alice@example.org", "audit@shop.example"], refused={"gone@example.org": Reply(550, "No")}
    )

    assert mail.sender == "noreply@shop.example"
    assert mail.rcpts == ["alice@example.org", "audit@shop.example"]
    assert mail.bcc == ["audit@shop.example"]
    assert (mail.mail_options, mail.rcpt_options) == ([], {"alice@example.org": [], "audit@shop.example": []})


def test_a_bounce_has_an_empty_sender():
    assert of(reverse_path="").sender == ""


def test_parameters_are_told_as_they_were_written():
    original = message(reverse_path="")
    envelope = original.envelope.__class__(
        reverse_path="",
        parameters=(Parameter("SIZE", "310"), Parameter("SMTPUTF8")),
        recipients=(
            Recipient(
                path="ada@example.org", reply=Reply(250, "OK"), parameters=(Parameter("NOTIFY", "NEVER"),)
            ),
        ),
    )
    mail = Mail(
        original.__class__(id="1", inbox="", envelope=envelope, content=b"", received_at=original.received_at)
    )

    assert mail.mail_options == ["SIZE=310", "SMTPUTF8"]
    assert mail.rcpt_options == {"ada@example.org": ["NOTIFY=NEVER"]}


def test_the_session_s_facts():
    tls = Tls(mode="starttls", version="TLSv1.3", cipher="X")
    state = {
        "greeting": "client.example.org",
        "peer": Peer("127.0.0.1", 4),
        "tls": tls,
        "auth": Auth("PLAIN", "shop"),
    }
    mail = of(state=state)

    assert (mail.helo, mail.peer.port, mail.tls, mail.auth_user) == ("client.example.org", 4, tls, "shop")
    assert mail.received == mail.message.received_at
    assert (of().tls, of().auth_user) == (None, None)


def test_the_transcript_is_that_of_its_session():
    original = message(state={"session_id": "s"})
    session = Session(
        id="s",
        listener="",
        peer=Peer(""),
        started_at=original.received_at,
        transcript=(TranscriptEntry(0.5, "client", "NOOP"),),
    )

    assert Mail(original, {"s": session}.get).transcript == "   0.500  C: NOOP"
    assert Mail(original).transcript == ""


def test_the_header_section_by_name():
    mail = of(headers={"Cc": "Carol <carol@example.org>", "Reply-To": "help@shop.example", "X-Kind": "news"})

    assert mail.subject == "Welcome aboard"
    assert (mail.from_, mail.to) == (["noreply@shop.example"], ["alice@example.org"])
    assert mail.cc == ["carol@example.org"]
    assert mail.cc[0].name == "Carol"
    assert mail.reply_to == ["help@shop.example"]
    assert mail.header("x-kind") == mail.headers["x-kind"] == "news"
    assert mail.header("X-None", "nothing") == "nothing"


def test_the_header_fields_are_a_mapping_in_any_case():
    octets = b"Subject: 1\r\nReceived: a\r\nX-A: x\r\nreceived: b\r\n\r\n"
    headers = of(octets=octets).headers

    assert dict(headers) == {"Subject": "1", "Received": "a", "X-A": "x"}
    assert "RECEIVED" in headers
    assert "To" not in headers
    assert headers.get_all("received") == ["a", "b"]
    assert (headers.get("To"), len(headers), repr(headers)) == (None, 3, "<Headers Subject, Received, X-A>")


def test_a_header_field_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(KeyError) as caught:
        of(octets=b"Subject: 1\r\nX-A: x\r\n\r\n").headers["To"]

    assert caught.value.args == ("no header field is called To; there are: Subject, X-A",)


def test_a_mailbox_is_a_text_with_a_name():
    mailbox = of(sender="The Shop <noreply@shop.example>").from_[0]

    assert isinstance(mailbox, Mailbox)
    assert (mailbox, mailbox.name) == ("noreply@shop.example", "The Shop")


def test_the_bodies_and_the_octets():
    mail = of(text="Hello", html="<p>Hello</p>")

    assert (mail.text.strip(), mail.html.strip()) == ("Hello", "<p>Hello</p>")
    assert mail.raw == mail.message.content
    assert mail.size == len(mail.raw)
    assert mail.msg["Subject"] == "Welcome aboard"
    assert mail.msg is mail.msg
    assert mail.msg.get_body().get_content_type() == "text/html"


def test_files_by_name_and_inline_parts():
    mail = of(files=[("a.pdf", "application/pdf", b"%PDF")])

    assert mail.attachments["a.pdf"].content == b"%PDF"
    assert list(mail.inline) == []


# --- link and code


def test_a_link_is_found_by_a_part_of_its_url_and_of_its_text():
    mail = of(html=HTML)

    assert mail.link("/reset/", text="a new password") == "https://shop.example/reset/?t=abc"
    assert mail.link(text="Help") == "https://shop.example/help"
    assert mail.link(re.compile(r"t=\w+")) == "https://shop.example/reset/?t=abc"
    assert mail.link(text=re.compile("^help$", re.IGNORECASE)) == "https://shop.example/help"
    assert [link.kind for link in mail.links][:1] == ["reset"]


def test_a_code_is_found_by_its_number_of_digits():
    mail = of(text="Your code is 123 456.\n\nYour PIN: 9876\n")

    assert mail.code(digits=6) == "123456"
    assert mail.code(digits=4) == "9876"
    assert mail.code(digits=(5, 8)) == "123456"
    assert {code.value for code in mail.codes} == {"123456", "9876"}


# --- the rest


def test_elements_are_selected():
    assert [e.text for e in of(html=HTML).select("a")] == ["Choose a new password", "Help", "No"]


def test_it_is_saved_to_a_file_or_into_a_directory(tmp_path):
    mail = of(subject="Re: Grüße / 100 %")

    assert mail.save(tmp_path / "a.eml").read_bytes() == mail.raw
    assert mail.save(str(tmp_path)).name == "re-grüße-100.eml"


def test_its_snapshot_is_masked():
    assert "Subject: <subject> aboard" in of().snapshot(mask={"Welcome": "<subject>"})


def test_two_mails_of_one_message_are_equal():
    original = message()

    assert Mail(original) == Mail(original)
    assert Mail(original) != of()
    assert Mail(original) != original
    assert len({Mail(original), Mail(original)}) == 1


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({}, "<Mail noreply@shop.example -> alice@example.org  'Welcome aboard'>"),
        ({"octets": b"\xff", "reverse_path": ""}, "<Mail <> -> alice@example.org  ''>"),
    ],
    ids=["right", "broken"],
)
def test_a_mail_is_shown_in_one_line(parts, shown):
    assert repr(of(**parts)) == shown
