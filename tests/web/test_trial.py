from __future__ import annotations

import socket

import pytest
import trustme

from mailsink import Sink
from mailsink.policy import Credentials, Policy, RecipientRule
from mailsink.smtp.tls import Certificates
from mailsink_web import trial
from mailsink_web.trial import send_test_mail

KNOWN = Credentials(users={"ada": "secret"})


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(credentials=KNOWN, require_auth=True),
        Policy(credentials=Credentials(anyone=True), require_auth=True),
        Policy(recipients=(RecipientRule("*@shop.example", "accept"),), closed=True),
    ],
    ids=["open", "known", "anyone", "closed"],
)
def test_the_mail_comes_as_the_listener_asks_for(sink, tls, policy):
    listener = sink.listen(tls=tls, inbox="tried", policy=policy)

    tried = send_test_mail(listener)

    assert tried.trouble == ""
    message = sink.inboxes["tried"].get("latest")
    assert message.parsed.message_id == tried.field
    assert (message.tls is not None) == (tls != "none")
    assert (message.auth is not None) == policy.require_auth
    assert sink.sessions.get(message.session_id).peer.port == tried.port


def test_a_certificate_out_of_a_file_is_trusted_whomever_it_is_made_out_for(tmp_path):
    issued = trustme.CA().issue_cert("mail.example.org")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "cert.pem")
    with Sink(certificates=Certificates(cert_file=str(tmp_path / "cert.pem"))) as sink:
        assert send_test_mail(sink.listen(tls="implicit")).trouble == ""


def test_it_has_something_for_every_view(sink):
    send_test_mail(sink.listeners[0])

    message = sink.inbox.get("latest")
    assert [code.value for code in message.codes] == ["482913"]
    assert [link.url for link in message.links] == ["https://shop.example/confirm?token=8f3c1e77"]
    assert [file.filename for file in message.parsed.attachments] == ["order.csv"]


def test_lmtp_is_spoken_where_it_is(sink):
    listener = sink.listen(policy=Policy(lmtp=True))

    assert send_test_mail(listener).trouble == ""
    assert sink.sessions.list()[0].greeting_verb == "LHLO"


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"stage": "connect", "reply": "421 4.3.2 Later"}, "answered the connection with 421 4.3.2 Later."),
        ({"stage": "rcpt", "reply": "452 4.2.2 Mailbox full"}, "answered RCPT with 452 4.2.2 Mailbox full."),
        ({"stage": "data", "reply": "554 5.7.1 No"}, "answered the content with 554 5.7.1 No."),
        ({"stage": "mail", "close": True}, "closed the connection instead of answering MAIL."),
    ],
    ids=["connect", "rcpt", "data", "close"],
)
def test_what_was_in_its_way_is_said_in_a_sentence(sink, fault, sentence):
    sink.inbox.faults.add(**fault)

    listener = sink.listeners[0]

    assert send_test_mail(listener).trouble == f"{listener.address} {sentence}"


def test_who_does_not_answer_is_not_waited_for_for_ever(sink, monkeypatch):
    monkeypatch.setattr(trial, "TIMEOUT", 0.2)
    sink.inbox.faults.add(stage="rcpt", stall=True)

    assert send_test_mail(sink.listeners[0]).trouble.endswith("did not answer RCPT within 0 s.")


def test_a_listener_behind_a_proxy_is_not_tried(sink):
    listener = sink.listen(policy=Policy(proxy=True))

    assert send_test_mail(listener).trouble.startswith(f"{listener.address} expects the header of a proxy")


def test_a_mechanism_that_it_does_not_know_is_named(sink):
    policy = Policy(credentials=KNOWN, require_auth=True, mechanisms=("SCRAM-SHA-256",))

    trouble = send_test_mail(sink.listen(policy=policy)).trouble

    assert trouble.endswith("cannot be sent to, at AUTH: No suitable authentication method found.")


def test_a_closed_port_is_named(sink):
    listener = sink.listeners[0]
    listener.close()

    tried = send_test_mail(listener)

    assert "cannot be sent to, at the connection: " in tried.trouble
    assert tried.port == 0


def test_no_name_is_looked_up(sink, monkeypatch):
    def refuse(*_):
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getfqdn", refuse)

    assert send_test_mail(sink.listeners[0]).trouble == ""
