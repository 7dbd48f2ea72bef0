from __future__ import annotations

import pytest

from mailsink.errors import ConfigError
from mailsink.fault_checks import is_enhanced, is_number, name_of, shown
from mailsink.faults import Fault, Rule
from mailsink.model import Reply

CLOSE = Fault("close")
NAN, INF = float("nan"), float("inf")
STAGES = (
    "connect, banner, handshake, ehlo, starttls, auth, mail, rcpt, data, body, dot, stored, rset, noop, quit"
)
ACTIONS = (
    "reply, delay, stall, throttle, close, reset, half_close, lose, malformed, split, dribble, tls, hide, add"
)
SECONDS = "a number of seconds from 0 to 86400"
WHOLE = "a whole number from 0 to 1000000000"


def refusal(fault=CLOSE, **conditions) -> str:
    with pytest.raises(ConfigError) as caught:
        Rule(fault=fault, id="F1", **conditions)
    return str(caught.value)


def reply(code: int, text: str = "Later", enhanced: str = "") -> Fault:
    return Fault("reply", Reply(code, text, enhanced))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"stage": "rctp"}, f"the stage 'rctp' is not known; known are any, {STAGES}"),
        ({"fault": Fault("explode")}, f"the action 'explode' is not known; known are {ACTIONS}"),
        ({"fault": Fault("lose"), "stage": "rcpt"}, "lose cannot happen at rcpt; it can at dot"),
        (
            {"fault": reply(451), "stage": "body"},
            ("reply cannot happen at body; it can at connect, banner, ehlo, starttls, auth, mail, rcpt, "
            "data, dot, stored, rset, noop, quit"),
        ),
        ({"probability": 3}, "the probability 3 is wrong; it is a number from 0 to 1"),
        ({"probability": -0.5}, "the probability -0.5 is wrong; it is a number from 0 to 1"),
        ({"probability": NAN}, "the probability nan is wrong; it is a number from 0 to 1"),
        ({"probability": True}, "the probability True is wrong; it is a number from 0 to 1"),
        ({"times": -1}, f"times -1 is wrong; it is {WHOLE}"),
        ({"times": True}, f"times True is wrong; it is {WHOLE}"),
        ({"every": 1.5}, f"every 1.5 is wrong; it is {WHOLE}"),
        ({"skip": 10**10}, f"skip 10000000000 is wrong; it is {WHOLE}"),
        ({"connection": -2}, f"connection -2 is wrong; it is {WHOLE}"),
        ({"seed": -1}, f"seed -1 is wrong; it is {WHOLE}"),
        ({"within": -1}, "within -1 is wrong; it is a number of seconds from 0 on"),
        ({"within": NAN}, "within nan is wrong; it is a number of seconds from 0 on"),
        ({"within": INF}, "within inf is wrong; it is a number of seconds from 0 on"),
        ({"over": (-1, 60)}, "over [-1, 60] is wrong; it is a count from 0 on and seconds above 0"),
        ({"over": (1, 0)}, "over [1, 0] is wrong; it is a count from 0 on and seconds above 0"),
        ({"over": (1, NAN)}, "over [1, nan] is wrong; it is a count from 0 on and seconds above 0"),
        (
            {"per": "mailbox"},
            "per 'mailbox' is not known; known are triplet, peer, sender, rcpt, user, helo, connection",
        ),
        ({"stage": "rcpt", "subject": "x"}, "subject is not known at the stage 'rcpt'; it is at dot, stored"),
        (
            {"stage": "mail", "header": ("X-Kind", "*")},
            "header is not known at the stage 'mail'; it is at dot, stored",
        ),
        (
            {"stage": "mail", "rcpt": "ada@*"},
            "rcpt is not known at the stage 'mail'; it is at rcpt, data, body, dot, stored",
        ),
        (
            {"stage": "mail", "per": "triplet"},
            "per triplet is not known at the stage 'mail'; it is at rcpt, data, body, dot, stored",
        ),
        (
            {"stage": "auth", "user": "ada"},
            ("user is not known at the stage 'auth'; it is at ehlo, mail, rcpt, data, body, dot, stored, "
            "rset, noop, quit"),
        ),
        (
            {"stage": "connect", "sender": ""},
            "sender is not known at the stage 'connect'; it is at mail, rcpt, data, body, dot, stored",
        ),
        ({"stage": "any", "after": 5}, "after is not known at the stage 'any'; it is at body"),
        ({"stage": "dot", "recipient": 2}, "recipient is not known at the stage 'dot'; it is at rcpt"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)  # fmt: skip
