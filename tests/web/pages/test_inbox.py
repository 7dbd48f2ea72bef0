from __future__ import annotations

import datetime as dt
import re

from messages import RECEIVED_AT

from mailsink.model import Reply


def subjects(page):
    return re.findall(r'<a class="row-link"[^>]*>(?:<span[^>]*>Unread: </span>)?<bdi>(.*?)</bdi>', page)


def test_messages_are_listed_newest_first(keep, look):
    for subject in ("One", "Two", "Three"):
        keep(subject=subject)

    assert subjects(look("/")) == ["Three", "Two", "One"]


def test_a_row_says_what_the_envelope_said(keep, look):
    keep(rcpt=("a@example.org", "b@example.org"), refused={"c@example.org": Reply(550, "No", "5.1.1")})

    page = look("/")

    assert '<bdi>a@example.org</bdi> <span class="faint">+1</span>' in page
    assert "Envelope and header fields differ" in page
    assert '<time class="row-time" datetime="2026-11-24T14:30:00.000Z"' in page


def test_marks_tell_of_files_codes_bounces_and_unread(keep, look):
    keep(
        text="Your code is 482913.",
        reverse_path="",
        files=[("a.pdf", "application/pdf", b"x"), ("b.pdf", "application/pdf", b"x")],
    )

    page = look("/")

    assert 'title="Attachments: 2"' in page
    assert 'aria-label="Copy code 482913"' in page
    assert "Null reverse-path: a bounce" in page
    assert "<bdi>&lt;&gt;</bdi>" in page
    assert 'class="row is-unread"' in page


def test_an_inbox_shows_its_own_messages(keep, look):
    keep(subject="Mine")
    keep(subject="Theirs", state={"inbox": "other"})

    page = look("/?inbox=other")

    assert subjects(page) == ["Theirs"]
    assert re.search(r'href="/\?inbox=other" aria-current="page"', page)


def test_older_mail_is_one_link_away(keep, look):
    for number in range(60):
        keep(subject=f"Mail {number}")

    page = look("/")
    older = re.search(r'rel="next" href="(.*?)"', page)[1]

    assert len(subjects(page)) == 50
    assert subjects(look(older)) == [f"Mail {number}" for number in range(9, -1, -1)]


def test_a_page_that_has_become_empty_leads_to_the_first(http, keep):
    message_id = keep()

    answer = http.get(f"/?before={message_id}")

    assert (answer.status, answer.headers["Location"]) == (303, "/")


def test_a_search_finds(keep, look):
    keep(subject="Invoice 1")
    keep(subject="Welcome")

    page = look("/?q=subject:invoice")

    assert subjects(page) == ["Invoice 1"]
    assert "1 message matches" in page


def test_a_wrong_search_says_where_and_what_instead(keep, look):
    keep()

    page = look("/?q=welcome+has:atachment")

    assert 'aria-invalid="true"' in page
    assert f"{' ' * 12}{'^' * 9}" in page
    assert '<a href="/?q=welcome+has%3Aattachment">' in page
    assert len(subjects(page)) == 1


def test_nothing_found_names_what_comes_nearest(keep, read):
    keep(subject="Invoice", rcpt="a@example.org")
    keep(subject="Welcome", rcpt="b@example.org")
    keep(subject="Hello", rcpt="b@example.org")

    words = read("/?q=subject:invoice+rcpt:b@example.org")

    assert "No message matches subject:invoice rcpt:b@example.org ." in words
    assert "2 subject:invoice rcpt:b@example.org 1 subject:invoice rcpt:b@example.org" in words


def test_one_term_that_finds_nothing_has_nothing_near(keep, read):
    keep()

    assert "These come nearest" not in read("/?q=nothinglikeit")


def test_an_inbox_without_messages_says_so(keep, read):
    keep()

    assert "Nothing is in other yet." in read("/?inbox=other")


def test_hostile_words_stay_words(keep, look):
    keep(subject="<script>alert(1)</script>\u202e", rcpt='"<img src=x>"@example.org', state={"inbox": "<i>"})

    page = look("/")

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<i>" not in page


def test_looking_changes_nothing(sink, keep, look):
    message_id = keep()

    for path in ("/", f"/messages/{message_id}", "/rows?above=", "/delete-all", "/sessions"):
        look(path)

    assert sink.everything.counts().unread == 1


def test_rows_gives_what_came_above_a_row(keep, look):
    top = keep(subject="Top")
    keep(subject="New")

    part = look(f"/rows?above={top}")

    assert subjects(part) == ["New"]
    assert 'data-arrived="1"' in part


def test_rows_says_how_long_it_was_quiet_before(keep, look):
    top = keep()
    keep(state={"received_at": RECEIVED_AT + dt.timedelta(minutes=9)})

    assert "9 min without mail" in look(f"/rows?above={top}")


def test_rows_gives_rows_that_changed_if_they_are_in_the_list(keep, look):
    mine = keep(subject="Mine")
    other = keep(subject="Other", state={"inbox": "other"})

    assert subjects(look(f"/rows?inbox=default&ids={mine},{other},gone")) == ["Mine"]
    assert subjects(look(f"/rows?q=subject:other&ids={mine},{other}")) == ["Other"]


def test_rows_says_when_more_came_than_a_page_holds(keep, look):
    top = keep()
    for _ in range(51):
        keep()

    assert "data-missed" in look(f"/rows?above={top}")


def test_rows_counts_what_is_unread(keep, look):
    keep()
    keep(state={"read": True})

    part = look("/rows")

    assert '2<span class="wordy"> messages</span>, 1 unread' in part
    assert 'data-unread value="1"' in part
