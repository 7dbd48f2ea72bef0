"""Every command of RFC 5321 §4.1 and every extension, said over a real socket and held against its RFC.

A row of a table is the RFC's section, what is said before, what is said, and the code and enhanced code that
must come back.
"""
# ruff: noqa: E501 - a row of a table is one line

from __future__ import annotations

import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from raw import Answer, Raw, base64

from mailsink.policy import EXTENSIONS, Credentials, RecipientRule

pytestmark = pytest.mark.usefixtures("both_ways")

EHLO = "EHLO client.example.org"
MAIL = "MAIL FROM:<shop@example.com>"
RCPT = "RCPT TO:<ada@example.org>"
BEGUN = (EHLO, MAIL, RCPT)
ADA = Credentials(users={"ada": "sesame"})
AUTH = f"AUTH PLAIN {base64('', 'ada', 'sesame')}"
KNOWN_USERS = {
    "closed": True,
    "recipients": (RecipientRule("ada@example.org", "accept"),),
}


@dataclass(frozen=True, slots=True)
class Case:
    """*sentence* is what holds; *policy* is what the listener is set to."""

    sentence: str
    section: str
    before: Sequence[str]
    command: str | bytes
    expected: str
    policy: dict[str, Any]


def case(
    sentence: str, section: str, before: Sequence[str], command: str | bytes, expected: str, **policy: Any
) -> Any:
    return pytest.param(
        Case(sentence, section, before, command, expected, policy), id=f"{sentence} ({section})"
    )


def answer(client: Raw, before: Sequence[str], command: str | bytes) -> Answer:
    """What is said to *command* after *before*, each of which must have been accepted."""
    for line in before:
        reply = client.say(line)
        assert reply.code < 400, (line, reply)
    return client.say(command)


