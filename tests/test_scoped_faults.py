from __future__ import annotations

import smtplib
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sending import send

from mailsink import ConfigError, Inbox, Sink
from mailsink.faults import Fault, Moment, Plan, Rule
from mailsink.scoped_faults import InboxFaults
from mailsink.store import open_store

REFUSED = {"stage": "rcpt", "reply": "450 4.2.0 Later"}


@pytest.fixture
def plan():
    return Plan()


def fires(plan: Plan, inbox: str) -> bool:
    return bool(plan.ask(Moment(stage="rcpt", inbox=inbox)))


# --- adding


def test_a_rule_is_added_in_words(plan):
    handle = InboxFaults(plan, "checkout").add(**REFUSED, times=2)

    assert handle.rule.id == "F1"
    assert handle.rule.inbox == "checkout"
    assert list(plan) == [handle.rule]


def test_a_rule_is_added_as_a_value(plan):
    handle = InboxFaults(plan, "checkout").add(Rule(fault=Fault("close"), id="end"))

    assert handle.rule == Rule(fault=Fault("close"), id="end", inbox="checkout")


def test_without_an_inbox_a_rule_stays_as_it_is(plan):
    assert InboxFaults(plan, None).add(**REFUSED).rule.inbox == ""
    assert InboxFaults(plan, None).add(**REFUSED, inbox="a*").rule.inbox == "a*"


def test_a_preset_is_added_for_the_inbox(plan):
    handles = InboxFaults(plan, "checkout").preset("flaky_network", seed=3)

    assert [handle.rule.inbox for handle in handles] == ["checkout"] * 4


def test_a_rule_for_another_inbox_is_refused(plan):
    faults = InboxFaults(plan, "checkout")

    with pytest.raises(ConfigError) as caught:
        faults.add(**REFUSED, inbox="other")

    assert str(caught.value) == (
        "the fault rule: inbox 'other' is not 'checkout'; leave it out, or add the rule to that inbox"
    )
    assert faults.add(**REFUSED, inbox="checkout").rule.inbox == "checkout"


def test_what_is_wrong_is_said(plan):
    with pytest.raises(ConfigError) as caught:
        InboxFaults(plan, "checkout").add(stage="rcpt", replay="450 Later")

    assert str(caught.value) == "the fault rule: 'replay' is not known; did you mean 'reply'?"


# --- of one inbox alone

NAMES = ["a", "A", "a*", "*", "?", "a?", "[a]", "[*]", "a[", "!a", "[!a]", "a]", "ab", ""]


@pytest.mark.parametrize("own", [name for name in NAMES if name])
def test_a_rule_of_one_inbox_never_fires_for_another(own):
    for other in NAMES:
        plan = Plan()
        InboxFaults(plan, own).add(**REFUSED)

        assert fires(plan, other) is (own == other)


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=6), st.text("*?[]!aA", max_size=6))
def test_whatever_the_inboxes_are_called(own, other):
    plan = Plan()
    InboxFaults(plan, own).add(**REFUSED)

    assert fires(plan, own)
    assert fires(plan, other) is (own == other)


def test_an_inbox_shows_and_clears_its_own_rules(plan):
    first, second, everywhere = (InboxFaults(plan, name) for name in ("a*", "ab", None))
    first.add(**REFUSED, id="one")
    second.add(**REFUSED, id="two")
    everywhere.add(**REFUSED, id="three")

    assert [rule.id for rule in first] == ["one"]
    assert len(second) == 1
    assert len(everywhere) == 3
    assert repr(first) == "<InboxFaults a*: one>"
    assert first.clear() == 1
    assert [rule.id for rule in plan] == ["two", "three"]
    assert everywhere.clear() == 2
    assert repr(everywhere) == "<InboxFaults all: no rules>"


# --- the handle


def test_a_handle_knows_its_counts(plan):
    handle = InboxFaults(plan, "a").add(**REFUSED, skip=1)
    for _ in range(3):
        fires(plan, "a")

    assert handle.hits == 2
    assert handle.tally.matches == 3
    assert repr(handle) == "<Fault F1: 2 hits>"


def test_a_handle_takes_its_rule_out_and_remembers_its_counts(plan):
    with InboxFaults(plan, "a").add(**REFUSED) as handle:
        fires(plan, "a")

    assert len(plan) == 0
    assert handle.hits == 1
    handle.remove()
    assert handle.hits == 1


# --- of a real sink


def refused(address, **words) -> bool:
    try:
        send(address, **words)
    except smtplib.SMTPRecipientsRefused:
        return True
    return False


def test_rules_of_one_inbox_do_not_touch_another():
    with Sink() as sink:
        own, other = (sink.listen(inbox=name) for name in ("Ada*", "ada*"))
        sink.inboxes["Ada*"].faults.add(**REFUSED)

        assert refused((own.host, own.port))
        assert not refused((other.host, other.port))
        assert not refused((sink.host, sink.port))


def test_an_inbox_without_a_sink_takes_rules_that_nobody_asks():
    assert Inbox(open_store("memory")).faults.add(**REFUSED).hits == 0


def test_eight_inboxes_in_parallel_keep_to_themselves():
    with Sink(smtp=()) as sink:
        listeners = [sink.listen(inbox=f"box{n}") for n in range(8)]
        handles = [sink.inboxes[x.inbox].faults.add(**REFUSED, times=n + 1) for n, x in enumerate(listeners)]
        counts = [0] * 8

        def run(number: int) -> None:
            address = (listeners[number].host, listeners[number].port)
            counts[number] = sum(refused(address) for _ in range(10))

        threads = [threading.Thread(target=run, args=[n]) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert counts == [handle.hits for handle in handles] == list(range(1, 9))
        assert [len(sink.inboxes[x.inbox]) for x in listeners] == list(range(9, 1, -1))
