from __future__ import annotations

import inspect

import pytest

from mailsink.errors import ConfigError
from mailsink.fault_text import read_rule, write_rule
from mailsink.faults import Moment, Plan
from mailsink.presets import PRESETS, preset

MOMENT = {
    "peer": "127.0.0.1",
    "sender": "shop@example.com",
    "rcpt": "ada@example.org",
    "inbox": "default",
    "user": "ada",
}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def said(plan: Plan, stage: str, **more) -> str:
    """What a session hears at *stage*, ``""`` where nothing goes wrong."""
    return ", ".join(str(fired.fault) for fired in plan.ask(Moment(stage=stage, **{**MOMENT, **more})))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_rules_that_can_be_written(name):
    rules = preset(name)

    assert rules
    assert tuple(read_rule(write_rule(rule)) for rule in rules) == rules


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_had_for_one_inbox(name):
    assert {rule.inbox for rule in preset(name, inbox="checkout")} == {"checkout"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_it_does(name):
    assert (inspect.getdoc(PRESETS[name]) or "").partition("\n")[0].strip()


# --- what they do

GREYLISTED = "reply 451 4.7.1 Greylisted, please try again later"


def test_greylisting_refuses_a_triplet_until_its_time_has_passed(clock):
    plan = Plan(preset("greylisting", seconds=300), clock=clock)

    assert said(plan, "rcpt") == GREYLISTED
    clock.now = 299.9
    assert said(plan, "rcpt") == GREYLISTED
    clock.now = 300
    assert said(plan, "rcpt") == ""
    clock.now = 100_000
    assert said(plan, "rcpt") == ""


@pytest.mark.parametrize("word", ["peer", "sender", "rcpt"])
def test_greylisting_begins_anew_for_another_triplet(word, clock):
    plan = Plan(preset("greylisting", seconds=300), clock=clock)
    said(plan, "rcpt")
    clock.now = 300

    assert said(plan, "rcpt", **{word: "other"}) == GREYLISTED
    assert said(plan, "rcpt") == ""


def test_greylisting_for_no_time_refuses_each_triplet_once():
    plan = Plan(preset("greylisting", seconds=0))

    assert [said(plan, "rcpt") for _ in range(3)] == [GREYLISTED, "", ""]
    assert said(plan, "rcpt", rcpt="other") == GREYLISTED


def test_a_rate_limit_slides(clock):
    plan = Plan(preset("rate_limit", count=2, seconds=60), clock=clock)
    busy = "reply 450 4.2.1 The user is receiving mail too quickly; resend your message at a later time"

    assert [said(plan, "mail") for _ in range(3)] == ["", "", busy]
    clock.now = 59.9
    assert said(plan, "mail") == busy
    clock.now = 60
    assert [said(plan, "mail") for _ in range(3)] == ["", "", busy]


def test_a_rate_limit_is_for_each_peer_or_what_else_is_named():
    by_peer = Plan(preset("rate_limit", count=0))
    by_user = Plan(preset("rate_limit", count=1, per="user"))

    assert said(by_peer, "mail")
    assert [said(by_user, "mail", user=user) for user in ("ada", "bob")] == ["", ""]
    assert said(by_user, "mail", user="ada")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (421, "reply 421 4.7.0 Try again later, closing connection"),
        (454, "reply 454 Throttling failure: Maximum sending rate exceeded"),
    ],
)
def test_a_rate_limit_speaks_as_it_is_told(code, text):
    assert said(Plan(preset("rate_limit", count=0, code=code)), "mail") == text


def test_a_mailbox_is_full_for_now_or_for_good():
    full = Plan(preset("mailbox_full", rcpt="full@*"))
    for_good = Plan(preset("mailbox_full", permanent=True))

    assert said(full, "rcpt") == ""
    assert said(full, "rcpt", rcpt="full@example.org") == (
        "reply 452 4.2.2 The mailbox you tried to reach is over quota"
    )
    assert said(for_good, "rcpt") == "reply 552 5.2.2 The mailbox you tried to reach is over quota"


def test_a_user_is_unknown():
    plan = Plan(preset("unknown_user", rcpt="nobody@*"))

    assert said(plan, "rcpt", rcpt="nobody@example.org") == "reply 550 5.1.1 No such user here"
    assert said(plan, "rcpt") == ""