COMMANDS = [
    # ---- EHLO and HELO
    case("EHLO is accepted", "RFC 5321 §4.1.1.1", (), EHLO, "250"),
    case("EHLO takes an address literal", "RFC 5321 §4.1.3", (), "EHLO [192.0.2.1]", "250"),
    case("EHLO needs a domain", "RFC 5321 §4.1.1.1", (), "EHLO", "501 5.5.4"),
    case("EHLO may come again", "RFC 5321 §4.1.4", (EHLO,), EHLO, "250"),
    case("EHLO may come in a transaction", "RFC 5321 §4.1.4", BEGUN, EHLO, "250"),
    case("HELO is accepted", "RFC 5321 §4.1.1.1", (), "HELO client.example.org", "250"),
    case("HELO needs a domain", "RFC 5321 §4.1.1.1", (), "HELO", "501 5.5.4"),
    case("HELO may follow EHLO", "RFC 5321 §4.1.4", (EHLO,), "HELO client.example.org", "250"),
    case("HELO begins a session too", "RFC 5321 §4.1.4", ("HELO client.example.org",), MAIL, "250 2.1.0"),
    case("commands are known in lower case", "RFC 5321 §2.4", (), "ehlo client.example.org", "250"),
    # ---- MAIL
    case("MAIL begins a transaction", "RFC 5321 §4.1.1.2", (EHLO,), MAIL, "250 2.1.0"),
    case("MAIL takes the null reverse-path", "RFC 5321 §4.5.5", (EHLO,), "MAIL FROM:<>", "250 2.1.0"),
    case("MAIL is known in lower case", "RFC 5321 §2.4", (EHLO,), "mail from:<a@example.com>", "250 2.1.0"),
    case("MAIL with a space after the colon is read", "RFC 5321 §3.3", (EHLO,), "MAIL FROM: <a@example.com>", "250 2.1.0"),
    case("MAIL with a source route is read", "RFC 5321 §4.1.1.3", (EHLO,), "MAIL FROM:<@b.example:a@example.com>", "250 2.1.0"),
    case("MAIL with a quoted local part is read", "RFC 5321 §4.1.2", (EHLO,), 'MAIL FROM:<"a b"@example.com>', "250 2.1.0"),
    case("MAIL before a greeting is a bad sequence", "RFC 5321 §4.1.4", (), MAIL, "503 5.5.1"),
    case("MAIL inside a transaction is a bad sequence", "RFC 5321 §4.1.4", (EHLO, MAIL), MAIL, "503 5.5.1"),
    case("MAIL without FROM is a syntax error", "RFC 5321 §4.1.1.2", (EHLO,), "MAIL", "501 5.5.4"),
    case("MAIL without a path is a syntax error", "RFC 5321 §4.1.1.2", (EHLO,), "MAIL FROM:", "501 5.1.7"),
    case("MAIL with an open bracket is a syntax error", "RFC 5321 §4.1.2", (EHLO,), "MAIL FROM:<a@example.com", "501 5.1.7"),
    case("MAIL with two at signs names no mailbox", "RFC 5321 §4.2.3", (EHLO,), "MAIL FROM:<a@b@example.com>", "553 5.1.7"),
    case("MAIL with an unknown parameter is refused", "RFC 5321 §4.1.1.11", (EHLO,), MAIL + " FOO=1", "555 5.5.4"),
    case("MAIL after HELO takes no parameter", "RFC 5321 §4.1.1.11", ("HELO x",), MAIL + " SIZE=1", "555 5.5.4"),
    case("MAIL with a parameter twice is a syntax error", "RFC 5321 §4.1.2", (EHLO,), MAIL + " SIZE=1 SIZE=1", "501 5.5.4"),
    # ---- RCPT
    case("RCPT is accepted", "RFC 5321 §4.1.1.3", (EHLO, MAIL), RCPT, "250 2.1.5"),
    case("RCPT may come again", "RFC 5321 §3.3", BEGUN, "RCPT TO:<bob@example.org>", "250 2.1.5"),
    case("RCPT takes postmaster without a domain", "RFC 5321 §4.5.1", (EHLO, MAIL), "RCPT TO:<Postmaster>", "250 2.1.5"),
    case("RCPT before a greeting is a bad sequence", "RFC 5321 §4.1.4", (), RCPT, "503 5.5.1"),
    case("RCPT before MAIL is a bad sequence", "RFC 5321 §3.3", (EHLO,), RCPT, "503 5.5.1"),
    case("RCPT without TO is a syntax error", "RFC 5321 §4.1.1.3", (EHLO, MAIL), "RCPT ada@example.org", "501 5.5.4"),
    case("RCPT of the null path names no mailbox", "RFC 5321 §4.1.1.3", (EHLO, MAIL), "RCPT TO:<>", "553 5.1.3"),
    case("RCPT with an unknown parameter is refused", "RFC 5321 §4.1.1.11", (EHLO, MAIL), RCPT + " FOO=1", "555 5.5.4"),
    case("RCPT of an unknown user is refused", "RFC 5321 §3.3", (EHLO, MAIL), "RCPT TO:<bob@example.org>", "550 5.1.1", **KNOWN_USERS),
    case("RCPT of an unknown domain is refused", "RFC 3463 §3.2", (EHLO, MAIL), "RCPT TO:<ada@example.com>", "550 5.1.2", **KNOWN_USERS),
    case("RCPT over the limit is put off", "RFC 5321 §4.5.3.1.10", BEGUN, RCPT, "452 4.5.3", max_recipients=1),
    # ---- DATA
    case("DATA asks for the content", "RFC 5321 §4.1.1.4", BEGUN, "DATA", "354"),
    case("DATA before a greeting is a bad sequence", "RFC 5321 §4.1.4", (), "DATA", "503 5.5.1"),
    case("DATA before MAIL is a bad sequence", "RFC 5321 §3.3", (EHLO,), "DATA", "503 5.5.1"),
    case("DATA before RCPT is a bad sequence", "RFC 5321 §3.3", (EHLO, MAIL), "DATA", "503 5.5.1"),
    case("DATA takes no argument", "RFC 5321 §4.1.1.4", BEGUN, "DATA now", "501 5.5.4"),
    case("a final dot is answered", "RFC 5321 §4.1.1.4", (*BEGUN, "DATA"), "hi\r\n.", "250 2.0.0"),
    case("a content of nothing is answered", "RFC 5321 §4.1.1.4", (*BEGUN, "DATA"), ".", "250 2.0.0"),
    case("a content over the limit is refused", "RFC 1870 §6.3", (*BEGUN, "DATA"), "x" * 20 + "\r\n.", "552 5.3.4", max_size=10),
    # ---- RSET, NOOP, QUIT
    case("RSET is accepted before a greeting", "RFC 5321 §4.1.4", (), "RSET", "250 2.0.0"),
    case("RSET ends a transaction", "RFC 5321 §4.1.1.5", (*BEGUN, "RSET"), "DATA", "503 5.5.1"),
    case("RSET keeps the greeting", "RFC 5321 §4.1.1.5", (EHLO, "RSET"), MAIL, "250 2.1.0"),
    case("RSET takes no argument", "RFC 5321 §4.1.1.5", (), "RSET now", "501 5.5.4"),
    case("NOOP is accepted before a greeting", "RFC 5321 §4.1.4", (), "NOOP", "250 2.0.0"),
    case("NOOP takes a string", "RFC 5321 §4.1.1.9", (), "NOOP are you there", "250 2.0.0"),
    case("NOOP changes nothing", "RFC 5321 §4.1.1.9", (*BEGUN, "NOOP"), "DATA", "354"),
    case("QUIT is answered", "RFC 5321 §4.1.1.10", (), "QUIT", "221 2.0.0"),
    case("QUIT is answered in a transaction", "RFC 5321 §4.1.1.10", BEGUN, "QUIT", "221 2.0.0"),
    case("QUIT takes no argument", "RFC 5321 §4.1.1.10", (), "QUIT now", "501 5.5.4"),
    # ---- HELP, VRFY, EXPN
    case("HELP is accepted before a greeting", "RFC 5321 §4.1.4", (), "HELP", "214 2.0.0"),
    case("HELP explains a command", "RFC 5321 §4.1.1.8", (), "HELP MAIL", "214 2.0.0"),
    case("HELP for an unknown command is refused", "RFC 5321 §4.2.4", (), "HELP FOO", "504 5.5.4"),
    case("VRFY cannot verify where all are accepted", "RFC 5321 §3.5.3", (), "VRFY ada@example.org", "252 2.5.0"),
    case("VRFY knows a user", "RFC 5321 §3.5.3", (), "VRFY ada@example.org", "250 2.1.5", **KNOWN_USERS),
    case("VRFY knows an unknown user", "RFC 5321 §3.5.3", (), "VRFY bob@example.org", "550 5.1.1", **KNOWN_USERS),
    case("VRFY needs a string", "RFC 5321 §4.1.1.6", (), "VRFY", "501 5.5.4"),
    case("EXPN knows no list", "RFC 5321 §3.5.2", (), "EXPN staff", "550 5.1.1"),
    case("EXPN needs a string", "RFC 5321 §4.1.1.7", (), "EXPN", "501 5.5.4"),
    # ---- what is no command
    case("an unknown command is told", "RFC 5321 §4.2.4", (), "FOO", "500 5.5.1"),
    case("a command that is not offered is told", "RFC 5321 §4.2.4", (), "LHLO x", "502 5.5.1"),
    case("an empty line is no command", "RFC 5321 §4.1.1", (), "", "500 5.5.1"),
    case("a line too long is told", "RFC 5321 §4.5.3.1.4", (), "NOOP " + "x" * 5000, "500 5.5.2"),
]  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_a_command_gets_the_reply_that_the_rfc_names(serve, case):
    client = serve(**case.policy).connect()

    assert answer(client, case.before, case.command).status == case.expected


