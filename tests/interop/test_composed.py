"""What Nodemailer makes of a mail in its own words is read as it was meant."""

from __future__ import annotations

import pytest
from interop.clients import nodemailer

MAIL = {
    "from": "Läden <shop@example.com>",
    "to": "ada@example.org",
    "bcc": "audit@example.org",
    "subject": "Schöne Grüße ✓",
    "text": "Guten Tag!\n.\nIhr Code ist 482913.",
    "html": '<p>Guten Tag! <a href="https://example.org/ä">hier</a> <img src="cid:logo"></p>',
    "attachments": [{"filename": "Rechnung Nr. 1 – für Sie.txt", "content": "Betrag: 1 €"}],
}


@pytest.fixture
def message(sink, order):
    nodemailer.need_node()
    report = nodemailer.deliver(order(), MAIL)
    assert report.delivered, report.said
    return sink.inbox.expect()


def test_its_subject_and_names_are_decoded(message):
    assert message.subject == "Schöne Grüße ✓"
    assert message.from_[0].name == "Läden"


def test_its_text_is_decoded(message):
    assert message.text.splitlines() == ["Guten Tag!", ".", "Ihr Code ist 482913."]
    assert [code.shown for code in message.codes] == ["482913"]


def test_its_html_is_decoded(message):
    assert message.html == MAIL["html"]


def test_its_attachment_has_its_name_and_content(message):
    (attachment,) = message.attachments

    assert attachment.filename == "Rechnung Nr. 1 – für Sie.txt"
    assert attachment.content() == "Betrag: 1 €".encode()


def test_its_bcc_is_in_the_envelope_alone(message):
    assert message.bcc == ("audit@example.org",)
    assert b"audit" not in message.content
