from __future__ import annotations

import smtplib
import ssl
from typing import get_args

import pytest
from sending import raw, send

from mailsink.errors import ConfigError
from mailsink.testing import OK, ReplyStage, Stage


def at(mailsink) -> tuple[str, int]:
    return mailsink.host, mailsink.port


def reply(mailsink, **words) -> tuple[int, bytes]:
    """What a try to send is answered; 250 where it goes well."""
    try:
        send(at(mailsink), **words)
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return error.smtp_code, error.smtp_error
    return 250, b""


def codes(mailsink, number: int, **words) -> list[int]:
    return [reply(mailsink, **words)[0] for _ in range(number)]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
def test_a_stage_is_answered_so_often(mailsink, stage):
    fault = mailsink.fail(stage, "451 4.3.0 Later", times=2)

    assert codes(mailsink, 3) == [451, 451, 250]
    assert fault.hits == 2


def test_each_stage_that_type_checkers_know_is_taken(mailsink):
    for stage in get_args(ReplyStage):
        mailsink.fail(stage)
        mailsink.script(stage, ["451 4.3.0 Later", OK])
    for stage in get_args(Stage):
        mailsink.drop(stage)
        mailsink.delay(stage, 0.1)

    assert len(mailsink.planned) == 2 * (len(get_args(ReplyStage)) + len(get_args(Stage)))


@pytest.mark.parametrize("stage", ["connect", "ehlo", "quit"])
def test_stages_outside_of_a_transaction_fail_too(mailsink, stage):
    fault = mailsink.fail(stage, "421 4.3.2 Closing")

    with raw(at(mailsink)) as client:
        said = {"connect": client.reply()}
        if stage != "connect":
            said["ehlo"] = client.ask(b"EHLO client.example.org")
        if stage == "quit":
            said["quit"] = client.ask(b"QUIT")

    assert said[stage] == b"421 4.3.2 Closing\r\n"
    assert fault.hits == 1


def test_the_reply_is_that_of_a_server_in_trouble_unless_given(mailsink):
    mailsink.fail("mail")

    assert reply(mailsink) == (451, b"4.3.0 Try again later")


def test_the_nth_alone_fails(mailsink):
    mailsink.fail("mail", nth=2)

    assert codes(mailsink, 3) == [250, 451, 250]


def test_one_recipient_fails_and_one_sender(mailsink):
    mailsink.fail("rcpt", "550 5.1.1 unknown user", rcpt="gone@*")
    mailsink.fail("mail", "550 5.7.1 Not you", sender="spam@example.com")

    assert reply(mailsink, rcpt=["gone@example.org"]) == (550, b"5.1.1 unknown user")
    assert reply(mailsink, sender="spam@example.com") == (550, b"5.7.1 Not you")
    assert reply(mailsink)[0] == 250


def test_a_fault_ends_with_its_block_and_keeps_its_hits(mailsink):
    with mailsink.fail("mail") as fault:
        reply(mailsink)

    assert codes(mailsink, 1) == [250]
    assert fault.hits == 1
    assert repr(fault) == "<Trouble fail('mail', '451 4.3.0 Try again later'): 1 hit>"


@pytest.mark.parametrize("stage", ["connect", "mail", "data", "body"])
def test_a_connection_is_dropped(mailsink, stage):
    fault = mailsink.drop(stage, times=1)

    with pytest.raises((smtplib.SMTPException, OSError)):
        send(at(mailsink))
    send(at(mailsink))

    assert fault.hits == 1
    assert len(mailsink) == 1


def test_a_stage_is_delayed(mailsink):
    fault = mailsink.delay("mail", 0.01)

    send(at(mailsink))

    assert fault.hits == 1
    assert repr(fault) == "<Trouble delay('mail', 0.01): 1 hit>"


def test_content_is_taken_slowly(mailsink):
    fault = mailsink.slow(100_000)

    send(at(mailsink))

    assert (fault.hits, len(mailsink)) == (1, 1)


def test_greylisting_refuses_the_first_try(mailsink):
    mailsink.greylist()

    assert codes(mailsink, 3) == [451, 250, 250]


def test_a_mailbox_is_full(mailsink):
    mailsink.full_mailbox("ada@example.org")
    mailsink.full_mailbox("bob@example.org", permanent=True)

    assert reply(mailsink)[0] == 452
    assert reply(mailsink, rcpt=["bob@example.org"])[0] == 552
    assert reply(mailsink, rcpt=["zoe@example.org"])[0] == 250


