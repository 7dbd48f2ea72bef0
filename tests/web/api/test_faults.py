from __future__ import annotations

import smtplib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sending import send

from mailsink.fault_words import ACTIONS
from mailsink.faults import Fault, Rule
from mailsink_web.api.faults import RuleBody

FULL = {"stage": "rcpt", "rcpt": "*@full.example", "reply": "452 4.2.2 Mailbox full"}
PAIR = "over must be a list of a whole number and a number, not"
UNKNOWN_PRESET = "There is no preset 'greylist'."


def post(http, body, path="/api/faults"):
    return http.ask("POST", path, json_body=body)


def put(http, path, body):
    return http.ask("PUT", path, json_body=body)


def listed(http, query="") -> list[str]:
    return [rule["id"] for rule in http.get(f"/api/faults{query}").json["rules"]]


# --- reading and changing


def test_there_are_no_rules_at_first(http):
    assert http.get("/api/faults").json == {"rules": []}


def test_a_rule_is_added_and_read_back(http):
    answer = post(http, FULL)

    assert answer.status == 200
    assert answer.json == {
        "rules": [
            {
                "id": "F1",
                "enabled": True,
                "sentence": "At RCPT, when rcpt is *@full.example, reply 452 4.2.2 Mailbox full.",
                "rule": {"id": "F1", **FULL},
                "matches": 0,
                "hits": 0,
                "log": [],
            }
        ]
    }
    assert http.get("/api/faults").json == answer.json
    assert http.get("/api/faults/F1").json == answer.json["rules"][0]


def test_the_rule_is_that_of_the_sink(http, sink):
    post(http, FULL)

    [rule] = sink.faults
    assert rule == Rule(fault=Fault("reply", rule.fault.value), stage="rcpt", rcpt="*@full.example", id="F1")


def test_what_is_read_can_be_written_again(http):
    rule = {**FULL, "header": ["X-Kind", "a"], "over": [1, 2.5], "per": "peer", "probability": 0.5, "seed": 7}
    rule |= {"stage": "dot", "enabled": False, "times": 2, "note": "n"}
    first = post(http, rule).json["rules"][0]["rule"]
    http.delete("/api/faults/F1")

    assert post(http, first).json["rules"][0]["rule"] == first


def test_a_rule_is_replaced_at_its_place(http):
    post(http, {**FULL, "id": "one"})
    post(http, {**FULL, "id": "two"})

    answer = put(http, "/api/faults/one", {"stage": "dot", "lose": True})

    assert answer.json["rule"] == {"id": "one", "stage": "dot", "lose": True}
    assert listed(http) == ["one", "two"]
    assert put(http, "/api/faults/one", {"id": "one", "close": True}).status == 200


def test_a_rule_is_switched_off_and_on(http, sink):
    post(http, FULL)

    assert http.patch("/api/faults/F1", {"enabled": False}).json["enabled"] is False
    assert not sink.faults.active
    assert http.patch("/api/faults/F1", {"enabled": True}).json["enabled"] is True
    assert sink.faults.active


def test_rules_are_taken_out(http):
    for _ in range(3):
        post(http, FULL)

    assert http.delete("/api/faults/F2").json == {"deleted": 1}
    assert listed(http) == ["F1", "F3"]
    assert http.delete("/api/faults").json == {"deleted": 2}
    assert listed(http) == []


def test_rules_of_one_inbox_are_listed_and_taken_out_by_its_name(http, sink):
    sink.inboxes["a*"].faults.add(close=True, id="star")
    post(http, {"close": True, "inbox": "ab", "id": "ab"})
    post(http, {"close": True, "id": "all"})

    assert listed(http, "?inbox=a*") == ["star"]
    assert listed(http, "?inbox=ab") == ["ab"]
    assert http.delete("/api/faults?inbox=a*").json == {"deleted": 1}
    assert listed(http) == ["ab", "all"]


def test_a_preset_is_added(http):
    answer = post(http, {"seconds": 2, "inbox": "checkout"}, "/api/faults/presets/greylisting")

    [rule] = answer.json["rules"]
    assert rule["sentence"] == (
        "At RCPT, when inbox is checkout, reply 451 4.7.1 Greylisted, please try again later, for 2 s, "
        "for each triplet."
    )
    assert len(post(http, {}, "/api/faults/presets/flaky_network").json["rules"]) == 4


def test_patterns_that_are_not_utf_8_are_shown_all_the_same(http, sink):
    sink.inbox.faults.add(stage="rcpt", rcpt="caf\udce9@*", close=True)

    assert http.get("/api/faults").json["rules"][0]["rule"]["rcpt"] == "caf\ufffd@*"


# --- after real mails


def refused(sink, **words) -> bool:
    try:
        send((sink.host, sink.port), **words)
    except (smtplib.SMTPException, ConnectionError):
        return True
    return False


def test_counts_and_log_tell_of_real_mails(http, sink):
    post(http, {**FULL, "times": 2})

    rcpts = ["ada@full.example", "ada@example.org", "bob@full.example", "eve@full.example"]
    assert [refused(sink, rcpt=rcpt) for rcpt in rcpts] == [True, False, True, False]

    rule = http.get("/api/faults/F1").json
    assert (rule["matches"], rule["hits"]) == (3, 2)
    assert [(one["number"], one["rcpt"]) for one in rule["log"]] == [
        (2, "bob@full.example"),
        (1, "ada@full.example"),
    ]
    newest = rule["log"][0]
    assert newest["sender"] == "shop@example.com"
    assert newest["stage"] == "rcpt"
    assert newest["inbox"] == "default"
    assert (newest["connection"], newest["transaction"], newest["recipient"]) == (3, 1, 1)
    assert newest["listener"] == f"{sink.host}:{sink.port}"
    assert newest["at"].startswith("20")


