from __future__ import annotations

import pytest
from mails import PIXEL, order
from websockets import WebSocket

API = "/mailcatcher"


@pytest.fixture
def ordered(captured):
    return captured(bytes(order()), rcpt=["ada@example.org", "hidden@example.org"])


def test_messages_are_listed_oldest_first(http, three):
    answer = http.get(f"{API}/messages").json

    assert [message["subject"] for message in answer] == ["First", "Second", "Third"]
    assert answer[0] == {
        "id": three[0].id,
        "sender": "<shop@example.com>",
        "recipients": ["<ada@example.org>"],
        "subject": "First",
        "size": str(three[0].size),
        "created_at": three[0].received_at.isoformat(timespec="seconds"),
    }


def test_a_message_is_read_and_not_marked(http, sink, ordered):
    answer = http.get(f"{API}/messages/{ordered.id}.json").json

    assert answer["recipients"] == ["<ada@example.org>", "<hidden@example.org>"]
    assert (answer["type"], answer["formats"]) == ("multipart/mixed", ["source", "html", "plain"])
    assert answer["source"].encode() == ordered.content
    assert answer["attachments"] == [
        {
            "cid": "2",
            "type": "application/pdf",
            "filename": "order-10482.pdf",
            "size": 8100,
            "href": f"/mailcatcher/messages/{ordered.id}/parts/2",
        }
    ]
    assert not sink.everything.get(ordered.id).read


def test_an_attachment_is_where_its_address_says(http, ordered):
    for place in (API, f"/inboxes/default{API}"):
        (attachment,) = http.get(f"{place}/messages/{ordered.id}.json").json["attachments"]
        answer = http.get(attachment["href"])

        assert answer.body.startswith(b"%PDF-1.4")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="order-10482.pdf"'


def test_an_inline_part_is_found_by_its_id(http, ordered):
    answer = http.get(f"{API}/messages/{ordered.id}/parts/logo@shop.example")

    assert (answer.body, answer.headers["Content-Type"]) == (PIXEL, "image/png")


def test_bodies_are_shown(http, ordered):
    html = http.get(f"{API}/messages/{ordered.id}.html")
    plain = http.get(f"{API}/messages/{ordered.id}.plain")

    assert b"Thank you, Ada." in html.body
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert (plain.body.decode(), plain.headers["Content-Type"]) == (ordered.text, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("form", "kind"), [("source", "text/plain; charset=utf-8"), ("eml", "message/rfc822")]
)
def test_the_content_is_octet_for_octet(http, ordered, form, kind):
    answer = http.get(f"{API}/messages/{ordered.id}.{form}")

    assert (answer.body, answer.headers["Content-Type"]) == (ordered.content, kind)


@pytest.mark.parametrize("path", ["nothing.json", "latest.json", "%s.html", "%s/parts/x", "nothing/parts/1"])
def test_what_is_not_there_is_not_found(http, three, path):
    assert http.get(f"{API}/messages/{path.replace('%s', three[0].id)}").status == 404


def test_a_mail_with_html_alone_has_no_text(http, captured):
    message = captured(b"Content-Type: text/html\r\n\r\n<p>Hi\r\n")

    assert http.get(f"{API}/messages/{message.id}.plain").status == 404
    assert http.get(f"{API}/messages/{message.id}.json").json["formats"] == ["source", "html"]


def test_messages_are_deleted(http, sink, three):
    assert http.delete(f"{API}/messages/{three[0].id}").status == 204
    assert len(sink.everything) == 2
    assert http.delete(f"{API}/messages").status == 204
    assert len(sink.everything) == 0


def test_nobody_can_end_the_server(http, three):
    assert http.delete(f"{API}/").status == 403
    assert len(http.get(f"{API}/messages").json) == 3


def test_a_websocket_tells_of_new_messages(http, web, captured):
    with WebSocket(web.host, web.port, f"{API}/messages") as opened:
        captured()

        assert [opened.json()] == http.get(f"{API}/messages").json
