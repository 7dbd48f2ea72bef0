from __future__ import annotations

import pytest

CONTENT = (
    b"From: shop@example.com\r\nTo: ada@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain\r\n\r\nYour code is 493 027. Go to https://shop.example/confirm?t=1\r\n--b\r\n"
    b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="invoice.pdf"\r\n\r\n'
    b"%PDF\r\n"
    b"--b--\r\n"
)


@pytest.fixture
def ask(http, captured):
    message = captured(CONTENT)
    return lambda piece: http.get(f"/api/messages/{message.id}/{piece}").json


def test_header_fields_come_in_their_order_and_decoded(ask):
    assert ask("headers")["headers"][:3] == [
        ["From", "shop@example.com"],
        ["To", "ada@example.org"],
        ["Subject", "Grüße"],
    ]


def test_links_come_alone(ask):
    assert [link["url"] for link in ask("links")["links"]] == ["https://shop.example/confirm?t=1"]


def test_codes_come_alone(ask):
    assert [code["value"] for code in ask("codes")["codes"]] == ["493027"]


def test_attachments_come_with_their_addresses(ask, http):
    (attachment,) = ask("attachments")["attachments"]

    assert attachment["filename"] == "invoice.pdf"
    assert http.get(attachment["url"]).body == b"%PDF"


def test_parts_come_with_their_addresses(ask, http):
    shown = ask("parts")

    assert [part["content_type"] for part in shown["parts"]] == ["text/plain", "application/pdf"]
    assert shown["total"] == 2
    assert http.get(shown["parts"][0]["url"]).body.startswith(b"Your code")


@pytest.mark.parametrize("piece", ["headers", "links", "codes", "attachments", "parts"])
def test_of_the_newest_message_or_of_none(http, captured, piece):
    assert http.get(f"/api/messages/latest/{piece}").status == 404
    captured()
    assert http.get(f"/api/messages/latest/{piece}?q=subject:hello").status == 200