def test_a_rule_that_cannot_work_is_refused_in_one_sentence(conditions, said):
    assert refusal(**conditions) == f"fault F1: {said}"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("delay", -1), f"delay -1 is wrong; it is {SECONDS}"),
        (Fault("delay", NAN), f"delay nan is wrong; it is {SECONDS}"),
        (Fault("delay", INF), f"delay inf is wrong; it is {SECONDS}"),
        (Fault("delay", True), f"delay True is wrong; it is {SECONDS}"),
        (Fault("delay"), f"delay None is wrong; it is {SECONDS}"),
        (Fault("split", "1"), f"split '1' is wrong; it is {SECONDS}"),
        (Fault("dribble", 100_000), f"dribble 100000 is wrong; it is {SECONDS}"),
        (
            Fault("throttle", 0),
            "throttle 0 is wrong; it is a number of octets a second above 0; to take none at all, use stall",
        ),
        (
            Fault("tls", "rusty"),
            "tls 'rusty' is wrong; it is one of expired, wrong_host, unknown_ca, old_version, garbage",
        ),
        (Fault("hide", "SIZE 100"), "hide 'SIZE 100' is wrong; it is an extension's name, such as SMTPUTF8"),
        (Fault("hide", ""), "hide '' is wrong; it is an extension's name, such as SMTPUTF8"),
        (Fault("add", "X\r\nY"), "add 'X\\r\\nY' is wrong; it is an extension's line, such as SIZE 1000"),
        (Fault("malformed", ""), "malformed '' is wrong; it is a text, or true for a line of its own choice"),
        (
            Fault("malformed", "\ud800"),
            "malformed '\\ud800' is wrong; it is a text, or true for a line of its own choice",
        ),
        (Fault("close", 5), "close 5 is wrong; it is true"),
        (
            Fault("reply", "450 Later"),
            "reply '450 Later' is wrong; it is CODE [ENHANCED] TEXT, such as 451 4.3.0 Try again later",
        ),
        (reply(999), "the reply code 999 is wrong; it is from 200 to 599"),
        (reply(451, enhanced="5.1.1"), "the enhanced code '5.1.1' does not fit 451; it is 4.X.Y"),
        (reply(451, enhanced="later"), "the enhanced code 'later' does not fit 451; it is 4.X.Y"),
        (reply(451, "4.3.0 Later"), "the reply's text begins with 4.3.0; give it as the enhanced code"),
        (reply(451, "Later\n"), "the reply's last line is empty; leave out the last line end"),
    ],
    ids=lambda value: "" if isinstance(value, str) else ascii(value),
)
def test_a_wrong_value_is_refused_in_one_sentence(fault, said):
    assert refusal(fault) == f"fault F1: {said}"


def test_a_connection_is_refused_and_not_welcomed_at_connect():
    assert refusal(reply(220, "Hello"), stage="connect") == (
        "fault F1: the reply 220 cannot be said at connect; a refusal can, from 400 to 599"
    )


@pytest.mark.parametrize("wrong", ["a b", "-a", "a/b", "ä", "a" * 65, "..", "a\n"])
def test_an_id_fits_into_an_address(wrong):
    with pytest.raises(ConfigError) as caught:
        Rule(fault=CLOSE, id=wrong)

    assert str(caught.value).endswith(
        "is wrong; it is up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first"
    )


def test_a_rule_is_named_by_its_id_its_note_or_nothing():
    assert name_of("full", "note") == "fault full"
    assert name_of("", "the note") == "fault the note"
    assert name_of("", "") == "the fault rule"
    assert name_of(5, None) == "fault 5"
    assert len(name_of("x" * 10_000, "")) < 80


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3.0, "3"),
        (NAN, "nan"),
        ("a\nb", "'a\\nb'"),
        (10**5_000, "a huge number"),
        ([[[[1]]]], "[[[...]]]"),
    ],
    ids=["float", "nan", "text", "huge", "deep"],
)
def test_a_wrong_value_is_quoted_shortly(value, said):
    assert shown(value) == said


@pytest.mark.parametrize("value", ["x" * 10_000, list(range(10_000)), {n: n for n in range(10_000)}])
def test_no_value_is_quoted_at_length(value):
    assert len(shown(value)) < 100


@pytest.mark.parametrize("value", [True, NAN, INF, "1", None, -1, 11])
def test_what_is_no_number_in_its_bounds(value):
    assert not is_number(value, 0, 10)


def test_an_enhanced_code_has_a_class_and_two_numbers():
    assert is_enhanced("4.2.2")
    assert is_enhanced("5.7.708")
    assert not any(map(is_enhanced, ["3.1.1", "4.2", "4.2.2.1", "4.2.x", "4.2.1000", "4.2.2\n", ""]))