@pytest.mark.parametrize("case", [c for c in COMMANDS if not c.values[0].expected.startswith(("221", "354"))])
def test_no_command_breaks_the_session(serve, case):
    client = serve(**case.policy).connect()
    answer(client, case.before, case.command)

    assert client.say("NOOP").status == "250 2.0.0"


# ------------------------------------------------------------------- extensions

EXTENSION_CASES = [
    # ---- SIZE
    case("SIZE announces the limit", "RFC 1870 §4", (EHLO,), MAIL + " SIZE=1000", "250 2.1.0", max_size=1000),
    case("SIZE over the limit is refused at MAIL", "RFC 1870 §6.1", (EHLO,), MAIL + " SIZE=1001", "552 5.3.4", max_size=1000),
    case("SIZE needs a number", "RFC 1870 §3", (EHLO,), MAIL + " SIZE=big", "501 5.5.4"),
    # ---- 8BITMIME
    case("BODY=8BITMIME is accepted", "RFC 6152 §2", (EHLO,), MAIL + " BODY=8BITMIME", "250 2.1.0"),
    case("BODY=7BIT is accepted", "RFC 6152 §2", (EHLO,), MAIL + " BODY=7BIT", "250 2.1.0"),
    case("another BODY is a syntax error", "RFC 6152 §2", (EHLO,), MAIL + " BODY=9BIT", "501 5.5.4"),
    # ---- SMTPUTF8
    case("SMTPUTF8 is accepted", "RFC 6531 §3.4", (EHLO,), "MAIL FROM:<j\u00f6rg@b\u00fccher.example> SMTPUTF8", "250 2.1.0"),
    case("SMTPUTF8 lets recipients be UTF-8", "RFC 6531 §3.5", (EHLO, MAIL + " SMTPUTF8"), "RCPT TO:<\u7530\u4e2d@example.org>", "250 2.1.5"),
    case("SMTPUTF8 takes no value", "RFC 6531 §3.4", (EHLO,), MAIL + " SMTPUTF8=1", "501 5.5.4"),
    # ---- DSN
    case("RET and ENVID are accepted", "RFC 3461 §4.3", (EHLO,), MAIL + " RET=HDRS ENVID=QQ314159", "250 2.1.0"),
    case("another RET is a syntax error", "RFC 3461 §4.3", (EHLO,), MAIL + " RET=ALL", "501 5.5.4"),
    case("ENVID is xtext", "RFC 3461 §4.4", (EHLO,), MAIL + " ENVID=a+b", "501 5.5.4"),
    case("ENVID has 100 characters at most", "RFC 3461 §4.4", (EHLO,), MAIL + " ENVID=" + "x" * 101, "501 5.5.4"),
    case("NOTIFY and ORCPT are accepted", "RFC 3461 §4.1", (EHLO, MAIL), RCPT + " NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ada@Example.org", "250 2.1.5"),
    case("NOTIFY=NEVER stands alone", "RFC 3461 §4.1", (EHLO, MAIL), RCPT + " NOTIFY=NEVER,DELAY", "501 5.5.4"),
    case("ORCPT names an address type", "RFC 3461 §4.2", (EHLO, MAIL), RCPT + " ORCPT=ada", "501 5.5.4"),
    case("NOTIFY belongs to RCPT", "RFC 3461 §4.1", (EHLO,), MAIL + " NOTIFY=NEVER", "555 5.5.4"),
    case("RET belongs to MAIL", "RFC 3461 §4.3", (EHLO, MAIL), RCPT + " RET=FULL", "555 5.5.4"),
    # ---- CHUNKING and BINARYMIME
    case("BDAT takes a chunk", "RFC 3030 §2", BEGUN, b"BDAT 4\r\nab", "250 2.0.0"),
    case("BDAT LAST ends the content", "RFC 3030 §2", BEGUN, b"BDAT 4 LAST\r\nab", "250 2.0.0"),
    case("BDAT before MAIL is a bad sequence", "RFC 3030 §2", (EHLO,), b"BDAT 2 LAST\r\n", "503 5.5.1"),
    case("BDAT after only refused recipients is refused", "RFC 5321 §3.3", (EHLO, MAIL), b"BDAT 2 LAST\r\n", "503 5.5.1"),
    case("BDAT over the limit is refused", "RFC 1870 §6.3", BEGUN, b"BDAT 12 LAST\r\n" + b"x" * 10, "552 5.3.4", max_size=10),
    case("BODY=BINARYMIME is accepted", "RFC 3030 §3", (EHLO,), MAIL + " BODY=BINARYMIME", "250 2.1.0"),
    case("BODY=BINARYMIME needs BDAT", "RFC 3030 §3", (EHLO, MAIL + " BODY=BINARYMIME", RCPT), "DATA", "503 5.5.1"),
    # ---- AUTH
    case("AUTH is accepted", "RFC 4954 §4", (EHLO,), AUTH, "235 2.7.0", credentials=ADA),
    case("AUTH with a wrong password is refused", "RFC 4954 §6", (EHLO,), "AUTH PLAIN AGFkYQB4", "535 5.7.8", credentials=ADA),
    case("AUTH before EHLO is a bad sequence", "RFC 4954 §4", (), AUTH, "503 5.5.1", credentials=ADA),
    case("AUTH a second time is a bad sequence", "RFC 4954 §4", (EHLO, AUTH), AUTH, "503 5.5.1", credentials=ADA),
    case("AUTH in a transaction is a bad sequence", "RFC 4954 §4", (EHLO, MAIL), AUTH, "503 5.5.1", credentials=ADA),
    case("AUTH needs a mechanism", "RFC 4954 §4", (EHLO,), "AUTH", "501 5.5.4", credentials=ADA),
    case("AUTH with another mechanism is told", "RFC 4954 §4", (EHLO,), "AUTH NTLM", "504 5.5.4", credentials=ADA),
    case("AUTH that is no base64 is refused", "RFC 4954 §4", (EHLO,), "AUTH PLAIN ???", "501 5.5.2", credentials=ADA),
    case("AUTH asks for what is missing", "RFC 4954 §4", (EHLO,), "AUTH PLAIN", "334", credentials=ADA),
    case("AUTH can be cancelled", "RFC 4954 §4", (EHLO, "AUTH PLAIN"), "*", "501 5.7.0", credentials=ADA),
    case("AUTH in the clear can be refused", "RFC 4954 §6", (EHLO,), AUTH, "538 5.7.11", credentials=ADA, plain_auth=False),
    case("MAIL needs AUTH where it is required", "RFC 4954 §6", (EHLO,), MAIL, "530 5.7.0", credentials=ADA, require_auth=True),
    case("MAIL takes the AUTH parameter", "RFC 4954 §5", (EHLO,), MAIL + " AUTH=a+40example.com", "250 2.1.0", credentials=ADA),
    case("MAIL takes AUTH=<>", "RFC 4954 §5", (EHLO,), MAIL + " AUTH=<>", "250 2.1.0", credentials=ADA),
    # ---- MT-PRIORITY
    case("MT-PRIORITY is accepted", "RFC 6710 §4.1", (EHLO,), MAIL + " MT-PRIORITY=-9", "250 2.1.0"),
    case("MT-PRIORITY goes up to 9", "RFC 6710 §4.1", (EHLO,), MAIL + " MT-PRIORITY=10", "501 5.5.4"),
    # ---- LIMITS
    case("RCPTMAX is as announced", "RFC 9422 §4.2", BEGUN, RCPT, "452 4.5.3", max_recipients=1),
    # ---- XCLIENT
    case("XCLIENT is answered by a greeting", "Postfix XCLIENT_README", (EHLO,), "XCLIENT ADDR=192.0.2.1", "220", xclient=True),
    case("XCLIENT in a transaction is a bad sequence", "Postfix XCLIENT_README", BEGUN, "XCLIENT ADDR=192.0.2.1", "503 5.5.1", xclient=True),
    case("XCLIENT in a wrong shape is a syntax error", "Postfix XCLIENT_README", (EHLO,), "XCLIENT FOO=1", "501 5.5.4", xclient=True),
    # ---- STARTTLS without TLS
    case("STARTTLS without a certificate is not available", "RFC 3207 §4", (EHLO,), "STARTTLS", "454 4.7.0"),
    # ---- REQUIRETLS without TLS
    case("REQUIRETLS is not offered in the clear", "RFC 8689 §2", (EHLO,), MAIL + " REQUIRETLS", "555 5.5.4"),
]  # fmt: skip