def test_spam_is_refused_after_the_content():
    def with_subject(*values):
        return {"header": lambda _: values}

    some = Plan(preset("spam", subject="*sale*"))
    every = Plan(preset("spam"))

    refused = "reply 554 5.7.1 Message refused: it looks like spam"
    assert said(some, "dot", **with_subject("Summer sale")) == refused
    assert said(some, "dot", **with_subject("Invoice")) == ""
    assert said(every, "dot", **with_subject()) == refused


def test_a_tarpit_delays_every_reply_once():
    plan = Plan(preset("tarpit", seconds=5))

    stages = ["connect", "banner", "ehlo", "mail", "rcpt", "data", "body", "dot", "stored", "quit"]
    assert [stage for stage in stages if said(plan, stage) == "delay 5"] == [
        "banner",
        "ehlo",
        "mail",
        "rcpt",
        "data",
        "dot",
        "quit",
    ]


def test_maintenance_is_told_at_connect():
    assert said(Plan(preset("maintenance")), "connect") == (
        "reply 421 4.3.2 Service not available, closing transmission channel"
    )


def test_a_duplicate_trap_closes_after_the_store_once():
    plan = Plan(preset("duplicate_trap"))

    assert [said(plan, "stored") for _ in range(2)] == ["close", ""]


# Written down once, as seeds are: five sessions, c for connect and so on where something went wrong.
FLAKY = {1: "c... .m.. c.b. .mbs ..b.", 2: "c... .... .m.. ..b. ..b."}


@pytest.mark.parametrize("seed", FLAKY)
def test_a_flaky_network_breaks_as_its_seed_says(seed):
    plan = Plan(preset("flaky_network", probability=0.3, seed=seed))
    stages = ("connect", "mail", "body", "stored")

    happened = [[s[0] if said(plan, s, octets=int(s == "body")) else "." for s in stages] for _ in range(5)]

    assert " ".join("".join(session) for session in happened) == FLAKY[seed]


def test_a_flaky_network_resets_delays_and_closes():
    plan = Plan(preset("flaky_network", probability=1))

    assert [said(plan, s, octets=int(s == "body")) for s in ("connect", "mail", "body", "stored")] == [
        "reset",
        "delay 0.5",
        "reset",
        "close",
    ]


# --- what is refused


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        (
            "greylist",
            {},
            (
                "preset 'greylist' is not known; known are greylisting, rate_limit, mailbox_full, "
                "unknown_user, spam, tarpit, maintenance, flaky_network, duplicate_trap"
            ),
        ),
        (
            "greylisting",
            {"minutes": 5},
            "preset greylisting: 'minutes' is not known; known are seconds, inbox",
        ),
        (
            "greylisting",
            {"seconds": "5"},
            "preset greylisting: seconds '5' is wrong; it is a number from 0 on",
        ),
        (
            "greylisting",
            {"seconds": True},
            "preset greylisting: seconds True is wrong; it is a number from 0 on",
        ),
        (
            "greylisting",
            {"seconds": -1},
            "preset greylisting: seconds -1 is wrong; it is a number from 0 on",
        ),
        (
            "tarpit",
            {"seconds": float("nan")},
            "preset tarpit: seconds nan is wrong; it is a number from 0 on",
        ),
        (
            "rate_limit",
            {"count": 1.5},
            "preset rate_limit: count 1.5 is wrong; it is a whole number from 0 on",
        ),
        ("rate_limit", {"code": 550}, "preset rate_limit: code 550 is not known; known are 421, 450, 454"),
        (
            "rate_limit",
            {"per": "mailbox"},
            (
                "preset rate_limit: per 'mailbox' is not known; known are triplet, peer, sender, rcpt, "
                "user, helo, connection"
            ),
        ),
        (
            "rate_limit",
            {"per": "rcpt"},
            (
                "preset rate_limit: per rcpt is not known at the stage 'mail'; it is at rcpt, data, "
                "body, dot, stored"
            ),
        ),
        (
            "rate_limit",
            {"seconds": 0},
            "preset rate_limit: over [10, 0] is wrong; it is a count from 0 on and seconds above 0",
        ),
        (
            "mailbox_full",
            {"permanent": 1},
            "preset mailbox_full: permanent 1 is wrong; it is true or false",
        ),
        ("mailbox_full", {"rcpt": 5}, "preset mailbox_full: rcpt 5 is wrong; it is a text"),
        (
            "flaky_network",
            {"probability": 3},
            "preset flaky_network: the probability 3 is wrong; it is a number from 0 to 1",
        ),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(name, settings, expected):
    with pytest.raises(ConfigError) as caught:
        preset(name, **settings)

    assert str(caught.value) == expected
