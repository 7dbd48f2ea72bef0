from __future__ import annotations

import pytest
from messages import message

from mailsink.model import Auth, Reply
from pytest_mailsink.mail import Mail


def test_a_mail_has_the_short_words():
    mail = Mail.of(message(rcpt=["ada@example.org"], refused={"no@example.org": Reply(550, "No")}))

    assert mail.sender == "noreply@shop.example"
    assert mail.rcpts == ["ada@example.org"]
    assert mail.raw == mail.content
    assert mail.auth_user is None


def test_a_mail_of_a_bounce_has_an_empty_sender():
    assert Mail.of(message(reverse_path="")).sender == ""


def test_a_mail_knows_who_authenticated():
    assert Mail.of(message(state={"auth": Auth("PLAIN", "shop")})).auth_user == "shop"


def test_a_mail_is_the_message_it_was_made_of():
    original = message(
        state={"read": True, "starred": True, "tags": ("a",), "greeting": "client.example.org"}
    )

    mail = Mail.of(original)

    assert all(getattr(mail, name) == getattr(original, name) for name in original.__match_args__ or ())
    assert (mail.id, mail.greeting, mail.tags, mail.content) == (
        original.id,
        "client.example.org",
        ("a",),
        original.content,
    )
    assert (mail.subject, mail.bcc, mail.text) == (original.subject, original.bcc, original.text)


def test_a_mail_does_not_read_its_content_twice():
    original = message()
    parsed = original.parsed

    assert Mail.of(original).parsed is parsed


def test_two_mails_of_one_message_are_equal():
    original = message()

    assert Mail.of(original) == Mail.of(original)
    assert len({Mail.of(original), Mail.of(original)}) == 1


def test_a_mail_is_shown_in_one_line():
    assert repr(Mail.of(message())) == "<Mail noreply@shop.example -> alice@example.org  'Welcome aboard'>"


def test_a_mail_of_nothing_readable_is_shown_too():
    assert repr(Mail.of(message(octets=b"\xff", reverse_path=""))) == "<Mail <> -> alice@example.org  ''>"


def test_a_mail_cannot_be_changed():
    with pytest.raises(AttributeError):
        Mail.of(message()).inbox = "other"  # type: ignore[misc]
