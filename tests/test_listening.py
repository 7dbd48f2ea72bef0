from __future__ import annotations

import pytest

from mailsink.listening import listenings, policy_of, retention_of
from mailsink.model import Reply
from mailsink.providers import provider
from mailsink.retention import Limits
from mailsink.settings import resolve

PROVIDERS = ("gmail", "microsoft365", "ses", "gateway")


def opened(**flags):
    """What the flags make it listen at: option, address, TLS."""
    return [(x.option, x.address, x.tls) for x in listenings(resolve(flags, {}))]


def test_without_anything_given_it_listens_plainly():
    assert opened() == [("--smtp", ("127.0.0.1", 1025), "none")]


def test_every_kind_of_listener_can_be_had_at_once():
    assert opened(smtp=("1",), smtps=("2",), lmtp=("3",), profile=("submission=4",)) == [
        ("--smtp", ("127.0.0.1", 1), "none"),
        ("--smtps", ("127.0.0.1", 2), "implicit"),
        ("--lmtp", ("127.0.0.1", 3), "none"),
        ("--profile submission", ("127.0.0.1", 4), "starttls"),
    ]


def test_profiles_replace_the_default_listener():
    assert opened(profile=("submission", "smtps", "relay")) == [
        ("--profile submission", ("127.0.0.1", 1587), "starttls"),
        ("--profile smtps", ("127.0.0.1", 1465), "implicit"),
        ("--profile relay", ("127.0.0.1", 1025), "starttls"),
    ]


@pytest.mark.parametrize("flags", [{"starttls": True}, {"require_tls": True}, {"tls_cert": "cert.pem"}])
def test_starttls_is_offered_where_it_is_asked_for(flags):
    assert opened(**flags) == [("--smtp", ("127.0.0.1", 1025), "starttls")]


def test_submission_requires_tls_and_authentication():
    [submission] = listenings(
        resolve({"profile": ("submission",), "auth_any": True, "auth_required": True}, {})
    )

    assert submission.policy.require_tls
    assert submission.policy.require_auth


def test_a_relay_requires_neither():
    [relay] = listenings(resolve({"profile": ("relay",), "auth_any": True, "auth_required": True}, {}))

    assert not relay.policy.require_tls
    assert not relay.policy.require_auth


def test_lmtp_is_spoken_at_the_lmtp_listener_alone():
    smtp, lmtp = listenings(resolve({"smtp": ("0",), "lmtp": ("0",)}, {}))

    assert not smtp.policy.lmtp
    assert lmtp.policy.lmtp


def test_hidden_extensions_are_not_in_the_policy():
    assert "SMTPUTF8" not in policy_of(resolve({"hide": ("SMTPUTF8",)}, {})).extensions


def test_who_is_refused_by_name_is_refused_in_an_accepted_domain():
    policy = policy_of(resolve({"rcpt_accept": ("shop.example",), "rcpt_reject": ("full@*=552",)}, {}))

    assert policy.recipient("ada@shop.example") is None
    assert policy.recipient("full@shop.example").reply == Reply(552, "Mailbox full", "5.2.2")
    assert policy.recipient("ada@other.example").reply == Reply(550, "No such domain here", "5.1.2")


def test_providers_replace_the_default_listener():
    assert opened(provider=PROVIDERS) == [
        ("--provider gmail", ("127.0.0.1", 1587), "starttls"),
        ("--provider microsoft365", ("127.0.0.1", 1588), "starttls"),
        ("--provider ses", ("127.0.0.1", 1589), "starttls"),
        ("--provider gateway", ("127.0.0.1", 1590), "starttls"),
    ]


def test_a_provider_beside_smtp_and_elsewhere():
    assert opened(smtp=("1",), provider=("ses=[::1]:2",)) == [
        ("--smtp", ("127.0.0.1", 1), "none"),
        ("--provider ses", ("::1", 2), "starttls"),
    ]


def kept(**flags):
    return retention_of(resolve(flags, {})).all


def test_what_is_kept_depends_on_the_store():
    assert kept() == Limits(max_messages=10_000, max_bytes=1024**3)
    assert kept(store="mail.db") == Limits()


def test_what_is_kept_can_be_set():
    assert kept(max_messages="0", max_age="1h") == Limits(max_bytes=1024**3, max_age=3600.0)
    assert kept(store="mail.db", max_bytes="1k") == Limits(max_bytes=1024)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_has_its_own_policy(name):
    [listening] = listenings(resolve({"provider": (name,), "max_size": "1"}, {}))

    assert listening.policy == provider(name).policy
    assert listening.provider == name


def test_a_provider_lets_in_whom_the_settings_name():
    flags = {"provider": ("gmail",), "auth": ("ada:secret",), "rcpt_reject": ("full@*=552",)}
    [listening] = listenings(resolve(flags, {}))

    assert listening.policy.credentials.check("ada", "secret")
    assert not listening.policy.credentials.check("bob", "secret")
    assert listening.policy.recipient("full@shop.example").reply.code == 552
    assert listening.policy.hostname == "smtp.gmail.example"
