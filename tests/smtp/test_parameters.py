from __future__ import annotations

import pytest

from mailsink.model import Parameter
from mailsink.policy import EXTENSIONS
from mailsink.smtp.parameters import MAIL, RCPT, check

ALL = frozenset(EXTENSIONS)
KNOWN = {**MAIL, **RCPT}


def status(text: str, offered: frozenset[str] = ALL) -> str:
    keyword, sign, value = text.partition("=")
    reply = check(Parameter(keyword, value if sign else None), KNOWN, offered)
    return "" if reply is None else f"{reply.code} {reply.enhanced}"


@pytest.mark.parametrize(
    "text",
    [
        "SIZE=0",
        "SIZE=12345678901234567890",
        "BODY=7BIT",
        "BODY=8bitmime",
        "BODY=BINARYMIME",
        "SMTPUTF8",
        "RET=FULL",
        "RET=hdrs",
        "ENVID=QQ314159",
        "ENVID=a+20b+2Bc",
        "ENVID=" + "x" * 100,
        "AUTH=<>",
        "AUTH=ada+40example.org",
        "REQUIRETLS",
        "MT-PRIORITY=-9",
        "MT-PRIORITY=0",
        "MT-PRIORITY=9",
        "NOTIFY=NEVER",
        "NOTIFY=SUCCESS",
        "NOTIFY=failure,Delay",
        "ORCPT=rfc822;Ada@Example.org",
        "ORCPT=utf-8;ada@b\u00fccher.example",
    ],
)
def test_a_right_parameter_is_accepted(text):
    assert status(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "SIZE",
        "SIZE=-1",
        "SIZE=1k",
        "SIZE=123456789012345678901",
        "BODY=9BIT",
        "SMTPUTF8=yes",
        "RET=BODY",
        "ENVID=a+2b",
        "ENVID=a=b",
        "ENVID=" + "x" * 101,
        "REQUIRETLS=1",
        "MT-PRIORITY=10",
        "MT-PRIORITY=-0",
        "NOTIFY=NEVER,SUCCESS",
        "NOTIFY=SOMETIMES",
        "ORCPT=ada@example.org",
        "ORCPT=rfc822;" + "x" * 500,
    ],
)
def test_a_wrong_value_is_a_syntax_error(text):
    assert status(text) == "501 5.5.4"


def test_an_unknown_parameter_is_not_recognized():
    assert status("FOO=bar") == "555 5.5.4"


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("SIZE=1", "SIZE"),
        ("BODY=8BITMIME", "8BITMIME"),
        ("BODY=BINARYMIME", "BINARYMIME"),
        ("SMTPUTF8", "SMTPUTF8"),
        ("RET=FULL", "DSN"),
        ("NOTIFY=NEVER", "DSN"),
        ("AUTH=<>", "AUTH"),
        ("REQUIRETLS", "REQUIRETLS"),
        ("MT-PRIORITY=1", "MT-PRIORITY"),
    ],
)
def test_a_parameter_of_a_hidden_extension_is_not_recognized(text, extension):
    assert status(text, ALL - {extension}) == "555 5.5.4"