@pytest.mark.parametrize("case", EXTENSION_CASES)
def test_an_extension_does_what_its_rfc_says(serve, case):
    client = serve(**case.policy).connect()

    assert answer(client, case.before, case.command).status == case.expected


ENCRYPTED_CASES = [
    case("STARTTLS asks for a new greeting", "RFC 3207 §4.2", (), MAIL, "503 5.5.1"),
    case("STARTTLS a second time is a bad sequence", "RFC 3207 §4", (EHLO,), "STARTTLS", "503 5.5.1"),
    case("REQUIRETLS is accepted", "RFC 8689 §2", (EHLO,), MAIL + " REQUIRETLS", "250 2.1.0"),
    case("REQUIRETLS takes no value", "RFC 8689 §2", (EHLO,), MAIL + " REQUIRETLS=1", "501 5.5.4"),
    case("mail is taken where TLS is required", "RFC 3207 §4", (EHLO,), MAIL, "250 2.1.0", require_tls=True),
    case("AUTH is accepted where TLS is required", "RFC 4954 §4", (EHLO,), AUTH, "235 2.7.0", require_tls=True, credentials=ADA),
]  # fmt: skip


@pytest.mark.parametrize("case", ENCRYPTED_CASES)
def test_an_extension_does_what_its_rfc_says_under_tls(serve, case):
    client = serve(tls="starttls", **case.policy).connect_tls()

    assert answer(client, case.before, case.command).status == case.expected


