from __future__ import annotations

import pytest
from mails import PIXEL, order
from sending import mail

API = "/mailpit/api/v1"


@pytest.fixture
def ordered(captured):
    return captured(bytes(order()), rcpt=["ada@example.org", "audit@shop.example"])


def test_reading_does_not_mark_as_read(http, sink, ordered):
    for path in ("", "/headers", "/raw", "/part/2"):
        assert http.get(f"{API}/message/{ordered.id}{path}").status == 200

    assert not sink.everything.get(ordered.id).read


def test_header_fields_are_by_name_as_they_are_written(http, captured):
    message = captured(b"x-two: b\r\nX-TWO: =?utf-8?q?c?=\r\nsubject: a\r\n\tfold\r\n\r\n")

    assert http.get(f"{API}/message/{message.id}/headers").json == {
        "Subject": ["a fold"],
        "X-Two": ["b", "=?utf-8?q?c?="],
    }


def test_the_content_is_octet_for_octet(http, captured):
    content = b"Subject: caf\xe9\r\n\r\nHi\r\n"
    message = captured(content)

    answer = http.get(f"{API}/message/{message.id}/raw")
    saved = http.get(f"{API}/message/{message.id}/raw?dl=1")

    assert (answer.body, answer.headers["Content-Type"]) == (content, "text/plain; charset=utf-8")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{message.id}.eml"'


def test_a_part_is_decoded(http, ordered):
    answer = http.get(f"{API}/message/latest/part/1.2.2")

    assert (answer.body, answer.headers["Content-Type"]) == (PIXEL, "image/png")
    assert answer.headers["Content-Disposition"] == 'inline; filename="logo.png"'


def test_a_browser_can_run_nothing_in_a_part(http, captured):
    message = captured(
        b'Content-Type: image/svg+xml; name="a\xc3\xa9.svg"\r\n\r\n<svg onload="alert(1)"/>\r\n'
    )

    answer = http.get(f"{API}/message/{message.id}/part/0")

    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("part", ["1", "9", "1.2", "x", "0"])
def test_a_part_that_is_not_there(http, ordered, part):
    assert http.get(f"{API}/message/latest/part/{part}").status == 404


def test_a_thumbnail_is_a_jpeg(http, ordered):
    for part in ("1.2.2", "2"):
        answer = http.get(f"{API}/message/latest/part/{part}/thumb")

        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.body.startswith(b"\xff\xd8\xff")


def test_a_message_with_nothing_in_it(http, captured):
    message = captured(b"")

    answer = http.get(f"{API}/message/{message.id}")

    assert answer.json["From"] == {"Name": "", "Address": ""}
    assert (answer.json["To"], answer.json["Attachments"]) == ([], [])


def test_texts_around_a_file_have_two_hyphens_between_them(http, captured):
    text = b"--b\r\n\r\n%b\r\n"
    body = text % b"Before" + b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n" + text % b"After" + b"--b--"
    for kind in (b"alternative", b"mixed"):
        captured(b"Content-Type: multipart/%b; boundary=b\r\n\r\n%b" % (kind, body))

    mixed, alternative = http.get(f"{API}/messages").json["messages"]

    assert http.get(f"{API}/message/{mixed['ID']}").json["Text"] == "Before\n--\nAfter"
    assert http.get(f"{API}/message/{alternative['ID']}").json["Text"] == "Before"


def test_a_small_mail(http, captured):
    captured(mail("Hello", "Hi"))

    answer = http.get(f"{API}/message/latest").json

    assert (answer["Subject"], answer["Text"], answer["HTML"]) == ("Hello", "Hi\r\n", "")
    assert answer["ReturnPath"] == "shop@example.com"
