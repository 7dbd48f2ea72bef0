from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsink.errors import ConfigError
from mailsink.fault_text import read_file, read_rule, read_rules, sentence, write_rule
from mailsink.fault_words import ACTIONS, PER, STAGES, TLS_TROUBLES
from mailsink.faults import Fault, Rule
from mailsink.model import Reply
from mailsink.presets import preset

FULL = Rule(
    fault=Fault("reply", Reply(452, "Mailbox full", "4.2.2")), stage="rcpt", rcpt="*@full.example", times=2
)
TABLE = {"stage": "rcpt", "rcpt": "*@full.example", "times": 2, "reply": "452 4.2.2 Mailbox full"}
NO_LIST = "there is no list of rules; write [[rule]] tables in TOML, a list under rule in YAML"
SECONDS = "it is a number of seconds from 0 to 86400"
TABLE_WANTED = "it is a table of conditions and one action"
EXAMPLE = "it is CODE [ENHANCED] TEXT, such as 451 4.3.0 Try again later"


def refusal(data, read=read_rule) -> str:
    with pytest.raises(ConfigError) as caught:
        read(data)
    return str(caught.value)


# --- out of a table


def test_a_rule_is_read_out_of_a_table():
    assert read_rule(TABLE) == FULL


def test_a_rule_is_written_as_a_table():
    assert write_rule(FULL) == {"id": "", **TABLE}


@pytest.mark.parametrize("action", ["stall", "close", "reset", "half_close", "malformed"])
def test_an_action_without_a_value_takes_true(action):
    assert read_rule({"stage": "rcpt", action: True}).fault == Fault(action)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("452 4.2.2 Mailbox full", Reply(452, "Mailbox full", "4.2.2")),
        ("452 Mailbox full", Reply(452, "Mailbox full")),
        ("452", Reply(452, "")),
        (452, Reply(452, "")),
        ("452 4.2.2", Reply(452, "", "4.2.2")),
        ("550 5.7.1 First\nSecond", Reply(550, "First\nSecond", "5.7.1")),
        ("451 5.1.1 Odd", Reply(451, "5.1.1 Odd")),
        ("250 Fine", Reply(250, "Fine")),
    ],
)
def test_a_reply_is_read(text, reply):
    assert read_rule({"stage": "rcpt", "reply": text}).fault.value == reply


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, f"the fault rule: it has no action; give it one of {', '.join(ACTIONS)}"),
        (
            {"id": "two", "close": True, "reset": True},
            f"fault two: it has the actions close, reset; give it one of {', '.join(ACTIONS)}",
        ),
        ({"sbject": "x", "close": True}, "the fault rule: 'sbject' is not known; did you mean 'subject'?"),
        ({"stages": "x", "close": True}, "the fault rule: 'stages' is not known; did you mean 'stage'?"),
        (
            {"zzz": 1, "close": True},
            (
                "the fault rule: 'zzz' is not known; known are stage, id, enabled, note, listener, inbox, "
                "peer, "
                "helo, user, sender, rcpt, subject, header, connection, transaction, recipient, after, skip, "
                f"times, every, within, over, per, probability, seed, {', '.join(ACTIONS)}"
            ),
        ),
        (
            {"stage": "rctp", "close": True},
            f"the fault rule: the stage 'rctp' is not known; known are any, {', '.join(STAGES)}",
        ),
        ({"stage": 5, "close": True}, "the fault rule: stage 5 is wrong; it is a text"),
        ({"times": "2", "close": True}, "the fault rule: times '2' is wrong; it is a whole number"),
        ({"times": True, "close": True}, "the fault rule: times True is wrong; it is a whole number"),
        ({"times": 2.0, "close": True}, "the fault rule: times 2 is wrong; it is a whole number"),
        (
            {"times": -2, "close": True},
            "the fault rule: times -2 is wrong; it is a whole number from 0 to 1000000000",
        ),
        (
            {"probability": 3, "close": True},
            "the fault rule: the probability 3 is wrong; it is a number from 0 to 1",
        ),
        (
            {"probability": "often", "close": True},
            "the fault rule: probability 'often' is wrong; it is a number from 0 to 1",
        ),
        ({"within": True, "close": True}, "the fault rule: within True is wrong; it is a number of seconds"),
        ({"enabled": 1, "close": True}, "the fault rule: enabled 1 is wrong; it is true or false"),
        (
            {"over": [1, 2, 3], "close": True},
            "the fault rule: over [1, 2, 3] is wrong; it is a list of a count and seconds, such as [10, 60]",
        ),
        (
            {"over": [True, 2], "close": True},
            "the fault rule: over [True, 2] is wrong; it is a list of a count and seconds, such as [10, 60]",
        ),
        (
            {"header": "Subject", "close": True},
            (
                "the fault rule: header 'Subject' is wrong; it is a list of a field's name and a pattern, "
                'such as ["X-Kind", "news*"]'
            ),
        ),
        (
            {"header": ["", "x"], "note": "n", "close": True},
            (
                "fault n: header ['', 'x'] is wrong; it is a list of a field's name and a pattern, such as "
                '["X-Kind", "news*"]'
            ),
        ),
        ({"reply": "Later"}, f"the fault rule: reply 'Later' is wrong; {EXAMPLE}"),
        ({"reply": "45 Later"}, f"the fault rule: reply '45 Later' is wrong; {EXAMPLE}"),
        ({"reply": "٤٥٠ Later"}, f"the fault rule: reply '٤٥٠ Later' is wrong; {EXAMPLE}"),
        ({"reply": "550-No\n550 No"}, f"the fault rule: reply '550-No\\n550 No' is wrong; {EXAMPLE}"),
        ({"reply": True}, f"the fault rule: reply True is wrong; {EXAMPLE}"),
        ({"reply": 45.0}, f"the fault rule: reply 45 is wrong; {EXAMPLE}"),
        ({"reply": "999 What"}, "the fault rule: the reply code 999 is wrong; it is from 200 to 599"),
        ({"close": False}, "the fault rule: close False is wrong; it is true"),
        ({"close": "yes"}, "the fault rule: close 'yes' is wrong; it is true"),
        (
            {"malformed": 5},
            "the fault rule: malformed 5 is wrong; it is a text, or true for a line of its own choice",
        ),
        (
            {"malformed": None},
            "the fault rule: malformed None is wrong; it is a text, or true for a line of its own choice",
        ),
        ({"delay": "5"}, f"the fault rule: delay '5' is wrong; {SECONDS}"),
        ({"delay": True}, f"the fault rule: delay True is wrong; {SECONDS}"),
        (
            {"note": "at night", "stage": "dot", "hide": "SIZE"},
            "fault at night: hide cannot happen at dot; it can at ehlo",
        ),
        ([1], f"the fault rule [1] is wrong; {TABLE_WANTED}"),
    ],
    ids=lambda value: "" if isinstance(value, str) else ascii(value)[:40],
)
def test_a_wrong_table_is_refused_in_one_sentence(data, said):
    assert refusal(data) == said


