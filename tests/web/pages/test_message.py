from __future__ import annotations

import smtplib

import pytest

from mailsink.model import Reply


def test_the_envelope_says_where_it_tells_another_story(keep, read):
    message_id = keep(
        sender="Shop <orders@shop.example>",
        reverse_path="bounces@mta.shop.example",
        rcpt=("alice@example.org", "audit@shop.example"),
        refused={"gone@example.org": Reply(550, "No such user", "5.1.1")},
    )

    words = read(f"/messages/{message_id}")

    assert "MAIL FROM <bounces@mta.shop.example> not From" in words
    assert "<audit@shop.example> Bcc <gone@example.org> 550 5.1.1" in words


def test_the_envelope_is_left_out_where_it_says_the_same(keep, read):
    assert "MAIL FROM" not in read(f"/messages/{keep()}")


def test_a_bounce_is_called_one(keep, read):
    assert "MAIL FROM <> null reverse-path: a bounce" in read(f"/messages/{keep(reverse_path='')}")


def test_the_newest_message_has_an_address_of_its_own(http, keep):
    keep()
    message_id = keep(state={"inbox": "other"})

    answer = http.get("/messages/latest?inbox=other&view=source")

    assert answer.status == 303
    assert answer.headers["Location"] == f"/messages/{message_id}?inbox=other&view=source"


def test_a_message_of_another_inbox_is_not_here(http, keep):
    assert http.get(f"/messages/{keep()}?inbox=other").status == 404


def test_its_neighbours_are_linked(keep, look):
    oldest, middle, newest = keep(), keep(), keep()

    page = look(f"/messages/{middle}?q=welcome")

    assert f'href="/messages/{newest}?q=welcome" title="Previous message (k)"' in page
    assert f'href="/messages/{oldest}?q=welcome" title="Next message (j)"' in page
    assert "2 of 3" in page


def test_only_views_that_have_something_to_show_are_offered(keep, look):
    plain = look(f"/messages/{keep()}")
    rich = look(f"/messages/{keep(html='<p>Hello <a href=https://example.org/x>there</a></p>')}")

    assert "view=preview" not in plain
    assert "view=codes" not in plain
    assert "view=preview" in rich
    assert "view=codes" in rich


@pytest.mark.parametrize("view", ["text", "headers", "source", "parts", "preview", "codes", "nonsense"])
def test_every_view_can_be_asked_for(keep, read, view):
    message_id = keep(text="Your code is 482913.", html="<p>Hi</p>")

    assert "Welcome aboard" in read(f"/messages/{message_id}?view={view}")


def test_the_frame_is_sandboxed_and_says_who_would_be_contacted(keep, look):
    message_id = keep(html='<img src="https://img.example.net/a.png">')

    page = " ".join(look(f"/messages/{message_id}").split())

    assert (
        f'<iframe src="/messages/{message_id}/preview" sandbox="allow-popups allow-popups-to-escape-sandbox"'
        in page
    )
    assert "<b>Remote content is blocked.</b> 1 host would have been contacted." in page


def test_remote_content_is_loaded_for_our_own_page_alone(http, keep):
    message_id = keep(html='<img src="https://img.example.net/a.png">')
    path = f"/messages/{message_id}/preview?remote=1"

    ours = http.get(path, Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate")
    foreign = http.get(path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")

    assert "img-src data: http: https:" in ours.headers["Content-Security-Policy"]
    assert "img-src data:;" in foreign.headers["Content-Security-Policy"]


def test_a_preview_of_what_is_not_there_is_missing(http, keep):
    assert http.get("/messages/nowhere/preview").status == 404
    assert b"The message has no HTML part." in http.get(f"/messages/{keep()}/preview").body


def test_a_message_that_was_sent_shows_its_session(captured, read):
    message = captured()

    words = read(f"/messages/{message.id}?view=session")

    assert "Connected from" in words
    assert "354" in words


def test_a_session_that_is_not_kept_any_more_is_said_to_be_gone(keep, read):
    message_id = keep(state={"session_id": "gone"})

    assert "not kept any more" in read(f"/messages/{message_id}?view=session")


def test_a_script_is_told_that_the_message_is_unread(keep, look):
    assert "data-unread data-back" in look(f"/messages/{keep()}")
    assert "data-unread data-back" not in look(f"/messages/{keep(state={'read': True})}")


def test_a_fault_is_shown_in_the_list_the_envelope_and_the_session(sink, look, http):
    sink.inbox.faults.add(stage="rcpt", rcpt="full@example.org", reply="452 4.2.2 Mailbox full", id="full")
    with smtplib.SMTP(sink.host, sink.port) as client:
        client.sendmail("shop@example.org", ["ada@example.org", "full@example.org"], "Subject: Order\r\n\r\n")
    message = sink.inbox.expect(subject="Order")

    assert "Faults in its transaction: full" in look("/")
    assert "452 by fault full" in look(f"/messages/{message.id}")
    assert "Fault full fired: reply 452 4.2.2 Mailbox full." in look(f"/messages/{message.id}?view=session")
