from __future__ import annotations

import smtplib

import pytest

from mailsink.client.faults import RemotePlan
from mailsink.errors import ConfigError, RequestError
from mailsink.fault_text import read_rule


@pytest.fixture
def plan(client):
    return RemotePlan(client._http)


def rule(**words):
    return read_rule({"stage": "rcpt", "reply": "450 4.2.0 Later", **words})


def test_rules_are_added_read_and_removed(plan, sink):
    one, two = plan.add(rule(id="one"), rule(rcpt="*@shop.example"))

    assert list(plan) == list(sink.faults) == [one, two]
    assert (plan.get("one"), plan.get("gone"), plan.get("")) == (one, None, None)
    assert len(plan) == 2
    assert plan.remove("one", "gone") == 1
    assert plan.clear() == 1
    assert list(sink.faults) == []


def test_all_or_none_are_added(plan, sink):
    plan.add(rule(id="taken"))

    with pytest.raises(ConfigError, match="fault taken: the id is taken"):
        plan.add(rule(id="new"), rule(id="taken"))
    assert [one.id for one in sink.faults] == ["taken"]


def test_a_rule_is_replaced_and_switched(plan, sink):
    plan.add(rule(id="one"))

    assert plan.update(rule(id="one", times=2))
    assert plan.enable("one", enabled=False)
    assert sink.faults.get("one") == rule(id="one", times=2, enabled=False)
    assert not plan.update(rule(id="gone"))
    assert not plan.enable("gone")


def test_what_it_did_is_counted(plan, put, sink):
    plan.add(rule(id="one", times=1))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        put()

    tally = plan.tally("one")

    assert (tally.matches, tally.hits) == (1, 1)
    assert tally.log[0].moment.rcpt == "ada@example.org"
    assert str(tally.log[0]) == str(sink.faults.tally("one").log[0])
    assert plan.tally("gone").hits == 0


def test_it_is_said_whose_it_is(plan, web):
    assert repr(plan) == f"<Plan at {web.url}>"


def test_a_server_that_is_gone_is_said(plan, web):
    web.close()

    for call in (plan.clear, lambda: plan.add(rule()), lambda: plan.get("x"), lambda: plan.remove("x")):
        with pytest.raises(RequestError):
            call()
