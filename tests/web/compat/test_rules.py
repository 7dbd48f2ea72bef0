from __future__ import annotations

import pytest
from flask import Flask

from mailsink.faults import Fault, Rule
from mailsink_web.compat.peer import Place, enter
from mailsink_web.compat.rules import inbox_pattern, put, rule_id, rule_of


@pytest.fixture
def at(sink):
    """Act for an inbox."""

    def at(name):
        app = Flask("test")
        app.extensions["mailsink"] = sink
        context = app.test_request_context("/")
        context.push()
        enter(Place(base="", inbox=sink.everything if name is None else sink.inboxes[name]))
        contexts.append(context)

    contexts = []
    yield at
    for context in reversed(contexts):
        context.pop()


def test_all_inboxes_have_the_plain_id(at):
    at(None)

    assert (rule_id("peer", "name"), inbox_pattern()) == ("peer-name", "")


@pytest.mark.parametrize("name", ["checkout", "a b/c*", "\udcff", "x" * 500])
def test_any_inbox_has_an_id_that_a_rule_can_have(at, sink, name):
    at(name)

    put([Rule(id=rule_id("peer", "name"), fault=Fault("close"), inbox=inbox_pattern())])

    assert rule_of("peer", "name").fault.action == "close"
    assert len(sink.faults) == 1


def test_a_rule_is_put_in_the_place_of_its_former_self(at, sink):
    at(None)

    put([Rule(id="a", fault=Fault("close")), Rule(id="b", fault=Fault("close"))])
    put([Rule(id="a", fault=Fault("reset"))])

    assert [(rule.id, rule.fault.action) for rule in sink.faults] == [("a", "reset"), ("b", "close")]