BEFORE_TLS_CASES = [
    case("STARTTLS is answered", "RFC 3207 §4", (EHLO,), "STARTTLS", "220 2.0.0"),
    case("STARTTLS takes no argument", "RFC 3207 §4", (EHLO,), "STARTTLS now", "501 5.5.4"),
    case("MAIL waits for TLS where it is required", "RFC 3207 §4", (EHLO,), MAIL, "530 5.7.0", require_tls=True),
    case("AUTH waits for TLS where it is required", "RFC 3207 §4", (EHLO,), AUTH, "530 5.7.0", require_tls=True, credentials=ADA),
    case("NOOP does not wait for TLS", "RFC 3207 §4", (EHLO,), "NOOP", "250 2.0.0", require_tls=True),
]  # fmt: skip


@pytest.mark.parametrize("case", BEFORE_TLS_CASES)
def test_a_listener_with_starttls_does_what_its_rfc_says_before_it(serve, case):
    client = serve(tls="starttls", **case.policy).connect()

    assert answer(client, case.before, case.command).status == case.expected


LMTP_CASES = [
    case("LHLO is accepted", "RFC 2033 §4.1", (), "LHLO client.example.org", "250"),
    case("LHLO needs a domain", "RFC 2033 §4.1", (), "LHLO", "501 5.5.4"),
    case("EHLO is refused", "RFC 2033 §4.1", (), EHLO, "500 5.5.1"),
    case("HELO is refused", "RFC 2033 §4.1", (), "HELO x", "500 5.5.1"),
    case("MAIL before LHLO is a bad sequence", "RFC 2033 §4", (), MAIL, "503 5.5.1"),
    case("DATA without a recipient is refused", "RFC 2033 §4.2", ("LHLO x", MAIL), "DATA", "503 5.5.1"),
]  # fmt: skip