def test_the_log_tells_the_newest_twenty(http, sink):
    post(http, {"stage": "noop", "delay": 0})
    with smtplib.SMTP(sink.host, sink.port) as client:
        for _ in range(25):
            client.noop()

    rule = http.get("/api/faults/F1").json
    assert rule["hits"] == 25
    assert [one["number"] for one in rule["log"]] == list(range(25, 5, -1))


def test_a_switched_off_rule_lets_mail_pass(http, sink):
    post(http, {**FULL, "rcpt": "*"})
    assert refused(sink)

    http.patch("/api/faults/F1", {"enabled": False})

    assert not refused(sink)
    assert http.get("/api/faults/F1").json["hits"] == 1


def test_a_message_names_the_rules_that_fired(http, sink):
    post(http, {"stage": "dot", "delay": 0, "id": "slow"})
    assert not refused(sink)

    assert http.get("/api/messages/latest").json["faults"] == ["slow"]


# --- what is refused


@pytest.mark.parametrize(
    ("body", "detail", "field"),
    [
        (
            {},
            f"the fault rule: it has no action; give it one of {', '.join(ACTIONS)}",
            None,
        ),
        ({"sbject": "x"}, "There is no member 'sbject'; did you mean subject?", "sbject"),
        (
            {"stage": "dot", "hide": "SIZE"},
            "the fault rule: hide cannot happen at dot; it can at ehlo",
            None,
        ),
        (
            {"close": True, "probability": 3},
            "the fault rule: the probability 3 is wrong; it is a number from 0 to 1",
            None,
        ),
        ({"close": True, "times": "2"}, "times must be a whole number, not '2'.", "times"),
        ({"close": True, "times": 2.5}, "times must be a whole number, not 2.5.", "times"),
        ({"close": True, "times": True}, "times must be a whole number, not true.", "times"),
        ({"close": True, "over": 5}, f"{PAIR} 5.", "over"),
        (
            {"close": True, "over": [1]},
            f"{PAIR} [1].",
            "over",
        ),
        (
            {"close": True, "header": ["a"]},
            'header must be a list of a text and a text, not ["a"].',
            "header",
        ),
        ({"close": "yes"}, "close must be true or false, not 'yes'.", "close"),
        ({"close": False}, "the fault rule: close False is wrong; it is true", None),
        ({"malformed": 5}, "malformed must be a text or true or false, not 5.", "malformed"),
        (
            {"id": "a/b", "close": True},
            (
                "fault a/b: the id 'a/b' is wrong; it is up to 64 letters, digits, dots, hyphens and "
                "underscores, a letter or digit first"
            ),
            None,
        ),
    ],
)
def test_a_wrong_rule_is_a_problem_of_one_sentence(body, detail, field, http):
    answer = post(http, body)

    assert answer.status == 400
    assert answer.json["detail"] == detail
    assert answer.json.get("field") == field
    assert listed(http) == []


def test_an_id_that_is_taken_is_a_problem(http):
    post(http, {**FULL, "id": "full"})
    answer = post(http, {**FULL, "id": "full"})

    assert answer.status == 400
    assert answer.json["detail"] == "fault full: the id is taken; choose another, or replace that rule"
    assert answer.json["field"] == "id"


def test_another_id_than_the_addresss_is_a_problem(http):
    post(http, FULL)
    answer = put(http, "/api/faults/F1", {**FULL, "id": "other"})

    assert answer.status == 400
    assert answer.json["detail"] == "The id 'other' is not the address's 'F1'; leave it out."


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("DELETE", None), ("PATCH", {"enabled": True}), ("PUT", FULL)]
)
def test_a_rule_that_is_not_there_is_a_404_that_says_so(method, body, http):
    answer = http.ask(method, "/api/faults/nope", json_body=body)

    assert answer.status == 404
    assert answer.json["detail"] == "There is no fault rule 'nope'."


def test_an_unknown_preset_is_a_404_that_lists_them(http):
    answer = post(http, {}, "/api/faults/presets/greylist")

    assert answer.status == 404
    assert answer.json["detail"] == UNKNOWN_PRESET
    assert "greylisting" in answer.json["allowed"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"code": 450}, "preset greylisting: 'code' is not known; known are seconds, inbox"),
        ({"seconds": -1}, "preset greylisting: seconds -1 is wrong; it is a number from 0 on"),
        ({"seconds": "5"}, "seconds must be a number, not '5'."),
        ({"minutes": 5}, "There is no member 'minutes'; known are "),
    ],
)
def test_a_wrong_setting_of_a_preset_is_a_problem(body, detail, http):
    answer = post(http, body, "/api/faults/presets/greylisting")

    assert answer.status == 400
    assert answer.json["detail"].startswith(detail)


def test_the_body_is_as_the_document_says(http):
    schema = http.get("/api/openapi.json").json["components"]["schemas"]["RuleBody"]

    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(Rule.__dataclass_fields__) - {"fault"} | set(ACTIONS)
    assert set(RuleBody.__struct_fields__) == set(schema["properties"])
    assert "required" not in schema or schema["required"] == []


values = (
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats(allow_nan=False, allow_infinity=False)
)
values |= st.text(max_size=5) | st.lists(st.integers(0, 5) | st.text(max_size=3), max_size=3)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(RuleBody.__struct_fields__), values, max_size=4))
def test_no_body_is_answered_with_a_failure(http, body):
    assert post(http, body).status in (200, 400)


def test_a_rule_is_moved_among_the_others(http):
    for _ in range(3):
        post(http, FULL)

    assert http.patch("/api/faults/F3", {"position": 0}).status == 200

    assert listed(http) == ["F3", "F1", "F2"]
    assert http.patch("/api/faults/F3", {"position": -1}).status == 400