def test_a_number_that_no_clock_knows_is_refused():
    assert refusal({"within": 10**5_000, "close": True}) == (
        "the fault rule: within a huge number is wrong; it is a number of seconds"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from([*Rule.__dataclass_fields__, *ACTIONS, "preset"])
near_values = (
    json_values
    | st.sampled_from(
        [True, *STAGES, *PER, *TLS_TROUBLES, "451 4.3.0 Later", "any", "SIZE", [1, 2], ["a", "b"]]
    )
    | st.integers(0, 3)
)


@settings(max_examples=400)
@given(json_values | st.dictionaries(members, near_values, max_size=4))
def test_reading_raises_nothing_but_a_sentence(data):
    for read in (read_rule, read_rules, lambda one: read_rules([one])):
        try:
            read(data)
        except ConfigError as error:
            text = str(error)
            assert "\n" not in text
            assert len(text) < 1_000


# --- back and forth

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
numbers = st.integers(0, 5)
seconds = st.floats(0, 100)
codes = st.integers(200, 599)


def replies():
    def fit(code: int, text: str, numbers: tuple[int, int] | None) -> Reply:
        text = text.rstrip("\n")
        if numbers is None or code // 100 == 3:
            return Reply(code, text)
        return Reply(code, text, f"{code // 100}.{numbers[0]}.{numbers[1]}")

    return st.builds(fit, codes, texts, st.none() | st.tuples(st.integers(0, 99), st.integers(0, 999)))


def of(action: str):
    if action == "reply":
        return replies()
    if action in ("delay", "split", "dribble"):
        return seconds
    return {
        "throttle": st.floats(1, 1e6),
        "tls": st.sampled_from(TLS_TROUBLES),
        "hide": st.sampled_from(["SIZE", "X-KIND"]),
        "add": st.sampled_from(["SIZE 100", "X-KIND"]),
        "malformed": st.none() | texts.filter(bool),
    }.get(action, st.none())


faults = st.sampled_from(sorted(ACTIONS)).flatmap(
    lambda action: st.builds(Fault, st.just(action), of(action))
)
conditions = st.fixed_dictionaries(
    {"stage": st.sampled_from(["any", *STAGES])},
    optional={
        "id": st.from_regex(r"\A[a-z][a-z0-9.-]{0,8}\Z"),
        "enabled": st.booleans(),
        "note": texts,
        "listener": texts,
        "inbox": texts,
        "peer": texts,
        "helo": texts,
        "user": texts,
        "sender": texts,
        "rcpt": texts,
        "subject": texts,
        "header": st.tuples(texts.filter(bool), texts),
        "connection": numbers,
        "transaction": numbers,
        "recipient": numbers,
        "after": numbers,
        "skip": numbers,
        "times": numbers,
        "every": numbers,
        "within": seconds,
        "over": st.tuples(numbers, st.floats(0.1, 100)),
        "per": st.sampled_from(["", *PER]),
        "probability": st.floats(0, 1),
        "seed": numbers,
    },
)


@st.composite
def rules(draw) -> Rule:
    """Any valid rule: conditions that cannot be told at its stage are left out one by one."""
    fault, given = draw(faults), draw(conditions)
    while True:
        try:
            return Rule(fault=fault, **given)
        except ConfigError as error:
            known = [key for key in given if key != "stage" and f" {key} is not known" in str(error)]
            if known:
                del given[known[0]]
            elif " is not known at the stage" in str(error):
                given.pop("per")
            elif given["stage"] != "any":
                given["stage"] = "any"
            else:
                return Rule(fault=CLOSE)


CLOSE = Fault("close")


@settings(max_examples=300)
@given(rules())
def test_what_is_written_is_read_back(rule):
    assert read_rule(write_rule(rule)) == rule


@settings(max_examples=100)
@given(rules())
def test_every_rule_is_read_back_in_one_sentence(rule):
    said = sentence(rule)

    assert said.startswith("At ")
    assert said.endswith(".")


# --- for people


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (TABLE, "At RCPT, when rcpt is *@full.example, reply 452 4.2.2 Mailbox full, 2 times."),
        ({"stage": "stored", "close": True, "times": 1}, "At STORED, close the connection, once."),
        ({"delay": 2}, "At each reply, wait 2 s."),
        (
            {"stage": "mail", "reset": True, "every": 2, "skip": 1, "per": "peer", "sender": ""},
            ("At MAIL, when sender is the null one, reset the connection, after the first 1, every 2nd time, "
            "for each peer."),
        ),
        (
            {"stage": "body", "throttle": 100, "after": 10, "helo": "a", "user": "b"},
            "At BODY, when helo is a and user is b and 10 octets came, take 100 octets a second.",
        ),
        (
            {"stage": "dot", "lose": True, "header": ["X-Kind", "news*"], "probability": 0.5, "seed": 3},
            ("At DOT, when header X-Kind is news*, answer 250 and keep nothing, with a chance of 50 % "
            "(seed 3)."),
        ),
        (
            {"stage": "rcpt", "reply": "451 Later", "over": [10, 60], "within": 5, "recipient": 2},
            "At RCPT, when it is recipient 2, reply 451 Later, for 5 s, beyond 10 in 60 s.",
        ),
        ({"stage": "quit", "reply": "221 One.\nTwo."}, "At QUIT, reply 221 One. Two."),
        ({"stage": "ehlo", "hide": "SIZE"}, "At EHLO, do not offer SIZE."),
        ({"stage": "ehlo", "add": "X-KIND"}, "At EHLO, offer X-KIND."),
        ({"stage": "handshake", "tls": "expired"}, "At HANDSHAKE, break TLS: expired."),
        ({"stage": "ehlo", "split": 0.5}, "At EHLO, answer in two segments 0.5 s apart."),
        ({"stage": "ehlo", "dribble": 1}, "At EHLO, answer octet by octet, 1 s apart."),
        ({"stage": "ehlo", "close": True, "every": 11}, "At EHLO, close the connection, every 11th time."),
        ({"stage": "ehlo", "malformed": True, "every": 3}, "At EHLO, malformed, every 3rd time."),
        ({"stage": "ehlo", "half_close": True}, "At EHLO, answer and half-close."),
        ({"stage": "ehlo", "close": True, "every": 21}, "At EHLO, close the connection, every 21st time."),
    ],
    ids=lambda value: "" if isinstance(value, str) else ascii(value)[:30],
)  # fmt: skip
def test_a_rule_is_read_back_for_people(table, said):
    assert sentence(read_rule(table)) == said