@pytest.mark.parametrize("case", LMTP_CASES)
def test_lmtp_does_what_its_rfc_says(serve, case):
    client = serve(lmtp=True, **case.policy).connect()

    assert answer(client, case.before, case.command).status == case.expected


# ------------------------------------------------------------ what EHLO announces


@pytest.fixture
def everything(serve):
    return serve(tls="starttls", credentials=ADA, xclient=True)


def names(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines]


def test_at_least_12_extensions_are_advertised(serve):
    served = serve(tls="starttls", credentials=ADA)
    before = names(served.connect().ehlo())
    after = names(served.connect_tls().ehlo())

    assert set(before) | {"REQUIRETLS"} == set(EXTENSIONS) - {"XCLIENT"} | {"HELP"}
    assert len(before) - 1 == len(after) - 1 == 12


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_can_be_hidden(serve, everything, name):
    hidden = serve(tls="starttls", credentials=ADA, xclient=True, extensions=frozenset(EXTENSIONS) - {name})

    if name == "REQUIRETLS":
        shown, left = everything.connect_tls().ehlo(), hidden.connect_tls().ehlo()
    else:
        shown, left = everything.connect().ehlo(), hidden.connect().ehlo()

    assert name in names(shown)
    assert name not in names(left)


def test_all_extensions_can_be_hidden(serve):
    served = serve(tls="starttls", credentials=ADA, extensions=frozenset())

    assert served.connect().ehlo() == ["HELP"]


