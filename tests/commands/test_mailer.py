from __future__ import annotations

import socket

import pytest

from mailsink import Credentials, Policy, Sink
from mailsink.commands.mailer import NO_SERVICE, NO_USER, TRY_LATER, deliver, host_name
from mailsink.commands.output import CommandError
from mailsink.commands.place import SendTo

MAIL = b"Subject: Hello\n\nHi\n"


def at(listener, **more):
    return SendTo(listener.host, listener.port, **more)


def test_line_ends_become_crlf(sink):
    deliver(MAIL, sender="", rcpts=["ada@example.org"], to=at(sink))

    message = sink.inbox.expect(sender="")
    assert message.content == b"Subject: Hello\r\n\r\nHi\r\n"


def test_what_the_content_and_paths_need_is_asked_for(sink):
    deliver(
        "Subject: é\n\nHi\n".encode(),
        sender="é@example.org",
        rcpts=["a@example.org"],
        to=at(sink),
        notify="NEVER",
    )

    envelope = sink.inbox.expect().envelope
    assert (envelope.body, envelope.smtputf8) == ("8BITMIME", True)
    assert str(envelope.recipients[0].parameters[0]) == "NOTIFY=NEVER"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_is_spoken_and_checked(sink, tls):
    listener = sink.listen(tls=tls)
    ca = sink.certificates.ca_pem().decode()

    deliver(MAIL, sender="", rcpts=["a@example.org"], to=at(listener, tls=tls, ca=ca))
    with pytest.raises(CommandError, match="certificate verify failed"):
        deliver(MAIL, sender="", rcpts=["a@example.org"], to=at(listener, tls=tls))

    assert sink.inbox.expect(tls=tls)


@pytest.mark.parametrize(
    ("rule", "code", "sentence"),
    [
        (
            {"stage": "rcpt", "reply": "550 5.1.1 Unknown"},
            NO_USER,
            "<a@example.org> was answered 550 5.1.1 Unknown",
        ),
        (
            {"stage": "rcpt", "reply": "450 4.2.0 Later"},
            TRY_LATER,
            "<a@example.org> was answered 450 4.2.0 Later",
        ),
        ({"stage": "mail", "reply": "452 4.3.1 Full"}, TRY_LATER, "452 4.3.1 Full"),
        ({"stage": "dot", "reply": "554 5.6.0 No"}, NO_SERVICE, "554 5.6.0 No"),
        ({"stage": "data", "reset": True}, TRY_LATER, ""),
    ],
)
def test_a_refusal_is_said_with_whether_to_try_again(sink, rule, code, sentence):
    sink.inbox.faults.add(**rule)

    with pytest.raises(CommandError) as error:
        deliver(MAIL, sender="", rcpts=["a@example.org"], to=at(sink))

    assert error.value.code == code
    assert sentence in str(error.value)


def test_one_refused_recipient_is_said_and_the_other_gets_it(sink):
    sink.inbox.faults.add(stage="rcpt", rcpt="gone@*", reply="550 5.1.1 Unknown")

    with pytest.raises(CommandError, match=r"<gone@example\.org> was answered 550"):
        deliver(MAIL, sender="", rcpts=["a@example.org", "gone@example.org"], to=at(sink))

    assert sink.inbox.expect(rcpt="a@example.org")


def test_it_logs_in():
    policy = Policy(credentials=Credentials(users={"ada": "s3cret"}), require_auth=True)
    with Sink(policy=policy) as sink:
        deliver(MAIL, sender="", rcpts=["a@example.org"], to=at(sink), login=("ada", "s3cret"))
        with pytest.raises(CommandError, match="535"):
            deliver(MAIL, sender="", rcpts=["a@example.org"], to=at(sink), login=("ada", "no"))

        assert sink.inbox.expect(auth_user="ada")


def test_nobody_there_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(CommandError, match="cannot be reached: Connection refused") as error:
            deliver(MAIL, sender="", rcpts=["a@example.org"], to=SendTo(*taken.getsockname()))

    assert error.value.code == TRY_LATER


def test_the_host_has_a_name():
    assert host_name()