def test_too_many_mails_are_refused(mailsink):
    mailsink.rate_limit(2)

    assert codes(mailsink, 4) == [250, 250, 450, 450]


def test_a_script_answers_try_by_try(mailsink):
    script = mailsink.script("data", ["451 4.3.0 One", OK, "452 4.2.2 Two", "451 4.3.0 Three", OK])

    assert codes(mailsink, 6) == [451, 250, 452, 451, 250, 250]
    assert script.hits == 3


@pytest.mark.parametrize("kind", ["expired", "wrong_host", "self_signed"])
def test_a_certificate_is_bad(mailsink, kind):
    fault = mailsink.bad_certificate(kind)
    context = ssl.create_default_context(cafile=mailsink.ca_file)

    with smtplib.SMTP(*at(mailsink), timeout=10) as client, pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=context)

    assert fault.hits == 1


def test_when_the_bad_certificate_is_gone_the_good_one_is_shown(mailsink):
    mailsink.bad_certificate("expired").remove()
    context = ssl.create_default_context(cafile=mailsink.ca_file)

    with smtplib.SMTP(*at(mailsink), timeout=10) as client:
        assert client.starttls(context=context)[0] == 220


def test_faults_of_one_server_leave_another_alone(server, mailsink):
    mailsink.fail("mail")

    with server.open("other") as other:
        assert reply(other)[0] == 250


# --- what is refused

LATER = "451 4.3.0 Try again later"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda m: m.fail("mail", "451 Later", times=1, nth=2),
            "fail('mail', '451 Later'): times=1 and nth=2 exclude each other; give one of them",
        ),
        (lambda m: m.drop("mail", nth=0), "drop('mail'): nth=0 is wrong; it is a whole number from 1 on"),
        (
            lambda m: m.delay("mail", 1, times=-1),
            "delay('mail', 1): times=-1 is wrong; it is a whole number from 1 on",
        ),
        (
            lambda m: m.fail("dtaa", "451 Later"),
            (
                "fault fail('dtaa', '451 Later'): the stage 'dtaa' is not known; known are any, "
                "connect, banner, handshake, ehlo, starttls, auth, mail, rcpt, data, body, dot, stored, "
                "rset, noop, quit"
            ),
        ),
        (
            lambda m: m.fail("mail", rcpt="ada@example.org"),
            (
                "fault fail('mail', '451 4.3.0 Try again later'): rcpt is not known at the stage 'mail'; "
                "it is at rcpt, data, body, dot, stored"
            ),
        ),
        (
            lambda m: m.bad_certificate("old"),
            "bad_certificate('old'): not known; known are expired, wrong_host, self_signed, unknown_ca",
        ),
        (
            lambda m: m.fail("mail", times="2"),
            f"fail('mail', '{LATER}'): times='2' is wrong; it is a whole number from 1 on",
        ),
        (
            lambda m: m.delay("mail", "1"),
            "fault delay('mail', '1'): delay '1' is wrong; it is a number of seconds from 0 to 86400",
        ),
        (
            lambda m: m.slow("fast"),
            (
                "fault slow('fast'): throttle 'fast' is wrong; it is a number of octets a second above 0; "
                "to take none at all, use stall"
            ),
        ),
        (lambda m: m.greylist("1"), "greylist('1'): seconds '1' is wrong; it is a number from 0 on"),
        (lambda m: m.rate_limit("3"), "rate_limit('3'): count '3' is wrong; it is a whole number from 0 on"),
        (lambda m: m.full_mailbox(3), "full_mailbox(3): rcpt 3 is wrong; it is a text"),
        (
            lambda m: m.script("rcpt", LATER),
            f"script('rcpt', '{LATER}'): give a list of replies, such as ['451 4.3.0 Later', OK]",
        ),
        (
            lambda m: m.script("rcpt", []),
            "script('rcpt', []): give a list of replies, such as ['451 4.3.0 Later', OK]",
        ),
    ],
)
def test_what_cannot_be_is_refused(mailsink, call, text):
    with pytest.raises(ConfigError) as caught:
        call(mailsink)

    assert str(caught.value) == text
    assert mailsink.planned == []