# --- out of a list


def test_rules_are_read_out_of_a_list_or_a_table_with_one():
    assert read_rules([TABLE]) == read_rules({"rule": [TABLE]}) == (FULL,)
    assert read_rules([]) == ()


def test_a_preset_stands_for_its_rules():
    assert read_rules([{"preset": "mailbox_full", "rcpt": "full@*"}]) == preset("mailbox_full", rcpt="full@*")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([TABLE, {}], f"rule 2: it has no action; give it one of {', '.join(ACTIONS)}"),
        ([{"id": "x", "close": 1}], "rule 1: fault x: close 1 is wrong; it is true"),
        ([5], f"rule 1: the fault rule 5 is wrong; {TABLE_WANTED}"),
        (
            [{"preset": "greylist"}],
            (
                "rule 1: preset 'greylist' is not known; known are greylisting, rate_limit, mailbox_full, "
                "unknown_user, spam, tarpit, maintenance, flaky_network, duplicate_trap"
            ),
        ),
        (
            [{"preset": "tarpit", "minutes": 5}],
            "rule 1: preset tarpit: 'minutes' is not known; known are seconds, inbox",
        ),
        ([{"preset": 5}], "rule 1: preset 5: its name and its settings' names are texts"),
        ([{"preset": "tarpit", 5: 5}], "rule 1: preset 'tarpit': its name and its settings' names are texts"),
        ({"rules": []}, "'rules' is not known; a fault file has rule alone, a list of rules"),
        ({}, NO_LIST),
        ("rule", NO_LIST),
        (None, NO_LIST),
    ],
    ids=lambda value: "" if isinstance(value, str) else ascii(value)[:30],
)
def test_a_wrong_list_is_refused_naming_the_rule(data, said):
    assert refusal(data, read_rules) == said


