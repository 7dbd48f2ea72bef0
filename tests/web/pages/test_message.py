from __future__ import annotations

import html
import re
import smtplib

import pytest
from messages import content

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


def test_who_is_named_in_the_header_section_alone_is_told(keep, read):
    message_id = keep(to="alice@example.org, gone@example.org", rcpt="alice@example.org")

    assert "no RCPT gone@example.org header only" in read(f"/messages/{message_id}")


def test_twenty_thousand_names_are_not_compared_with_each_other(keep, read):
    many = ", ".join(f"u{number}@example.org" for number in range(300))
    message_id = keep(to=many, rcpt=tuple(f"v{number}@example.org" for number in range(300)))

    assert "header only" not in read(f"/messages/{message_id}")


def test_quoted_text_is_marked_and_still_whole(keep, look):
    page = look(f"/messages/{keep(text='Yes.')}?view=text")
    quoted = look(f"/messages/{keep(text='> Shall we?' + chr(10) + 'Yes.')}?view=text")

    assert 'class="quote' not in page
    assert '<span class="quote is-1">&gt; Shall we?\n</span>Yes.' in quoted


def test_an_encoded_field_is_shown_in_both_forms(keep, read):
    words = read(f"/messages/{keep(subject='Grüße')}?view=headers")

    assert "Subject Grüße =?utf-8?" in words


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Tue, 24 Nov 2026 14:30:00 +0000", "when it came in"),
        ("Tue, 24 Nov 2026 14:29:50 +0000", "10 s before it came in"),
        ("Tue, 24 Nov 2026 15:30:00 +0000", "60 min after it came in"),
        ("Sun, 22 Nov 2026 14:30:00 +0000", "2 days before it came in"),
    ],
)
def test_a_date_is_held_against_when_the_message_came(keep, read, date, words):
    assert words in read(f"/messages/{keep(headers={'Date': date})}?view=headers")


def test_files_are_listed_with_their_digests(keep, look):
    message_id = keep(files=[("notes.txt", "text/plain", b"Hello")])

    page = look(f"/messages/{message_id}?view=parts")

    assert "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969" in page
    assert f"/messages/{message_id}?view=parts&amp;part=2#file" in page


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("image/png", '<img src="/api/messages/{id}/parts/2" alt="a.bin">'),
        ("image/svg+xml", '<img src="/api/messages/{id}/parts/2" alt="a.bin">'),
        ("application/pdf", '<iframe src="/api/messages/{id}/parts/2?inline=true"'),
        ("text/html", '<iframe src="/messages/{id}/preview?part=2" sandbox='),
        ("text/csv", '<pre class="reading"'),
        ("text/calendar", "There is no event in this calendar."),
        ("audio/wav", '<audio controls preload="none" src="/api/messages/{id}/parts/2?inline=true">'),
        ("video/mp4", '<video controls preload="none" src="/api/messages/{id}/parts/2?inline=true">'),
    ],
)
def test_a_file_is_opened_as_its_type_allows(keep, look, kind, mark):
    message_id = keep(files=[("a.bin", kind, b"\x00x")])

    page = look(f"/messages/{message_id}?view=parts&part=2")

    assert mark.format(id=message_id) in page


def test_an_attached_html_file_is_in_quarantine_too(http, keep):
    message_id = keep(files=[("a.html", "text/html", b"<script>1</script><p>Hi")])

    answer = http.get(f"/messages/{message_id}/preview?part=2")

    assert b"<p>Hi" in answer.body
    assert answer.headers["Content-Security-Policy"].endswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    assert http.get(f"/messages/{message_id}/preview?part=1").status == 404


def forwarded() -> bytes:
    inner = content(
        subject="Inner letter",
        text="Deep down",
        html="<p>Deep</p>",
        files=[("a.png", "image/png", b"\x89PNG")],
    )
    return (
        b"From: noreply@shop.example\r\nTo: alice@example.org\r\nSubject: Outer\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--b--\r\n"
    )


def test_an_attached_message_is_opened_as_a_message(http, keep, look, read):
    message_id = keep(octets=forwarded())

    words = read(f"/messages/{message_id}?attached=1")
    page = look(f"/messages/{message_id}?attached=1&view=parts")

    assert "Attached to Outer" in words
    assert "Inner letter" in words
    assert "MAIL FROM" not in words
    assert f'href="/messages/{message_id}?view=headers&amp;attached=1"' in page.replace(
        "attached=1&amp;view=headers", "view=headers&amp;attached=1"
    )
    assert b"<p>Deep</p>" in http.get(f"/messages/{message_id}/preview?attached=1").body
    assert http.get(f"/api/messages/{message_id}/parts/2?attached=1").body == b"\x89PNG"
    assert http.get(f"/messages/{message_id}?attached=7").status == 404


def test_a_message_can_stand_alone(keep, look):
    page = look(f"/messages/{keep()}?alone=1")

    assert "is-alone" in page
    assert 'class="list"' not in page
    assert "alone=1" in page


def test_an_invitation_is_told_above_the_letter(keep, read):
    calendar = (
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Review\r\n"
        b"DTSTART:20261126T150000Z\r\nEND:VEVENT\r\n"
    )
    message_id = keep(files=[("a.ics", "text/calendar", calendar)])

    assert "Invitation: Review , Thu 26 Nov 2026, 15:00 UTC" in read(f"/messages/{message_id}?view=text")


def test_a_message_id_leads_to_its_thread_and_a_url_to_its_page(keep, look, read):
    first = {"Message-ID": "<a.1@shop.example>"}
    second = {"Message-ID": "<a.2@shop.example>", "References": "<a.1@shop.example>"}
    keep(subject="Queue sizing", headers=first)
    keep(subject="An answer", headers=second)
    last = keep(
        subject="Another",
        headers={
            "In-Reply-To": "<a.1@shop.example>",
            "References": "<a.1@shop.example> <a.2@shop.example>",
            "List-Unsubscribe": "<https://shop.example/leave?u=1>, <javascript:alert(1)>",
        },
    )
    keep(subject="Elsewhere")

    page = look(f"/messages/{last}?view=headers")
    thread = re.search(r'In-Reply-To.*?<a href="([^"]*)"', page)[1]

    assert page.count('title="The messages of this thread"') == 3
    assert '<a href="https://shop.example/leave?u=1" target="_blank" rel="noopener noreferrer">' in page
    assert 'href="javascript' not in page
    assert "3 messages match" in read(html.unescape(thread))