@pytest.mark.parametrize(
    ("name", "before", "command", "expected"),
    [
        ("SIZE", (EHLO,), MAIL + " SIZE=1", "555 5.5.4"),
        ("8BITMIME", (EHLO,), MAIL + " BODY=8BITMIME", "555 5.5.4"),
        ("BINARYMIME", (EHLO,), MAIL + " BODY=BINARYMIME", "555 5.5.4"),
        ("SMTPUTF8", (EHLO,), MAIL + " SMTPUTF8", "555 5.5.4"),
        ("DSN", (EHLO,), MAIL + " RET=FULL", "555 5.5.4"),
        ("DSN", (EHLO, MAIL), RCPT + " NOTIFY=NEVER", "555 5.5.4"),
        ("MT-PRIORITY", (EHLO,), MAIL + " MT-PRIORITY=1", "555 5.5.4"),
        ("AUTH", (EHLO,), MAIL + " AUTH=<>", "555 5.5.4"),
        ("AUTH", (EHLO,), AUTH, "502 5.5.1"),
        ("STARTTLS", (EHLO,), "STARTTLS", "502 5.5.1"),
        ("XCLIENT", (EHLO,), "XCLIENT ADDR=192.0.2.1", "502 5.5.1"),
        ("CHUNKING", BEGUN, "BDAT 0 LAST", "502 5.5.1"),
    ],
)
def test_what_is_hidden_is_refused(serve, name, before, command, expected):
    extensions = frozenset(EXTENSIONS) - {name}
    client = serve(tls="starttls", credentials=ADA, xclient=True, extensions=extensions).connect()

    assert answer(client, before, command).status == expected


def test_announcements_carry_their_values(serve):
    lines = serve(max_size=1000, max_recipients=7, credentials=ADA, mechanisms=("PLAIN",)).connect().ehlo()

    assert {"SIZE 1000", "LIMITS RCPTMAX=7", "AUTH PLAIN"} <= set(lines)


# ------------------------------------------------- PIPELINING, ENHANCEDSTATUSCODES

DIALOGUE = (
    EHLO, MAIL, RCPT, "RCPT TO:<>", "FOO", "VRFY x", "EXPN x", "HELP", "NOOP", "MAIL FROM:<x>",
    "DATA", "hi\r\n.", "DATA", "RSET", "AUTH PLAIN", "*", "AUTH NTLM", "STARTTLS x", "QUIT",
)  # fmt: skip


def test_pipelined_commands_are_answered_in_order(everything):
    client = everything.connect()
    client.send("".join(line + "\r\n" for line in DIALOGUE).encode())
    pipelined = [client.reply().code for _ in DIALOGUE]
    client = everything.connect()

    assert pipelined == [client.say(line).code for line in DIALOGUE]


def test_every_reply_has_an_enhanced_code_of_its_class(everything):
    """RFC 2034 §3: each reply of 2xx, 4xx and 5xx but the greeting and EHLO's."""
    client = everything.connect()
    client.ehlo()

    for line in DIALOGUE[1:]:
        reply = client.say(line)
        if reply.code in (334, 354):
            assert reply.enhanced == ""
        else:
            assert reply.enhanced[:1] == str(reply.code)[0], (line, reply)


def test_no_reply_has_an_enhanced_code_where_that_is_hidden(serve):
    extensions = frozenset(EXTENSIONS) - {"ENHANCEDSTATUSCODES"}
    client = serve(tls="starttls", credentials=ADA, extensions=extensions).connect()

    assert [client.say(line).enhanced for line in DIALOGUE] == [""] * len(DIALOGUE)


def test_a_reply_of_several_lines_has_its_code_on_each(serve):
    client = serve().connect()
    client.send(b"EHLO x\r\nQUIT\r\n")
    lines = client.rest().decode().split("\r\n")

    assert [line[:4] for line in lines] == ["250-"] * (len(lines) - 3) + ["250 ", "221 ", ""]


# ----------------------------------------------- what is kept, and how it is answered


