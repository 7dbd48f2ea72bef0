from __future__ import annotations

import pytest
from messages import message

from mailsink.testing.snapshot import file_name, snapshot

HEADERS = {"X-Kind": "welcome", "Date": "Tue, 24 Nov 2026 14:30:00 +0000", "Message-ID": "<1@shop.example>"}


def test_it_shows_envelope_fields_and_parts():
    mail = message(
        rcpt=["zoe@example.org", "alice@example.org"],
        headers=HEADERS,
        text="Hello\n\nAlice",
        html="<p>Hello</p>",
        files=[("invoice.pdf", "application/pdf", b"%PDF-1.7 12.00")],
    )

    assert snapshot(mail, {}).splitlines() == [
        "MAIL noreply@shop.example",
        "RCPT alice@example.org",
        "RCPT zoe@example.org",
        "From: noreply@shop.example",
        "To: alice@example.org",
        "Subject: Welcome aboard",
        "Date: <date>",
        "Message-ID: <message-id>",
        "X-Kind: welcome",
        "[multipart/mixed]",
        "  [multipart/alternative]",
        "    [text/plain]",
        "    | Hello",
        "    |",
        "    | Alice",
        "    [text/html]",
        "    | <p>Hello</p>",
        "  [application/pdf] invoice.pdf 14 bytes sha256:1a64638679f109c0",
    ]


def test_two_sendings_give_the_same():
    first = message(text="Hi", html="<p>Hi</p>", headers=HEADERS)
    second = message(text="Hi", html="<p>Hi</p>", headers=dict(reversed([*HEADERS.items()])) | {"Date": "x"})

    assert first.content != second.content
    assert snapshot(first, {}) == snapshot(second, {})


def test_a_bounce_and_controls_are_shown():
    text = snapshot(message(reverse_path="", octets=b"Subject: a\x07b\r\n\r\n\x1b[0m"), {})

    assert text.splitlines() == [
        "MAIL <>",
        "RCPT alice@example.org",
        "Subject: a\ufffdb",
        "[text/plain]",
        "| \\x1b[0m",
    ]


def test_what_is_masked_is_replaced_in_order():
    assert "| t=<token> <n>" in snapshot(message(text="t=abc 12"), {r"t=\w+": "t=<token>", r"\b\d+\b": "<n>"})


def test_a_subject_as_a_file_s_name():
    assert file_name("Re: [shop] Invoice 17/2026") == "re-shop-invoice-17-2026"
    assert file_name("../../etc") == "etc"
    assert file_name("…") == "mail"
    assert len(file_name("x" * 200)) == 60


def test_what_is_no_mask_is_told():
    with pytest.raises(TypeError) as no_mapping:
        snapshot(message(text="1"), "x")
    with pytest.raises(ValueError, match="unterminated") as no_pattern:
        snapshot(message(text="1"), {"(": "x"})

    assert str(no_mapping.value) == (
        "mask='x': must map patterns to what stands in their place: {r'\\d+': '<number>'}"
    )
    assert str(no_pattern.value) == "mask={'(': 'x'}: missing ), unterminated subpattern at position 0"
