from __future__ import annotations

import re
import smtplib

import pytest
from sending import in_data, mail, raw

from mailsink_web.pages import attempts


@pytest.fixture
def tried(sink, ended):
    """A mail that is retried until it is taken, one that is refused, one whose client goes away."""

    def deliver(rcpt, content):
        with smtplib.SMTP(sink.host, sink.port, local_hostname="app.example.org") as client:
            try:
                client.sendmail("shop@example.com", [rcpt], content)
            except smtplib.SMTPException:
                return

    sink.inbox.faults.add(stage="rcpt", rcpt="*@full.example", reply="452 4.2.2 Mailbox full", times=1)
    sink.inbox.faults.add(stage="dot", rcpt="*@spam.example", reply="554 5.7.1 Spam <b>")
    for _ in range(2):
        deliver("ada@full.example", b"Message-ID: <1@x>\r\n" + mail("Retry me"))
    deliver("ada@spam.example", b"Message-ID: <2@x>\r\n" + mail("Buy"))
    with in_data((sink.host, sink.port)):
        pass
    ended(4)


def test_every_mail_is_there_with_its_tries_and_what_came_of_it(tried, read):
    words = read("/attempts")

    assert "All 3 Captured 1 Refused 1 Never completed 1 Retried 1 Duplicates 0" in words
    assert re.search(r"452 F1 .* later 250 ada@full.example shop@example.com Retry me", words)
    assert "554 5.7.1 Spam <b>" in words
    assert "broken off ada@example.org shop@example.com" in words
    assert "The client closed the connection before the final dot." in words


@pytest.mark.parametrize(
    ("show", "there"),
    [
        ("captured", "Retry me"),
        ("refused", "554 5.7.1 Spam"),
        ("broken", "before the final dot"),
        ("retried", "Retry me"),
        ("duplicates", "Nothing of that kind is here."),
    ],
)
def test_a_kind_leaves_those_of_the_kind(tried, look, show, there):
    page = look(f"/attempts?show={show}")

    assert there in page
    assert page.count('class="mono cell-cut"') == (show != "duplicates")


def test_who_leaves_the_mails_of_a_client(tried, read):
    assert "All 2" in read("/attempts?who=app.example")


def test_each_try_leads_to_its_session_and_each_mail_to_its_message(tried, sink, look):
    page = look("/attempts")

    sessions = {session.id for session in sink.sessions.list()}
    assert set(re.findall(r'href="/sessions/(\w+)"', page)) == sessions
    assert f'href="/messages/{sink.inbox.get("latest").id}"' in page


def test_pages_follow_one_another(tried, look, monkeypatch):
    monkeypatch.setattr(attempts, "LENGTH", 2)

    older = re.search(r'rel="next" href="(.*?)"', look("/attempts"))[1]

    assert look(older).count('class="mono cell-cut"') == 1
    assert 'rel="next"' not in look(older)


def test_a_place_that_is_none_is_the_beginning(tried, read):
    assert "Retry me" in read("/attempts?before=x")
    assert "There is nothing older." in read("/attempts?before=0")


def test_nobody_has_tried(read):
    assert "Nobody has tried to send a mail yet." in read("/attempts")


def test_it_says_how_far_back_it_looks(tried, sink, read, monkeypatch):
    monkeypatch.setattr(attempts, "LOOKED_AT", 2)

    assert "Of the newest 2 sessions." in read("/attempts")


def test_a_mail_that_came_twice_is_a_duplicate_also_once_it_is_deleted(sink, ended, read):
    for _ in range(2):
        with smtplib.SMTP(sink.host, sink.port) as client:
            client.sendmail("shop@example.com", ["ada@example.org"], b"Message-ID: <3@x>\r\n" + mail())
    ended(2)

    assert "2 times Hello" in read("/attempts?show=duplicates")
    sink.inbox.clear()
    assert "captured, and deleted since" in read("/attempts?show=duplicates")


def test_an_open_session_shows_what_is_over(sink, read):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"EHLO x")
        client.ask(b"MAIL FROM:<a@example.org>")
        client.ask(b"RSET")

        assert "The session is still open." in read("/attempts")
