from __future__ import annotations

import email
import email.message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending import mail

from mailsink_web.api.content import disposition
from mailsink_web.security import UNTRUSTED_POLICY

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))


def multipart(content_type="image/png", filename="a.png", octets=PNG):
    message = email.message.EmailMessage()
    message["Subject"] = "Parts"
    message.set_content("Some text")
    maintype, _, subtype = content_type.partition("/")
    message.add_attachment(octets, maintype=maintype, subtype=subtype, filename=filename)
    return message.as_bytes(policy=email.policy.SMTP)


@pytest.fixture
def part_of(http, captured):
    """Capture a mail with one attachment, and ask for that part."""

    def ask(content, query=""):
        message = captured(content)
        (part,) = message.attachments
        return http.get(f"/api/messages/{message.id}/parts/{part.number}{query}")

    return ask


def test_the_content_is_what_was_sent_octet_for_octet(http, captured):
    content = b"Subject: caf\xe9\r\n\r\n.leading dot\r\n8-bit \xff\r\n"
    message = captured(content)

    answer = http.get(f"/api/messages/{message.id}/content")

    assert answer.body == content
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{message.id}.eml"'
    assert answer.headers["Content-Security-Policy"] == UNTRUSTED_POLICY


def test_the_content_is_not_sent_again_to_who_has_it(http, captured):
    captured()
    tag = http.get("/api/messages/latest/content").headers["ETag"]

    answer = http.get("/api/messages/latest/content", If_None_Match=tag)

    assert answer.status == 304
    assert answer.body == b""


def test_the_text_is_utf_8_and_runs_nowhere(http, captured):
    captured("Content-Type: text/plain; charset=latin-1\r\n\r\n<b>café</b>".encode("latin-1"))

    answer = http.get("/api/messages/latest/text")

    assert answer.body.decode().strip() == "<b>café</b>"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == UNTRUSTED_POLICY


def test_a_body_that_is_not_there_is_a_404(http, captured):
    captured(mail())

    answer = http.get("/api/messages/latest/html")

    assert answer.status == 404
    assert answer.json["detail"].endswith("has no HTML body.")


def test_a_message_without_text_has_none(http, captured):
    captured(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n")

    answer = http.get("/api/messages/latest/text")

    assert answer.status == 404
    assert answer.json["detail"].endswith("has no text body.")


def test_html_is_sent_under_quarantine(http, captured):
    pytest.importorskip("mailsink_web.quarantine")
    captured(b"Content-Type: text/html\r\n\r\n<p>Hello<script>alert(1)</script>")

    answer = http.get("/api/messages/latest/html")

    assert b"<p>Hello" in answer.body
    assert answer.headers.get_content_type() == "text/html"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_part_is_decoded_and_comes_as_a_file(part_of):
    answer = part_of(multipart())

    assert answer.body == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.png"'
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"] == UNTRUSTED_POLICY


@pytest.mark.parametrize(
    "content_type", ["image/png", "image/jpeg", "audio/mpeg", "video/mp4", "application/pdf"]
)
def test_what_a_browser_only_draws_or_plays_may_be_shown(part_of, content_type):
    answer = part_of(multipart(content_type), "?inline=1")

    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert answer.headers["Content-Security-Policy"] == UNTRUSTED_POLICY


@pytest.mark.parametrize(
    "content_type",
    ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/javascript"],
)
def test_what_could_run_is_never_shown(part_of, content_type):
    answer = part_of(multipart(content_type), "?inline=1")

    assert answer.headers["Content-Disposition"].startswith("attachment; ")


def test_a_type_that_is_none_becomes_octets(http, captured):
    captured(b"Content-Type: no type at all, really\r\nContent-Disposition: attachment\r\n\r\nx")

    answer = http.get("/api/messages/latest/parts/1")

    assert answer.status == 200
    assert "\n" not in answer.headers["Content-Type"]


def test_a_part_that_is_not_there_names_those_that_are(http, captured):
    message = captured(multipart())

    answer = http.get(f"/api/messages/{message.id}/parts/9.9")

    assert answer.status == 404
    assert answer.json["detail"] == f"The message {message.id} has no part '9.9'."
    assert answer.json["allowed"] == [part.number for part in message.parsed.parts]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("two words.pdf", 'attachment; filename="two words.pdf"'),
        ("naïve.pdf", "attachment; filename=\"na_ve.pdf\"; filename*=UTF-8''na%C3%AFve.pdf"),
        ('a"b.pdf', "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf"),
        ("50%.pdf", "attachment; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf"),
        ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
        ("a\r\nSet-Cookie: b", 'attachment; filename="aSet-Cookie: b"'),
        ("\x00", 'attachment; filename="file"'),
    ],
)
def test_a_file_name_is_written_safely(filename, expected):
    assert disposition(filename) == expected


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_no_file_name_breaks_the_header(filename):
    value = disposition(filename)

    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2


def test_a_part_of_an_attached_message_has_an_address(http, captured):
    inner = multipart().replace(b"Subject: Parts", b"Subject: Inner")
    outer = (
        b"Subject: Outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
        b"--o\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--o--\r\n"
    )
    message = captured(outer)

    assert http.get(f"/api/messages/{message.id}/parts/2?attached=1").body == PNG
    answer = http.get(f"/api/messages/{message.id}/parts/2?attached=2")
    assert answer.status == 404
    assert answer.json["detail"] == f"The message {message.id} has no message attached as '2'."