# --- out of a file

TOML = """
[[rule]]
stage = "rcpt"
rcpt = "*@full.example"
times = 2
reply = "452 4.2.2 Mailbox full"

[[rule]]
preset = "duplicate_trap"
"""
YAML = """
rule:
  - stage: rcpt
    rcpt: "*@full.example"
    times: 2
    reply: 452 4.2.2 Mailbox full
  - preset: duplicate_trap
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a file; return its name, which is short for the sake of exact texts."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str | bytes) -> str:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return write


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML)])
def test_rules_are_read_out_of_a_file(name, text, written):
    assert read_file(written(name, text)) == (FULL, *preset("duplicate_trap"))


DATE = "rule 1: times datetime.date(2024, 1, 1) is wrong; it is a whole number"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "[[rule]]\nclose = 1\n", "rule 1: close 1 is wrong; it is true"),
        ("a.toml", "rule = 5\n", NO_LIST),
        ("a.toml", "[[rule]]\ndelay = nan\n", f"rule 1: delay nan is wrong; {SECONDS}"),
        ("a.toml", b"\xff", "not UTF-8; name a TOML or YAML file that can be read"),
        ("a.yaml", "- close: 1\n", "rule 1: close 1 is wrong; it is true"),
        ("a.yaml", "", NO_LIST),
        ("a.yaml", "- {delay: .inf}\n", f"rule 1: delay inf is wrong; {SECONDS}"),
        ("a.yaml", "- {close: true, times: 2024-01-01}\n", DATE),
        ("a.yaml", "- &a [*a]\n", f"rule 1: the fault rule [[[...]]] is wrong; {TABLE_WANTED}"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named(name, text, said, written):
    assert refusal(written(name, text), read_file) == f"--faults {name}: {said}"


@pytest.mark.parametrize(
    ("name", "text", "begins"),
    [
        ("a.toml", "close", "--faults a.toml: not TOML: "),
        ("a.toml", f"x = {'9' * 5_000}", "--faults a.toml: not TOML: "),
        ("a.toml", "x = " + "[" * 5_000, "--faults a.toml: not TOML: "),
        ("a.yaml", "a: [", "--faults a.yaml: not YAML: "),
        ("a.yaml", "[" * 5_000, "--faults a.yaml: not YAML: "),
    ],
    ids=["toml", "huge", "deep", "yaml", "deep yaml"],
)
def test_a_file_that_cannot_be_parsed_is_named(name, text, begins, written):
    got = refusal(written(name, text), read_file)

    assert got.startswith(begins)
    assert "\n" not in got


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert refusal("missing.toml", read_file) == (
        "--faults missing.toml: No such file or directory; name a TOML or YAML file that can be read"
    )


def test_yaml_without_its_package_says_what_to_install(written, monkeypatch):
    name = written("a.yaml", YAML)
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert refusal(name, read_file) == (
        "--faults a.yaml: YAML needs the package pyyaml; install mailsink with its extra yaml, or write TOML"
    )


def test_toml_needs_no_package(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert len(read_file(written("a.toml", TOML))) == 2
