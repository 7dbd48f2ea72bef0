"""Mail that is too much of something: every view of it is answered, and none is too large to be looked at."""

from __future__ import annotations

import datetime as dt

import pytest
from mails import put

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
VIEWS = ("preview", "text", "headers", "source", "parts")
HEAD = b"From: a@example.org\r\nTo: ada@example.org\r\nMIME-Version: 1.0\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def nested(number: int) -> bytes:
    """Multiparts within each other, each with a boundary of its own."""
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(number)
    )
    return HEAD + opened + b"\r\ninnermost\r\n"


def mixed(part: bytes, number: int) -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + (b"--b\r\n" + part) * number
        + b"--b--\r\n"
    )


MONSTERS = {
    "deep": nested(2_000),
    "messages in messages": (b"Content-Type: message/rfc822\r\n\r\n" * 1_000).join([HEAD, TEXT]),
    "many parts": mixed(b"Content-Type: text/html\r\n\r\n<b>x\r\n", 4_000),
    "many files": mixed(b"Content-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n", 1_500),
    "many fields": HEAD + b"X-Field: value\r\n" * 10_000 + b"\r\nbody",
    "long subject": HEAD + b"Subject: " + b"x" * 200_000 + b"\r\n\r\nbody",
    "encoded subject": HEAD + b"Subject: " + b"=?utf-8?q?=3Cscript=3E?=\r\n " * 4_000 + b"\r\n\r\nbody",
    "many recipients": b"To: " + b", ".join([b'"Ada" <ada@example.org>'] * 4_000) + b"\r\n\r\nbody",
    "comments in comments": b"To: " + b"(" * 50_000 + b"\r\n\r\nbody",
    "many parameters": HEAD + b"Content-Type: text/plain" + b"; a=b" * 50_000 + b"\r\n\r\nbody",
    "many pieces": HEAD
    + b"Content-Disposition: attachment"
    + b"".join(b"; filename*%d=x" % n for n in range(5_000))
    + b"\r\n\r\nbody",
    "long line": TEXT + b"x" * 400_000,
    "many links": TEXT + b"https://example.org/a?b=482913 " * 10_000,
    "many quotes": TEXT + b">" * 20_000 + b"\r\n" + b"> > >\r\n" * 10_000,
    "deep html": HTML + b"<div>" * 20_000 + b"text" + b"<a href=x>" * 10_000,
    "many tags": HTML + b"<" * 50_000 + b"<a href='" * 10_000 + b"<!--" * 20_000,
    "many pictures": HTML + b'<img src="cid:a"><img src="https://t.example/x.gif">' * 4_000,
    "nothing but octets": bytes(range(256)) * 800,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_every_view_is_answered_and_none_is_too_large(sink, http, name):
    message_id = put(sink, MONSTERS[name], at=NOW)

    for view in VIEWS:
        answer = http.get(f"/messages/{message_id}?view={view}")
        assert answer.status == 200, view
        assert len(answer.body) < 4_000_000, view
    for path in ("/", f"/api/messages/{message_id}"):
        assert http.ask("GET", path).status == 200, path
