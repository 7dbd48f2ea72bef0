from __future__ import annotations

import pytest

from mailsink.policy import Credentials, Policy, RecipientRule
from mailsink_web.pages.connect import login_words, taken_words

ANYONE = Credentials(anyone=True)


def test_it_names_the_real_address(sink, read):
    assert f"smtp:// {sink.host}:{sink.port}" in read("/connect")


def test_a_framework_is_chosen_by_the_address(sink, look):
    page = look("/connect?for=django")

    assert 'aria-current="page">Django</a>' in page
    assert "settings.py" in page
    assert str(sink.port) in page


def test_an_unknown_framework_shows_the_first_one(read):
    assert "import smtplib" in read("/connect?for=cobol")


def test_an_empty_store_shows_it_as_the_first_page(look):
    page = look("/")

    assert "Waiting for the first mail." in page
    assert "data-first-run" in page


def test_with_mail_in_the_store_nobody_waits_for_the_first(keep, look):
    keep()

    assert "Waiting for the first mail." not in look("/connect")


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(), "No user name and no password are needed."),
        (
            Policy(credentials=ANYONE),
            "Any user name and password will do, or none; the name chooses the inbox.",
        ),
        (
            Policy(credentials=ANYONE, require_auth=True),
            "A user name and a password are needed; any will do, and the name chooses the inbox.",
        ),
        (
            Policy(credentials=Credentials(users={"a": "b"}), require_auth=True),
            "A user name and its password are needed: those of --auth.",
        ),
    ],
    ids=["none", "any", "any must", "known must"],
)
def test_it_says_whether_to_log_in(policy, sentence):
    assert login_words(policy) == sentence


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(), "Mail to any address is caught"),
        (Policy(closed=True), "Mail to the addresses that its rules let in is caught"),
        (
            Policy(recipients=(RecipientRule("*@full.example"),)),
            "Mail to any address is caught, but for those that its rules refuse or discard",
        ),
    ],
    ids=["all", "closed", "rules"],
)
def test_it_says_whose_mail_is_caught(policy, sentence):
    assert taken_words(policy) == sentence


def test_without_tls_there_is_no_authority(look):
    assert "ca.pem" not in look("/connect")


def test_with_tls_the_authority_can_be_downloaded(sink, look):
    sink.listen("127.0.0.1", 0, tls="implicit")

    assert 'href="/api/ca.pem"' in look("/connect")
    assert "Signed by an authority made for this run." in look("/connect")
    assert "<dt>SMTPS</dt>" in look("/connect")


def test_a_listener_without_tls_is_named_first(sink, read):
    sink.listen("127.0.0.1", 0, tls="implicit")

    assert f"smtp:// {sink.host}:{sink.port}" in read("/connect")


def test_without_a_listener_it_says_what_to_do(sink, read):
    for listener in sink.listeners:
        listener.close()

    assert "No listener is open" in read("/connect")


def test_a_test_mail_comes_by_smtp_and_is_shown(sink, post):
    answer = post("/connect", {})

    message = sink.inbox.get("latest")
    assert answer.status == 303
    assert answer.headers["Location"] == f"/messages/{message.id}"
    assert sink.sessions.get(message.session_id).greeting_verb == "EHLO"


def test_the_listener_can_be_chosen(sink, post, look):
    other = sink.listen(inbox="other")

    assert f"<option>{other.address}</option>" in look("/connect")
    assert post("/connect", {"listener": other.address}).status == 303
    assert sink.inboxes["other"].counts().total == 1


def test_a_listener_that_is_not_there_is_not_invented(post):
    answer = post("/connect", {"listener": "192.0.2.1:25"})

    assert answer.status == 404
    assert "Nothing listens at 192.0.2.1:25." in answer.body.decode()


def test_a_test_mail_that_is_refused_says_why_and_where(sink, post):
    sink.inbox.faults.add(stage="rcpt", reply="452 4.2.2 Mailbox full <b>")

    answer = post("/connect", {"for": "django"})

    page = answer.body.decode()
    assert answer.status == 502
    assert "answered RCPT with 452 4.2.2 Mailbox full &lt;b&gt;." in page
    assert f'href="/sessions/{sink.sessions.list()[0].id}"' in page
    assert "settings.py" in page


def test_a_test_mail_that_is_lost_is_missed(sink, post):
    sink.inbox.faults.add(stage="dot", lose=True)

    assert "answered that it took the mail, and kept none." in post("/connect", {}).body.decode()


def test_where_no_connection_is_made_nothing_was_kept(sink, post, keep):
    keep()
    listener = sink.listen(policy=Policy(proxy=True))

    page = post("/connect", {"listener": listener.address}).body.decode()

    assert "expects the header of a proxy" in page
    assert "was kept all the same" not in page


def test_a_page_of_another_site_sends_nothing(sink, post):
    assert post("/connect", {}, Origin="https://evil.example").status == 403
    assert sink.everything.counts().total == 0


def test_a_login_stands_in_the_lines_and_its_password_does_not(sink, read):
    sink.listeners[0].close()
    users = Credentials(users={"checkout": "geheim"})
    sink.listen(tls="starttls", policy=Policy(credentials=users, require_auth=True, require_tls=True))

    words = read("/connect?for=django")

    assert "EMAIL_USE_TLS = True" in words
    assert 'EMAIL_HOST_USER = "checkout"' in words
    assert "geheim" not in words
