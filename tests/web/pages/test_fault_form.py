from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.errors import ConfigError
from mailsink.fault_text import read_rule, write_rule
from mailsink.presets import PRESETS, preset
from mailsink_web.pages.fault_form import (
    FIELDS,
    field_at_fault,
    fields_of,
    preset_fields,
    preset_settings,
    table_of,
)

RULES = [
    {"stage": "rcpt", "rcpt": "*@full.example", "reply": "452 4.2.2 Mailbox full", "times": 2},
    {"stage": "mail", "sender": "", "delay": 0.25, "note": "slow bounces"},
    {"stage": "dot", "header": ["X-Kind", "news*"], "over": [10, 1.5], "lose": True},
    {"stage": "body", "after": 100, "throttle": 1000.0, "per": "triplet", "within": 60.0},
    {"stage": "ehlo", "hide": "SMTPUTF8", "probability": 0.123456789, "seed": 7},
    {"stage": "quit", "malformed": True, "skip": 1, "every": 3},
    {"stage": "mail", "malformed": "250", "connection": 2, "transaction": 1},
    {"stage": "handshake", "tls": "expired", "listener": "*:1587", "peer": "::1", "helo": "x"},
]


@pytest.mark.parametrize("table", RULES, ids=lambda table: table["stage"])
def test_a_rule_goes_into_the_form_and_comes_out_the_same(table):
    rule = read_rule({**table, "id": "F1"})

    assert read_rule({**table_of(fields_of(rule)), "id": "F1"}) == rule


@pytest.mark.parametrize("table", RULES, ids=lambda table: table["stage"])
def test_the_form_knows_every_word_of_a_rule(table):
    rule = read_rule(table)

    assert set(fields_of(rule)) <= {field.name for field in FIELDS}
    assert write_rule(rule)["stage"] == fields_of(rule)["stage"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"stage": "rcpt", "action": "reply", "value": "Full"}, "value"),
        ({"stage": "rcpt", "action": "reply", "value": "999 x"}, "value"),
        ({"stage": "rcpt", "action": "delay", "value": "soon"}, "value"),
        ({"stage": "rcpt", "action": "close", "value": "x"}, "value"),
        ({"stage": "connect", "action": "reply", "value": "250 x"}, "value"),
        ({"stage": "quit", "action": "lose"}, "stage"),
        ({"stage": "nowhere", "action": "close"}, "stage"),
        ({"stage": "rcpt", "action": "close", "times": "many"}, "times"),
        ({"stage": "rcpt", "action": "close", "probability": "2"}, "probability"),
        ({"stage": "rcpt", "action": "close", "per": "moon"}, "per"),
        ({"stage": "mail", "action": "close", "per": "rcpt"}, "per"),
        ({"stage": "mail", "action": "close", "rcpt": "x"}, "rcpt"),
        ({"stage": "rcpt", "action": "close", "header_pattern": "x"}, "header_name"),
        ({"stage": "rcpt", "action": "close", "over_count": "3"}, "over_count"),
        ({"stage": "rcpt", "action": "close", "note": "my: note", "every": "x"}, "every"),
        ({"stage": "rcpt"}, ""),
        ({"action": "explode"}, ""),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(form, field):
    with pytest.raises(ConfigError) as caught:
        read_rule(table_of(form))

    assert field_at_fault(str(caught.value), form) == field


@given(
    st.dictionaries(
        st.sampled_from([field.name for field in FIELDS]),
        st.sampled_from(["", "0", "1", "nan", "1e999", "٣", "reply", "rcpt", "x" * 99, "450 x"]) | st.text(),
    )
)
def test_no_form_fails_otherwise_than_by_a_sentence(form):
    known = {"", *form, *(field.name for field in FIELDS)}
    sentence = ""

    try:
        read_rule(table_of(form))
    except ConfigError as error:
        sentence = str(error)

    assert field_at_fault(sentence, form) in known


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_fields_hold_what_it_does_by_default(name):
    form = {field.name: field.default for field in preset_fields(name)}

    assert preset(name, **preset_settings(name, form)) == preset(name)


def test_a_presets_settings_are_read_from_its_form():
    assert preset_settings("mailbox_full", {"rcpt": "ada@*", "permanent": "true"}) == {
        "rcpt": "ada@*",
        "permanent": True,
    }
    assert preset_settings("tarpit", {"seconds": "2.5", "inbox": ""}) == {"seconds": 2.5}
