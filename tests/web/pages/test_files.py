from __future__ import annotations

import hashlib

import pytest
from messages import content, message

from mailsink_web.pages.files import MAX_TEXT, files_of, first_invitation, kind_of, shown_file

CALENDAR = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Review\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def typed(content_type: str, octets: bytes = b"x") -> bytes:
    head = (
        f"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: {content_type}"
    )
    return head.encode() + b"\r\nContent-Disposition: attachment\r\n\r\n" + octets + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/png", "image"),
        ("image/svg+xml", "image"),
        ("image/tiff", ""),
        ("application/pdf", "pdf"),
        ("text/csv", "text"),
        ("text/javascript", "text"),
        ("application/json", "text"),
        ("application/xhtml+xml", "text"),
        ("text/html", "html"),
        ("text/calendar", "calendar"),
        ("message/rfc822", "message"),
        ("message/delivery-status", "text"),
        ("audio/mpeg", "audio"),
        ("video/mp4", "video"),
        ("application/octet-stream", ""),
        ("application/x-shockwave-flash", ""),
    ],
)
def test_its_type_says_how_a_file_can_be_shown(content_type, kind):
    [part] = message(octets=typed(content_type)).parsed.parts

    assert kind_of(part) == kind


def test_a_file_is_known_by_the_digest_of_its_octets():
    octets = bytes(range(256))
    [file] = files_of(message(files=[("a.bin", "application/octet-stream", octets)]))

    assert (file.name, file.size) == ("a.bin", 256)
    assert file.sha256 == hashlib.sha256(octets).hexdigest()


def test_of_a_long_text_the_beginning_is_shown():
    octets = typed("text/plain", b"y" * (MAX_TEXT + 1))

    shown = shown_file(message(octets=octets), "1")

    assert len(shown.text) == MAX_TEXT
    assert shown.is_cut


@pytest.mark.parametrize("number", ["", "9", "1.1"])
def test_what_is_not_there_is_not_shown(number):
    assert shown_file(message(octets=typed("text/plain")), number) is None


def test_what_no_page_can_show_is_not_shown():
    assert shown_file(message(octets=typed("application/zip")), "1") is None


def test_the_first_calendar_file_is_the_invitation():
    invited = message(octets=content(files=[("a.ics", "text/calendar", CALENDAR)]))

    assert first_invitation(invited).events[0].summary == "Review"
    assert first_invitation(message(octets=typed("text/calendar", b"nothing"))) is None
    assert first_invitation(message()) is None


def test_an_attached_message_without_a_name_is_known_by_its_subject():
    [named] = files_of(message(octets=typed("message/rfc822", b"Subject: Inner\r\n\r\n")))
    [nameless] = files_of(message(octets=typed("message/rfc822", b"From: a@example.org\r\n\r\n")))

    assert (named.name, nameless.name) == ("Inner", "part 1")
