from __future__ import annotations

import json

import pytest
from archiving import corpus, messages, small
from hypothesis import given, settings

from mailsink.archive.facts import NAMES, FactsError, digest_of, read_facts, write_facts


@settings(max_examples=50, deadline=None)
@given(mail=messages)
def test_facts_come_back(mail):
    facts = read_facts(json.loads(write_facts(mail)))

    assert {name: getattr(facts, name) for name in NAMES} == {name: getattr(mail, name) for name in NAMES}


def test_facts_are_one_line_of_ascii():
    for mail in corpus():
        line = write_facts(mail)
        assert line.isascii()
        assert b"\n" not in line


def test_facts_have_the_names_of_the_docs():
    assert list(json.loads(write_facts(small(), offset=7))) == [
        "mailsink",
        "offset",
        "id",
        "inbox",
        "received_at",
        "envelope",
        "session_id",
        "peer",
        "greeting",
        "tls",
        "auth",
        "notes",
        "faults",
        "read",
        "starred",
        "tags",
        "size",
        "sha256",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mailsink": 2}, "it is of form 2, and this mailsink reads form 1"),
        ({"id": "../x"}, "its id '../x' is not 22 letters and digits"),
        ({"session_id": "\udc80"}, "its session_id '\\udc80' is not of letters and digits"),
        ({"received_at": "2026-11-24T14:30:00"}, "its received_at has no zone"),
        (
            {"received_at": "now"},
            "it is not what mailsink writes: Invalid RFC3339 encoded datetime - at `$.received_at`",
        ),
        ({"inbox": ""}, "its inbox has no name"),
        ({"tags": "a"}, "it is not what mailsink writes: Expected `array`, got `str` - at `$.tags`"),
        (
            {"envelope": {"reverse_path": 7}},
            "it is not what mailsink writes: Expected `str`, got `int` - at `$.envelope.reverse_path`",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_facts_that_are_wrong_are_refused(change, said):
    table = json.loads(write_facts(small())) | change

    with pytest.raises(FactsError) as caught:
        read_facts(table)

    assert str(caught.value) == said


def test_what_later_forms_may_add_is_passed_over():
    mail = small()

    assert read_facts(json.loads(write_facts(mail, more=7))).id == mail.id


def test_a_digest_is_sha_256():
    assert digest_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