def test_dsn_parameters_are_kept_as_written_with_whom_they_belong_to(serve):
    """RFC 3461 §4: xtext and addresses keep their case."""
    served = serve()
    client = served.connect()
    client.ehlo()
    client.say(MAIL + " RET=FULL ENVID=AbC+3Dd")
    client.say(RCPT + " NOTIFY=FAILURE ORCPT=rfc822;Ada@Example.Org")
    client.say("RCPT TO:<bob@example.org> NOTIFY=NEVER")
    client.data(b"hi\r\n")
    envelope = served.message().envelope

    assert [str(p) for p in envelope.parameters] == ["RET=FULL", "ENVID=AbC+3Dd"]
    assert [[str(p) for p in r.parameters] for r in envelope.recipients] == [
        ["NOTIFY=FAILURE", "ORCPT=rfc822;Ada@Example.Org"],
        ["NOTIFY=NEVER"],
    ]


def test_chunks_may_be_pipelined_and_the_last_may_be_empty(serve):
    """RFC 3030 §2 and §4.2."""
    served = serve()
    client = served.connect()
    client.begin(parameters="BODY=BINARYMIME")
    client.send(b"BDAT 3\r\n\0\r\nBDAT 4\r\n.\n\r.BDAT 0 LAST\r\n")

    assert [client.reply().code for _ in range(3)] == [250] * 3
    assert served.message().content == b"\0\r\n.\n\r."


def test_after_a_chunk_was_refused_only_rset_helps(serve):
    """RFC 3030 §2: BDAT after one that failed is a bad sequence until RSET."""
    client = serve(max_size=4).connect()
    client.begin()
    client.send(b"BDAT 5\r\nhelloBDAT 1\r\nxBDAT 0 LAST\r\nRSET\r\n")

    assert [client.reply().status for _ in range(4)] == ["552 5.3.4", "503 5.5.1", "503 5.5.1", "250 2.0.0"]


def test_lmtp_answers_for_each_recipient_that_was_accepted(serve):
    """RFC 2033 §4.2: in the order of the RCPT commands, and none for those that were refused."""
    client = serve(lmtp=True, **KNOWN_USERS).connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "bob@example.org", "ada@example.org")
    client.send(b"DATA\r\nhi\r\n.\r\nNOOP\r\n")

    assert [client.reply().code for _ in range(4)] == [354, 250, 250, 250]
    assert client.say("QUIT").code == 221


# -------------------------------------------------------------------------- PROXY

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n"
V2 = SIGNATURE + struct.pack("!BBH4B4BHH", 0x21, 0x11, 12, 192, 0, 2, 1, 198, 51, 100, 7, 40000, 25)
HEADERS = pytest.mark.parametrize("header", [V1, V2], ids=["version 1", "version 2"])


@HEADERS
@pytest.mark.parametrize("tls", ["none", "starttls"])
def test_a_proxy_header_goes_with_plain_and_starttls(serve, header, tls):
    served = serve(tls=tls, proxy=True)
    client = served.connect(first=header)
    if tls == "starttls":
        client.say("STARTTLS")
        client.starttls(served.trust())
    client.begin()
    client.data(b"hi\r\n")

    assert str(served.message().peer) == "192.0.2.1:40000"


@HEADERS
def test_a_proxy_header_goes_with_implicit_tls(serve, header):
    served = serve(tls="implicit", proxy=True)
    client = served.connect(first=header)
    client.begin()
    client.data(b"hi\r\n")

    assert str(served.message().peer) == "192.0.2.1:40000"
    assert served.message().tls.mode == "implicit"


@HEADERS
def test_a_proxy_header_and_the_client_hello_may_come_in_one_segment(serve, header):
    served = serve(tls="implicit", proxy=True)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = served.trust().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    client = served.connect(tls=None, greet=False, first=header + outgoing.read())
    greeting = b""
    while not greeting:
        incoming.write(client.socket.recv(65536))
        try:
            tls.do_handshake()
            client.send(outgoing.read())
            greeting = tls.read(100)
        except ssl.SSLWantReadError:
            client.send(outgoing.read())

    assert greeting.startswith(b"220 mailsink")


def test_a_proxy_may_speak_for_itself(serve):
    client = serve(proxy=True).connect(first=SIGNATURE + b"\x20\x00\x00\x00")

    assert client.greeting.code == 220
