from __future__ import annotations

import pytest

from mailsink.model import Reply
from mailsink.policy import Credentials, Policy, RecipientRule, read_recipient_rule, read_reply

UNKNOWN_USER = Reply(550, "No such user here", "5.1.1")
UNKNOWN_DOMAIN = Reply(550, "No such domain here", "5.1.2")


def decided(policy: Policy, path: str) -> str:
    rule = policy.recipient(path)
    return "accept" if rule is None else rule.action if rule.action != "reject" else str(rule.reply)


def test_a_policy_accepts_every_recipient_by_default():
    assert decided(Policy(), "ada@example.org") == "accept"


def test_the_first_rule_that_matches_decides():
    policy = Policy(recipients=(RecipientRule("ada@*", "accept"), RecipientRule("*", "reject", UNKNOWN_USER)))

    assert decided(policy, "ada@example.org") == "accept"
    assert decided(policy, "bob@example.org") == "550 5.1.1 No such user here"


def test_a_rule_may_discard():
    assert (
        decided(Policy(recipients=(RecipientRule("*@void.example", "discard"),)), "a@void.example")
        == "discard"
    )


def test_a_pattern_does_not_look_at_case():
    assert RecipientRule("Ada@*.Example").matches("aDA@mail.eXAMPLE")


def test_a_closed_policy_knows_the_users_that_rules_accept():
    policy = Policy(closed=True, recipients=(RecipientRule("ada@example.org", "accept"),))

    assert decided(policy, "ada@example.org") == "accept"
    assert decided(policy, "bob@example.org") == str(UNKNOWN_USER)
    assert decided(policy, "ada@example.com") == str(UNKNOWN_DOMAIN)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("bob@example.org", RecipientRule("bob@example.org", "reject", UNKNOWN_USER)),
        (
            "full.example = 552",
            RecipientRule("*@full.example", "reject", Reply(552, "Mailbox full", "5.2.2")),
        ),
        ("*=450", RecipientRule("*", "reject", Reply(450, "Greylisted, try again later", "4.2.0"))),
    ],
)
def test_a_rule_is_read(text, rule):
    assert read_recipient_rule(text, "reject") == rule


def test_a_rule_without_a_pattern_is_refused():
    with pytest.raises(ValueError, match="a recipient rule is a pattern"):
        read_recipient_rule("=550", "reject")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("550", UNKNOWN_USER),
        ("552 5.2.2 Quota exceeded", Reply(552, "Quota exceeded", "5.2.2")),
        ("451 Try later", Reply(451, "Try later", "4.3.0")),
        ("499", Reply(499, "Refused", "4.0.0")),
        ("550 5.7.1", Reply(550, "No such user here", "5.7.1")),
    ],
)
def test_a_reply_is_read(text, reply):
    assert read_reply(text) == reply


@pytest.mark.parametrize("text", ["", "250", "600", "abc", "\u00b2\u00b2\u00b2", "552 4.2.2 Full"])
def test_a_reply_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"CODE|code"):
        read_reply(text)


def test_no_credentials_are_false():
    assert not Credentials()
    assert Credentials(anyone=True)
    assert Credentials(users={"ada": "x"})


def test_a_password_is_checked():
    credentials = Credentials(users={"ada": "s\u00e9same"})

    assert credentials.check("ada", "s\u00e9same")
    assert not credentials.check("ada", "sesame")
    assert not credentials.check("bob", "s\u00e9same")


def test_anyone_is_let_in_with_any_password():
    assert Credentials(users={"ada": "sesame"}, anyone=True).check("ada", "wrong")


def test_a_password_of_lone_surrogates_is_compared_and_does_not_raise():
    assert not Credentials(users={"ada": "sesame"}).check("ada", "\udcff")
