from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from programs import run
from raw import END, RCPT, SENDER, Raw, base64

from mailsink import Sink
from mailsink.faults import ACTIONS, PAIRS, STAGES
from mailsink.model import Reply, Session
from mailsink.policy import Credentials, RecipientRule

pytestmark = pytest.mark.usefixtures("both_ways")

# Longer than any test: what is only then to come has not come at all.
NEVER = 3600
# Long enough to be told from nothing, by a transcript that was written by one clock.
A_WHILE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How a client comes to a stage: what it says before, what brings the stage about, what it hears then.

    *hears* is a beginning of the reply.
    """

    before: tuple[str, ...] = ()
    says: bytes = b""
    hears: bytes
    greets: bool = True
    more: tuple[tuple[str, int], ...] = ()


_EHLO = "EHLO client.example.org"
_MAIL = f"MAIL FROM:<{SENDER}>"
_RCPT = f"RCPT TO:<{RCPT}>"
_CONTENT = b"Subject: Hello\r\n\r\nHi\r\n.\r\n"
_IN_DATA = (_EHLO, _MAIL, _RCPT, "DATA")
_KEPT = b"250 2.0.0 Kept as "

SCENES = {
    "connect": Scene(hears=b"220 mailsink ESMTP mailsink\r\n", greets=False),
    "banner": Scene(hears=b"220 mailsink ESMTP mailsink\r\n", greets=False),
    "handshake": Scene(before=(_EHLO, "STARTTLS"), hears=b""),
    "ehlo": Scene(says=b"HELO client.example.org\r\n", hears=b"250 mailsink\r\n"),
    "starttls": Scene(before=(_EHLO,), says=b"STARTTLS\r\n", hears=b"220 2.0.0 Begin TLS\r\n"),
    "auth": Scene(
        before=(_EHLO,),
        says=b"AUTH PLAIN %s\r\n" % base64("", "ada", "s3cret").encode(),
        hears=b"235 2.7.0 Authenticated\r\n",
    ),
    "mail": Scene(before=(_EHLO,), says=_MAIL.encode() + b"\r\n", hears=b"250 2.1.0 Sender OK\r\n"),
    "rcpt": Scene(before=(_EHLO, _MAIL), says=_RCPT.encode() + b"\r\n", hears=b"250 2.1.5 Recipient OK\r\n"),
    "data": Scene(
        before=(_EHLO, _MAIL, _RCPT),
        says=b"DATA\r\n",
        hears=b"354 Send the content; end it with <CRLF>.<CRLF>\r\n",
    ),
    "body": Scene(before=_IN_DATA, says=_CONTENT, hears=_KEPT, more=(("after", 2),)),
    "dot": Scene(before=_IN_DATA, says=_CONTENT, hears=_KEPT),
    "stored": Scene(before=_IN_DATA, says=_CONTENT, hears=_KEPT),
    "rset": Scene(before=(_EHLO, _MAIL), says=b"RSET\r\n", hears=b"250 2.0.0 Flushed\r\n"),
    "noop": Scene(says=b"NOOP\r\n", hears=b"250 2.0.0 OK\r\n"),
    "quit": Scene(says=b"QUIT\r\n", hears=b"221 2.0.0 mailsink closes\r\n"),
}
REFUSED_AT_ONCE = ("connect", "banner")

EXERCISED: set[tuple[str, str]] = set()


def each_stage_of(action: str, *, but: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """Parametrise a test by all stages at which *action* can be had, and remember that they are exercised."""
    stages = [stage for stage in STAGES if (stage, action) in PAIRS and stage not in but]
    EXERCISED.update((stage, action) for stage in stages)
    return pytest.mark.parametrize("stage", stages)


@pytest.fixture
def served(serve):
    return serve(tls="starttls", credentials=Credentials(users={"ada": "s3cret"}))


class Trial:
    """A client at a stage, where a fault is waiting for it."""

    def __init__(self, served, stage: str, **fault):
        self.scene = SCENES[stage]
        self.served = served
        self.handle = served.sink.inbox.faults.add(stage=stage, **dict(self.scene.more), **fault)
        self.client: Raw | None = None

    def begin(self) -> Trial:
        self.client = self.served.connect(greet=self.scene.greets)
        for command in self.scene.before:
            self.client.say(command)
        self.client.send(self.scene.says)
        return self

    def hear(self) -> bytes:
        """What comes next, in one piece; ``b""`` is the end. Raises what the socket raises."""
        return self.client.socket.recv(65536)

    def hear_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n"):
            octets = self.hear()
            assert octets, f"the connection ended after {line!r}"
            line += octets
        return line

    def end(self) -> Session:
        """The session, once it is over. The rule must have fired once, and be told in the transcript."""
        if self.client is not None:
            self.client.close()
        session = self.served.ended()
        assert self.handle.hits == 1
        assert faults_in(session) == [f"Fault {self.handle.rule.id} fired: {self.handle.rule.fault}."]
        return session


def faults_in(session: Session) -> list[str]:
    return [entry.text for entry in session.transcript if entry.kind == "fault"]


def said(session: Session) -> list[str]:
    """The server's lines."""
    return [entry.text for entry in session.transcript if entry.kind == "server"]


def said_since(session: Session) -> list[str]:
    """The server's lines since the fault."""
    entries = session.transcript
    (place,) = (i for i, entry in enumerate(entries) if entry.kind == "fault")
    return [entry.text for entry in entries[place:] if entry.kind == "server"]


def test_every_pair_is_exercised():
    assert EXERCISED == PAIRS
    assert {action for _, action in EXERCISED} == set(ACTIONS)


# ------------------------------------------------------------ every pair, plainly


@each_stage_of("reply")
def test_a_refusal_is_said_as_it_stands(served, stage):
    trial = Trial(served, stage, reply="451 4.3.0 Not now").begin()

    assert trial.hear_line() == b"451 4.3.0 Not now\r\n"
    if stage in REFUSED_AT_ONCE:
        assert trial.hear() == b""
    else:
        assert trial.client.say("HELP").code == 214
    session = trial.end()
    assert said_since(session)[0] == "451 4.3.0 Not now"
    if stage in REFUSED_AT_ONCE:
        assert session.end == f"A fault refused the connection at {stage}."


@each_stage_of("reply", but=("connect",))
def test_a_positive_reply_changes_the_words_alone(served, stage):
    trial = Trial(served, stage, reply="250 2.9.9 In other words").begin()

    assert trial.hear_line() == b"250 2.9.9 In other words\r\n"
    session = (AFTERWARDS.get(stage) or go_on)(trial)
    assert said_since(session)[0] == "250 2.9.9 In other words"


def go_on(trial: Trial) -> Session:
    assert trial.client.say("HELP").code == 214
    return trial.end()


def go_on_with_tls(trial: Trial) -> Session:
    trial.client.starttls(trial.served.trust())
    session = go_on(trial)
    assert session.tls is not None
    return session


def go_on_authenticated(trial: Trial) -> Session:
    session = go_on(trial)
    assert session.auth is not None
    return session


def go_on_with_the_transaction(trial: Trial) -> Session:
    for command in (_EHLO, _MAIL, _RCPT)[len(trial.scene.before) + 1 :]:
        assert trial.client.say(command).code == 250
    assert trial.client.data(b"hi\r\n").code == 250
    return kept(trial)


def go_on_with_the_content(trial: Trial) -> Session:
    trial.client.send(b"hi\r\n.\r\n")
    assert trial.hear_line().startswith(_KEPT)
    return kept(trial)


def kept(trial: Trial) -> Session:
    session = go_on(trial)
    assert session.transactions[-1].message_id == trial.served.message().id
    return session


def no_transaction(trial: Trial) -> Session:
    assert trial.client.say(_RCPT).code == 503
    return go_on(trial)


def over(trial: Trial) -> Session:
    assert trial.hear() == b""
    session = trial.end()
    assert session.end == "The client said QUIT."
    return session


AFTERWARDS: dict[str, Callable[[Trial], Session]] = {
    "starttls": go_on_with_tls,
    "auth": go_on_authenticated,
    "mail": go_on_with_the_transaction,
    "rcpt": go_on_with_the_transaction,
    "data": go_on_with_the_content,
    "dot": kept,
    "stored": kept,
    "rset": no_transaction,
    "quit": over,
}


@each_stage_of("reply")
def test_a_421_ends_the_session(served, stage):
    trial = Trial(served, stage, reply="421 4.3.2 Going down").begin()

    assert trial.hear_line() == b"421 4.3.2 Going down\r\n"
    assert trial.hear() == b""
    assert trial.end().end.startswith("A fault ")


@each_stage_of("delay")
def test_after_a_delay_all_goes_on(served, stage):
    trial = Trial(served, stage, delay=A_WHILE).begin()

    if stage == "handshake":
        trial.client.starttls(served.trust())
        assert trial.client.say("HELP").code == 214
    else:
        assert trial.hear_line().startswith(trial.scene.hears)
    session = trial.end()
    fault, after = fault_and_next(session)
    assert after.at - fault.at >= A_WHILE


def fault_and_next(session: Session):
    """The fault and what is told next; not the content, which is told when it has ended."""
    entries = [entry for entry in session.transcript if entry.kind != "content"]
    (place,) = (i for i, entry in enumerate(entries) if entry.kind == "fault")
    return entries[place], entries[place + 1]


@each_stage_of("stall")
def test_a_stalled_session_says_nothing_until_the_client_gives_up(served, stage):
    trial = Trial(served, stage, stall=True).begin()

    assert_silent(trial)
    session = trial.end()
    assert session.end == "A fault stalled the session until the client gave up."
    assert said_since(session) == []


def assert_silent(trial: Trial) -> None:
    trial.client.socket.settimeout(A_WHILE)
    with pytest.raises(TimeoutError):
        trial.hear()


@each_stage_of("close")
def test_a_closed_connection_ends_in_order(served, stage):
    trial = Trial(served, stage, close=True).begin()

    assert trial.hear() == b""
    session = trial.end()
    assert session.end == "A fault closed the connection."
    assert said_since(session) == []


@each_stage_of("reset")
def test_a_reset_connection_breaks(served, stage):
    trial = Trial(served, stage, reset=True)

    with pytest.raises(ConnectionResetError):
        # It may come as early as in connect().
        trial.begin().hear()
    session = trial.end()
    assert session.end == "A fault reset the connection."
    assert said_since(session) == []


@each_stage_of("half_close")
def test_after_a_half_close_the_client_may_still_speak(served, stage):
    trial = Trial(served, stage, half_close=True).begin()

    assert trial.hear_line().startswith(trial.scene.hears)
    assert trial.hear() == b""
    trial.client.send(b"hi\r\n.\r\nQUIT\r\n" if stage == "data" else b"QUIT\r\n")
    session = served.ended()
    assert session.end == "The client said QUIT."
    assert "Nobody was there to hear: 221 2.0.0 mailsink closes" in [e.text for e in session.transcript]
    trial.end()


@each_stage_of("malformed")
def test_a_malformed_reply_is_no_reply(served, stage):
    trial = Trial(served, stage, malformed=True).begin()

    assert trial.hear_line() == b"this line is not an SMTP reply\r\n"
    assert said_since(trial.end())[0] == "this line is not an SMTP reply"


@each_stage_of("split")
def test_a_split_reply_comes_in_two_segments(served, stage):
    trial = Trial(served, stage, split=NEVER).begin()

    first = trial.hear()
    assert_silent(trial)
    # Who says that nothing more will come from there is answered at once.
    trial.client.socket.shutdown(socket.SHUT_WR)
    trial.client.socket.settimeout(10)
    second = trial.client.rest()
    assert (first + second).startswith(trial.scene.hears)
    assert len(first) == (len(first) + len(second)) // 2
    session = trial.end()
    assert said_since(session)[0].encode() == (first + second).removesuffix(b"\r\n")


@each_stage_of("dribble")
def test_a_dribbled_reply_comes_octet_by_octet(served, stage):
    trial = Trial(served, stage, dribble=NEVER).begin()

    first = trial.hear()
    assert first == trial.scene.hears[:1]
    assert_silent(trial)
    trial.client.socket.shutdown(socket.SHUT_WR)
    trial.client.socket.settimeout(10)
    reply = first + trial.client.rest()
    assert reply.startswith(trial.scene.hears)
    assert said_since(trial.end())[0].encode() == reply.removesuffix(b"\r\n")


@each_stage_of("throttle")
def test_throttled_content_is_taken_at_its_rate(served, stage):
    trial = Trial(served, stage, throttle=100).begin()

    assert trial.hear_line().startswith(_KEPT)
    session = trial.end()
    fault, after = fault_and_next(session)
    # After the first 2 octets, each 10 but the last are waited for.
    assert after.at - fault.at >= 0.01 * (len(_CONTENT) - 2 - 10)
    assert served.message().content == _CONTENT.removesuffix(b".\r\n")


@each_stage_of("lose")
def test_a_lost_message_is_answered_and_not_kept(served, stage):
    trial = Trial(served, stage, lose=True).begin()

    assert trial.hear_line().startswith(_KEPT)
    (transaction,) = go_on(trial).transactions
    assert (transaction.reply.code, transaction.message_id) == (250, "")
    assert transaction.faults == (trial.handle.rule.id,)
    assert transaction.digest
    assert served.messages() == []


@each_stage_of("hide")
def test_a_hidden_extension_is_neither_offered_nor_there(served, stage):
    handle = served.sink.inbox.faults.add(stage=stage, hide="size")
    client = served.connect()

    assert not [line for line in client.ehlo() if line.startswith("SIZE")]
    assert client.say(f"{_MAIL} SIZE=10").status == "555 5.5.4"
    client.close()
    assert faults_in(served.ended()) == [f"Fault {handle.rule.id} fired: hide size."]


@each_stage_of("add")
def test_an_added_extension_is_offered_and_no_more(served, stage):
    handle = served.sink.inbox.faults.add(stage=stage, add="X-EXAMPLE 1 2")
    client = served.connect()

    assert "X-EXAMPLE 1 2" in client.ehlo()
    client.close()
    session = served.ended()
    assert faults_in(session) == [f"Fault {handle.rule.id} fired: add X-EXAMPLE 1 2."]
    assert "250-X-EXAMPLE 1 2" in said(session)


# The trouble, and what a client that verifies says to it.
TROUBLES = {
    "expired": "certificate has expired",
    "wrong_host": "not valid for 'localhost'",
    "unknown_ca": "unable to get local issuer certificate",
    "old_version": "ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|legacy sigalg",
    "garbage": "WRONG_VERSION_NUMBER",
}


@each_stage_of("tls")
@pytest.mark.parametrize("mode", ["starttls", "implicit"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_client_that_verifies_refuses_broken_tls(serve, stage, mode, trouble):
    served = serve(tls=mode)
    handle = served.sink.inbox.faults.add(stage=stage, tls=trouble)
    client = served.connect(tls=None, greet=mode == "starttls")
    if mode == "starttls":
        client.say("STARTTLS")

    with pytest.raises(ssl.SSLError, match=TROUBLES[trouble]):
        client.starttls(served.trust())
    client.close()
    session = served.ended()
    assert faults_in(session) == [f"Fault {handle.rule.id} fired: tls {trouble}."]
    assert session.tls is None
    assert "handshake" in session.end


# --------------------------------------------------------- what holds afterwards


def test_a_refused_mail_leaves_no_transaction_and_is_remembered(served):
    handle = served.sink.inbox.faults.add(stage="mail", reply="451 4.3.0 Later", times=1)
    client = served.connect()
    client.ehlo()

    assert client.say(_MAIL).status == "451 4.3.0"
    assert client.say(_RCPT).status == "503 5.5.1"
    assert client.mail().status == "250 2.1.5"
    assert client.data(b"hi\r\n").code == 250
    client.say("QUIT")
    refused, captured = served.ended().transactions
    assert (str(refused.reply), refused.faults) == ("451 4.3.0 Later", (handle.rule.id,))
    assert (captured.reply.code, captured.faults) == (250, ())


@pytest.mark.parametrize("fault", ["reset", "close"])
def test_a_transaction_that_broke_at_its_beginning_is_remembered(served, fault):
    handle = served.sink.inbox.faults.add(stage="mail", **{fault: True})
    client = served.connect()
    client.ehlo()
    client.send(_MAIL.encode() + b"\r\n")
    client.reply()
    (transaction,) = served.ended().transactions

    assert transaction.envelope.reverse_path == SENDER
    assert (transaction.reply, transaction.faults) == (None, (handle.rule.id,))


def test_a_refused_recipient_is_in_the_envelope_with_its_reply_and_fault(served):
    handle = served.sink.inbox.faults.add(stage="rcpt", rcpt="bob@*", reply="452 4.2.2 Full")
    client = served.connect()
    client.begin("bob@example.org", "ada@example.org")
    client.data(b"hi\r\n")
    bob, ada = served.message().envelope.recipients

    assert (bob.path, str(bob.reply), bob.fault) == ("bob@example.org", "452 4.2.2 Full", handle.rule.id)
    assert (ada.path, ada.reply.code, ada.fault) == ("ada@example.org", 250, "")
    assert served.message().envelope.forward_paths == ("ada@example.org",)
    assert served.message().faults == (handle.rule.id,)


def test_an_accepted_recipient_has_the_words_that_it_was_told(served):
    handle = served.sink.inbox.faults.add(stage="rcpt", reply="251 2.1.5 Will forward")
    client = served.connect()
    client.begin()
    client.data(b"hi\r\n")
    (ada,) = served.message().envelope.recipients

    assert (str(ada.reply), ada.fault) == ("251 2.1.5 Will forward", handle.rule.id)


def test_other_words_do_not_turn_a_refusal_into_a_yes(serve):
    rule = RecipientRule("bob@example.org", "reject", Reply(550, "No such user", "5.1.1"))
    served = serve(recipients=(rule,))
    served.sink.inbox.faults.add(stage="rcpt", reply="250 2.1.5 Gladly")
    client = served.connect()

    assert client.begin("bob@example.org").status == "550 5.1.1"


def test_after_a_refused_data_the_client_can_begin_anew(served):
    handle = served.sink.inbox.faults.add(stage="data", reply="451 4.3.0 Later", times=1)
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").status == "451 4.3.0"
    assert client.say("RSET").code == 250
    assert client.mail().code == 250
    assert client.data(b"hi\r\n").code == 250
    client.say("QUIT")
    refused, captured = served.ended().transactions
    assert (refused.reply.code, refused.message_id, refused.faults) == (451, "", (handle.rule.id,))
    assert captured.message_id == served.message().id


def test_after_a_refused_data_the_client_can_try_once_more(served):
    served.sink.inbox.faults.add(stage="data", reply="451 4.3.0 Later", times=1)
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").status == "451 4.3.0"
    assert client.data(b"hi\r\n").code == 250
    assert len(served.messages()) == 1


def test_a_refused_message_is_not_kept_and_the_session_goes_on(served):
    served.sink.inbox.faults.add(stage="dot", reply="554 5.7.1 Spam", subject="*offer*")
    client = served.connect()
    client.begin()

    assert client.data(b"Subject: An offer\r\n\r\n").status == "554 5.7.1"
    client.mail()
    assert client.data(b"Subject: A bill\r\n\r\n").code == 250
    assert [message.subject for message in served.messages()] == ["A bill"]


def test_what_is_refused_after_the_store_is_kept(served):
    handle = served.sink.inbox.faults.add(stage="stored", reply="451 4.3.0 Later")
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").status == "451 4.3.0"
    client.say("QUIT")
    (transaction,) = served.ended().transactions
    assert transaction.message_id == served.message().id
    assert transaction.reply.code == 451
    assert served.message().faults == (handle.rule.id,)


def test_a_refused_greeting_is_none(served):
    served.sink.inbox.faults.add(stage="ehlo", reply="554 5.7.1 Go away")
    client = served.connect()

    assert client.say(_EHLO).status == "554 5.7.1"
    assert client.say(_MAIL).status == "503 5.5.1"


def test_a_refused_auth_authenticates_nobody(served):
    served.sink.inbox.faults.add(stage="auth", reply="454 4.7.0 Not now", times=1)
    client = served.connect()
    client.ehlo()

    assert client.say("AUTH PLAIN " + base64("", "ada", "s3cret")).status == "454 4.7.0"
    assert client.say("AUTH PLAIN " + base64("", "ada", "s3cret")).status == "235 2.7.0"


def test_the_words_of_an_auth_are_said_at_its_end(served):
    served.sink.inbox.faults.add(stage="auth", reply="235 2.7.0 Hello Ada")
    client = served.connect()
    client.ehlo()

    assert client.say("AUTH LOGIN").code == 334
    assert client.say(base64("ada")).code == 334
    assert client.say(base64("s3cret")).text == "2.7.0 Hello Ada"


def test_a_refused_rset_leaves_the_transaction(served):
    served.sink.inbox.faults.add(stage="rset", reply="451 4.3.0 Later")
    client = served.connect()
    client.begin()

    assert client.say("RSET").status == "451 4.3.0"
    assert client.data(b"hi\r\n").code == 250


def test_what_a_fault_refuses_is_no_error_of_the_client_s(serve):
    served = serve(max_errors=2)
    served.sink.inbox.faults.add(stage="noop", reply="503 5.5.1 Never")
    client = served.connect()

    assert [client.say("NOOP").code for _ in range(5)] == [503] * 5


def test_faults_outside_the_transaction_are_not_the_message_s(served):
    faults = served.sink.inbox.faults
    for stage in ("ehlo", "noop", "rset"):
        faults.add(stage=stage, delay=0)
    of_a_mail_that_failed = faults.add(stage="mail", delay=0, sender="wrong@*")
    mine = [faults.add(stage=stage, delay=0) for stage in ("rcpt", "dot", "stored")]
    client = served.connect()
    client.ehlo()
    client.say("NOOP")
    client.say("MAIL FROM:<wrong@example.com> FOO=bar")
    client.say("RSET")
    client.mail()
    client.data(b"hi\r\n")

    assert of_a_mail_that_failed.hits == 1
    assert served.message().faults == tuple(handle.rule.id for handle in mine)


def test_rules_that_let_others_fire_come_before_the_one_that_decides(served):
    delay = served.sink.inbox.faults.add(stage="noop", delay=0)
    reply = served.sink.inbox.faults.add(stage="noop", reply="450 4.2.0 Busy")
    third = served.sink.inbox.faults.add(stage="noop", delay=0)
    client = served.connect()

    assert client.say("NOOP").status == "450 4.2.0"
    assert (delay.hits, reply.hits, third.hits) == (1, 1, 0)


def test_the_words_for_the_dot_survive_a_delay_after_the_store(served):
    served.sink.inbox.faults.add(stage="dot", reply="250 2.0.0 Queued as 4711")
    served.sink.inbox.faults.add(stage="stored", delay=0)
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").text == "2.0.0 Queued as 4711"
    client.say("QUIT")
    assert str(served.ended().transactions[0].reply) == "250 2.0.0 Queued as 4711"


def test_a_malformed_reply_may_have_words_of_its_own(served):
    served.sink.inbox.faults.add(stage="noop", malformed="25O OK")
    client = served.connect()
    client.send(b"NOOP\r\n")

    assert client.socket.recv(100) == b"25O OK\r\n"


def test_a_refusal_may_have_several_lines(served):
    served.sink.inbox.faults.add(stage="mail", reply="550 5.7.1 Blocked\nSee https://example.org")
    client = served.connect()
    client.ehlo()

    assert client.say(_MAIL) == (550, ["5.7.1 Blocked", "5.7.1 See https://example.org"])
    client.close()
    session = served.ended()
    assert said(session)[-2:] == ["550-5.7.1 Blocked", "550 5.7.1 See https://example.org"]
    assert "\n" not in "".join(faults_in(session))


@pytest.mark.parametrize("slowly", ["split", "dribble"])
def test_a_reply_that_comes_slowly_is_whole_in_the_end(served, slowly):
    served.sink.inbox.faults.add(stage="noop", **{slowly: 0.001})
    client = served.connect()

    assert client.say("NOOP") == (250, ["2.0.0 OK"])


# ------------------------------------------------------------------- extensions


def test_a_hidden_starttls_is_not_there(served):
    served.sink.inbox.faults.add(stage="ehlo", hide="STARTTLS")
    client = served.connect()

    assert "STARTTLS" not in client.ehlo()
    assert client.say("STARTTLS").status == "502 5.5.1"


def test_what_was_hidden_is_offered_again_when_the_rule_is_gone(served):
    handle = served.sink.inbox.faults.add(stage="ehlo", hide="STARTTLS")
    client = served.connect()
    hidden = client.ehlo()
    handle.remove()

    assert "STARTTLS" not in hidden
    assert "STARTTLS" in client.ehlo()
    assert client.say("STARTTLS").code == 220


def test_several_rules_may_hide_and_add(served):
    for name in ("SIZE", "DSN"):
        served.sink.inbox.faults.add(stage="ehlo", hide=name)
    for line in ("X-ONE", "X-TWO 2"):
        served.sink.inbox.faults.add(stage="ehlo", add=line)
    lines = served.connect().ehlo()

    assert {"X-ONE", "X-TWO 2"} <= set(lines)
    assert not [line for line in lines if line.startswith(("SIZE", "DSN"))]


# ------------------------------------------------------------------------ inbox


def test_a_rule_of_an_inbox_that_a_tag_names_fires_for_that_tag_alone(serve):
    served = serve(inbox=None)
    tagged = served.sink.inboxes["shop"].faults.add(stage="rcpt", reply="452 4.2.2 Full")
    default = served.sink.inbox.faults.add(stage="data", reply="451 4.3.0 Later")
    client = served.connect()

    assert client.begin("ada+shop@example.org", "ada+desk@example.org").status == "250 2.1.5"
    assert client.data(b"hi\r\n").code == 250
    assert client.mail("ada@example.org").code == 250
    assert client.data(b"hi\r\n").code == 451
    assert (tagged.hits, default.hits) == (1, 1)


def test_a_transaction_is_where_its_message_is_and_a_refused_one_where_it_was_meant_to_go(serve):
    served = serve(inbox=None)
    served.sink.inboxes["shop"].faults.add(stage="rcpt", reply="452 4.2.2 Full")
    client = served.connect()
    client.begin("ada+shop@example.org", "ada@example.org")
    client.data(b"hi\r\n")
    client.mail("ada+shop@example.org")
    client.say("QUIT")

    assert served.message().inbox == "default"
    assert [transaction.inbox for transaction in served.ended().transactions] == ["default", "shop"]


def test_a_rule_of_an_inbox_waits_until_the_inbox_is_known(serve):
    served = serve(inbox=None)
    handle = served.sink.inbox.faults.add(reply="421 4.3.0 Broken")
    client = served.connect()

    assert client.begin("ada+shop@example.org").status == "250 2.1.5"
    assert client.say("RSET").code == 250
    assert client.mail("ada@example.org").status == "421 4.3.0"
    assert handle.hits == 1


# -------------------------------------------------------------------- pipelining


def test_a_refused_command_in_a_pipeline_is_answered_in_its_place(served):
    served.sink.inbox.faults.add(stage="rcpt", rcpt="bob@*", reply="452 4.2.2 Full")
    client = served.connect()
    client.ehlo()
    client.send(f"{_MAIL}\r\nRCPT TO:<bob@example.org>\r\n{_RCPT}\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n".encode())

    assert [client.reply().code for _ in range(7)] == [250, 452, 250, 354, 250, 221, 0]
    assert served.message().envelope.forward_paths == (RCPT,)


def test_after_a_refused_mail_the_rest_of_the_pipeline_has_no_transaction(served):
    served.sink.inbox.faults.add(stage="mail", reply="450 4.2.1 Slow down", times=1)
    client = served.connect()
    client.ehlo()
    client.send(f"{_MAIL}\r\n{_RCPT}\r\nDATA\r\n".encode())

    assert [client.reply().code for _ in range(3)] == [450, 503, 503]


def test_a_close_in_a_pipeline_ends_in_order_whatever_is_still_sent(served):
    served.sink.inbox.faults.add(stage="rcpt", close=True)
    client = served.connect()
    client.ehlo()
    client.send(f"{_MAIL}\r\n{_RCPT}\r\nDATA\r\n".encode())

    assert client.reply().code == 250
    assert client.socket.recv(100) == b""
    client.send(b"x" * 1000)
    assert client.socket.recv(100) == b""


def test_a_delay_holds_up_the_commands_behind_it(served):
    served.sink.inbox.faults.add(stage="noop", delay=A_WHILE)
    client = served.connect()
    started = time.monotonic()
    client.send(b"NOOP\r\nHELP\r\n")

    assert [client.reply().code, client.reply().code] == [250, 214]
    assert time.monotonic() - started >= A_WHILE


# ----------------------------------------------------------------------- content


def test_content_breaks_where_so_many_octets_came(served):
    handle = served.sink.inbox.faults.add(stage="body", after=1000, close=True)
    client = served.connect()
    client.begin()

    assert client.data(b"x" * 1000) == END
    session = served.ended()
    (transaction,) = session.transactions
    assert handle.hits == 1
    assert (transaction.reply, transaction.faults) == (None, (handle.rule.id,))
    assert [entry.size for entry in session.transcript if entry.kind == "content"] == [1000]
    assert served.messages() == []


def test_shorter_content_does_not_break(served):
    handle = served.sink.inbox.faults.add(stage="body", after=1000, reset=True)
    client = served.connect()
    client.begin()

    assert client.data(b"x" * 900).code == 250
    assert handle.hits == 0


def test_content_may_slow_down_and_then_break(served):
    slow = served.sink.inbox.faults.add(stage="body", throttle=1_000_000)
    hold = served.sink.inbox.faults.add(stage="body", after=50, delay=0)
    breaks = served.sink.inbox.faults.add(stage="body", after=100, reset=True)
    client = served.connect()
    client.begin()

    assert client.data(b"x" * 1000) == END
    assert (slow.hits, hold.hits, breaks.hits) == (1, 1, 1)


def test_a_rate_ends_with_its_content(served):
    slow = served.sink.inbox.faults.add(stage="body", throttle=1_000, times=1)
    client = served.connect()
    client.begin()
    client.data(b"x" * 150)
    client.mail()
    started = time.monotonic()
    client.data(b"x" * 100_000)

    assert time.monotonic() - started < 10
    assert slow.hits == 1


def test_a_refused_chunk_is_read_and_the_transaction_is_spoilt(served):
    handle = served.sink.inbox.faults.add(stage="data", reply="452 4.3.1 Full", times=1)
    client = served.connect()
    client.begin()
    client.send(b"BDAT 4\r\nQUITBDAT 4 LAST\r\nhi\r\nNOOP\r\n")

    assert [client.reply().status for _ in range(3)] == ["452 4.3.1", "503 5.5.1", "250 2.0.0"]
    assert served.messages() == []
    client.say("RSET")
    client.mail()
    client.send(b"BDAT 4 LAST\r\nhi\r\n")
    assert client.reply().code == 250
    assert handle.hits == 1


def test_a_refused_chunk_without_a_transaction_is_read(served):
    served.sink.inbox.faults.add(stage="data", reply="452 4.3.1 Full")
    client = served.connect()
    client.send(b"BDAT 4\r\nQUITBDAT\r\n")

    assert [client.reply().code, client.reply().code, client.say("HELP").code] == [452, 452, 214]


def test_chunks_are_one_content(served):
    first = served.sink.inbox.faults.add(stage="body", delay=0)
    handle = served.sink.inbox.faults.add(stage="body", after=6, close=True)
    client = served.connect()
    client.begin()
    client.send(b"BDAT 4\r\nabcd")

    assert client.reply().code == 250
    client.send(b"BDAT 4 LAST\r\nabcd")
    assert client.reply() == END
    assert (first.hits, handle.hits) == (1, 1)


def test_a_chunk_that_is_refused_as_a_rule_meets_no_fault_of_the_content(served):
    handle = served.sink.inbox.faults.add(stage="body", close=True)
    client = served.connect()
    client.send(b"BDAT 4\r\nabcd")

    assert client.reply().code == 503
    assert handle.hits == 0


@pytest.mark.parametrize("fault", [{"reply": "554 5.7.1 Spam"}, {"lose": True}])
def test_the_last_chunk_meets_the_faults_of_the_dot(served, fault):
    served.sink.inbox.faults.add(stage="dot", **fault)
    client = served.connect()
    client.begin()
    client.send(b"BDAT 4 LAST\r\nhi\r\n")

    assert client.reply().code == (554 if "reply" in fault else 250)
    assert served.messages() == []


# -------------------------------------------------------------------------- LMTP


@pytest.fixture
def lmtp(serve):
    """A sink that speaks LMTP, and a client with two accepted recipients and a refused one."""
    served = serve(lmtp=True)
    served.sink.inbox.faults.add(stage="rcpt", recipient=2, reply="550 5.1.1 No such user")
    client = served.connect()
    client.ehlo("LHLO")
    client.mail("ada@example.org", "bob@example.org", "eve@example.org")
    return served, client


@pytest.mark.parametrize("stage", ["dot", "stored"])
@pytest.mark.parametrize("reply", ["451 4.3.0 Later", "250 2.0.0 Gladly"])
def test_lmtp_hears_a_reply_for_each_recipient(lmtp, stage, reply):
    served, client = lmtp
    served.sink.inbox.faults.add(stage=stage, reply=reply)

    assert f"{client.data(b'hi').code} {client.reply().text}" == f"{reply[:3]} {reply[4:]}"
    assert client.say("NOOP").code == 250


def test_lmtp_hears_a_malformed_reply_for_each_recipient(lmtp):
    served, client = lmtp
    served.sink.inbox.faults.add(stage="dot", malformed="250")
    client.say("DATA")
    client.send(b"hi\r\n.\r\nNOOP\r\n")

    assert [client.reply() for _ in range(3)] == [(250, [""]), (250, [""]), (250, ["2.0.0 OK"])]


def test_lmtp_hears_a_421_for_each_recipient_before_the_end(lmtp):
    served, client = lmtp
    served.sink.inbox.faults.add(stage="dot", reply="421 4.3.2 Going down")

    assert [client.data(b"hi").code, client.reply().code, client.reply().code] == [421, 421, 0]


# --------------------------------------------------------------------------- TLS

INSIDE = {
    "reset": "A fault reset the connection.",
    "close": "A fault closed the connection.",
    "stall": "A fault stalled the session until the client gave up.",
}


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
@pytest.mark.parametrize("stage", ["mail", "stored"])
@pytest.mark.parametrize("fault", INSIDE)
def test_sessions_break_inside_tls(serve, mode, stage, fault):
    served = serve(tls=mode)
    handle = served.sink.inbox.faults.add(stage=stage, **{fault: True})
    client = served.connect_tls() if mode == "starttls" else served.connect()
    for command in SCENES[stage].before:
        client.say(command)
    client.send(SCENES[stage].says)

    if fault == "reset":
        # Not by the TLS socket: older Pythons make an end of it.
        with plain(client) as bare, pytest.raises(ConnectionResetError):
            bare.recv(100)
    elif fault == "close":
        assert client.socket.recv(100) == b""
    else:
        client.socket.settimeout(A_WHILE)
        with pytest.raises(TimeoutError):
            client.socket.recv(100)
    client.close()
    session = served.ended()
    assert session.end == INSIDE[fault]
    assert session.tls.mode == mode
    assert faults_in(session) == [f"Fault {handle.rule.id} fired: {fault}."]
    assert len(served.messages()) == (stage == "stored")


def plain(client: Raw) -> socket.socket:
    """The client's socket without its TLS."""
    bare = socket.socket(fileno=os.dup(client.socket.fileno()))
    bare.settimeout(10)
    return bare


@pytest.mark.parametrize("stage", ["connect", "handshake"])
@pytest.mark.parametrize(
    ("fault", "outcome"), [("reset", ConnectionResetError), ("close", EOFError), ("stall", TimeoutError)]
)
def test_sessions_break_before_implicit_tls(serve, stage, fault, outcome):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage=stage, **{fault: True})

    with pytest.raises(outcome):
        listen(served, A_WHILE if fault == "stall" else 10)
    assert served.ended().end == INSIDE[fault]


def listen(served, seconds: float) -> None:
    with Raw(served.listener.host, served.listener.port, greet=False) as client:
        client.socket.settimeout(seconds)
        if not client.socket.recv(100):
            raise EOFError


@pytest.mark.parametrize("fault", ["close", "stall"])
def test_sessions_break_before_the_greeting_inside_implicit_tls(serve, fault):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="banner", **{fault: True})
    client = served.connect(greet=False)

    if fault == "close":
        assert client.socket.recv(100) == b""
    else:
        client.socket.settimeout(A_WHILE)
        with pytest.raises(TimeoutError):
            client.socket.recv(100)
    client.close()
    assert served.ended().end == INSIDE[fault]
    assert served.ended().tls.mode == "implicit"


def test_a_greeting_is_refused_inside_implicit_tls(serve):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="banner", reply="554 5.3.2 Closed")
    client = served.connect()

    assert client.greeting == (554, ["5.3.2 Closed"])
    assert client.reply() == END


@pytest.mark.parametrize("slowly", ["split", "dribble"])
def test_a_reply_comes_in_pieces_inside_tls(serve, slowly):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="noop", **{slowly: NEVER})
    client = served.connect()
    client.send(b"NOOP\r\n")

    assert client.socket.recv(100) == (b"250 2.0" if slowly == "split" else b"2")
    client.close()
    assert said_since(served.ended())[0] in ("250 2.0", "2")


def test_a_half_close_inside_tls_is_told_to_be_none(serve):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="noop", half_close=True)
    client = served.connect()

    assert client.say("NOOP").code == 250
    assert client.say("QUIT").code == 221
    assert "TLS has no half-close: the connection stays open." in [
        entry.text for entry in served.ended().transcript
    ]


def test_a_client_goes_on_in_the_clear_when_starttls_is_refused(served):
    served.sink.inbox.faults.add(stage="starttls", reply="454 4.7.0 TLS not available")
    client = served.connect()
    client.ehlo()

    assert client.say("STARTTLS").status == "454 4.7.0"
    assert client.mail().code == 250
    assert client.data(b"hi\r\n").code == 250
    assert served.message().tls is None


@pytest.mark.parametrize("slowly", ["split", "dribble"])
def test_tls_begins_after_a_reply_that_comes_slowly(served, slowly):
    served.sink.inbox.faults.add(stage="starttls", **{slowly: 0.001})
    client = served.connect_tls()

    assert client.say("NOOP").code == 250


def test_a_client_of_an_old_version_is_served_by_an_old_server(serve):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="handshake", tls="old_version")
    context = served.trust()
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT@SECLEVEL=0")

    assert served.connect(tls=context).greeting.code == 220
    assert served.sink.sessions.list()[0].tls.version == "TLSv1.1"


# ------------------------------------------------------------ clients that go away


def test_a_delay_ends_when_the_client_gives_up(served):
    served.sink.inbox.faults.add(stage="dot", delay=NEVER)
    client = served.connect()
    client.begin()
    client.send(b"DATA\r\nhi\r\n.\r\n")
    client.reply()
    client.close()

    # A slow server keeps what it took, although nobody waits for its reply.
    assert served.ended().transactions[0].message_id == served.message().id


def test_a_client_that_has_said_all_beforehand_waits_out_a_delay(served):
    served.sink.inbox.faults.add(stage="noop", delay=A_WHILE)
    client = served.connect()
    started = time.monotonic()
    client.send(b"HELP\r\nNOOP\r\nNOOP\r\nQUIT\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert [client.reply().code for _ in range(5)] == [214, 250, 250, 221, 0]
    assert time.monotonic() - started >= A_WHILE


def test_a_stalled_session_notices_its_client_s_end_behind_much_content(served):
    served.sink.inbox.faults.add(stage="body", stall=True)
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"x" * 3_000_000)
    client.close()

    assert served.ended().end == "A fault stalled the session until the client gave up."


def test_throttled_content_of_a_client_that_went_away_is_not_waited_for(served):
    served.sink.inbox.faults.add(stage="body", throttle=1)
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"x" * 1000)
    client.close()

    assert served.ended().end == "The client closed the connection before the final dot."


def test_a_stall_outlives_the_idle_timeout(serve):
    served = serve(idle_timeout=A_WHILE)
    served.sink.inbox.faults.add(stage="noop", stall=True)
    client = served.connect()
    client.send(b"NOOP\r\n")
    client.socket.settimeout(5 * A_WHILE)

    with pytest.raises(TimeoutError):
        client.socket.recv(100)


def test_a_stalled_session_ends_with_its_time(serve):
    served = serve(max_seconds=A_WHILE)
    served.sink.inbox.faults.add(stage="noop", stall=True)
    client = served.connect()
    client.send(b"NOOP\r\n")

    assert client.rest() == b""
    assert served.ended().end == f"The session was older than {A_WHILE:g} s."


def test_a_closed_connection_is_not_held_for_long(served, monkeypatch):
    monkeypatch.setattr("mailsink.smtp.connection.LINGER", A_WHILE)
    served.sink.inbox.faults.add(stage="noop", close=True)
    client = served.connect()
    client.send(b"NOOP\r\n")

    assert client.socket.recv(100) == b""
    with pytest.raises(ConnectionError):
        send_for_ever(client)


def send_for_ever(client: Raw) -> None:
    while True:
        client.send(b"x" * 100)


def test_a_client_that_closed_its_half_first_is_closed_at_once(served):
    served.sink.inbox.faults.add(stage="noop", close=True)
    client = served.connect()
    client.send(b"NOOP\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert client.rest() == b""


# ------------------------------------------------------------------ the sink's end

WAITS = [
    ("connect", {"stall": True}),
    ("handshake", {"delay": NEVER}),
    ("mail", {"stall": True}),
    ("mail", {"delay": NEVER}),
    ("data", {"split": NEVER}),
    ("body", {"throttle": 1}),
    ("dot", {"delay": NEVER}),
    ("stored", {"stall": True}),
    ("quit", {"dribble": NEVER}),
]


@pytest.mark.parametrize(("stage", "fault"), WAITS)
def test_the_sink_closes_while_a_fault_keeps_a_session(served, stage, fault):
    trial = Trial(served, stage, **fault).begin()
    wait_for_the_fault(trial)
    started = time.monotonic()
    served.sink.close()

    assert time.monotonic() - started < 2
    words = trial.client.rest()
    # In the middle of a reply, or where silence is wanted, the end is not told.
    assert (b"421 4.3.2 Closing\r\n" in words) == ("delay" in fault or "throttle" in fault)


def wait_for_the_fault(trial: Trial) -> None:
    """Once others have been served, the loop has come to the fault."""
    for _ in range(1000):
        if trial.handle.hits:
            return
        with Raw(trial.served.listener.host, trial.served.listener.port, greet=False) as other:
            other.socket.settimeout(A_WHILE)
            with contextlib.suppress(TimeoutError):
                other.reply()
    raise AssertionError("the fault did not come")


PROGRAM = """
import socket
from mailsink import Sink
sink = Sink().start()
rules = [("noop", "stall", True), ("rset", "delay", 3600), ("ehlo", "dribble", 3600), ("quit", "split", 3600)]
handles = [sink.inbox.faults.add(stage=stage, **{action: value}) for stage, action, value in rules]
clients = []
for verb in ("NOOP", "RSET", "HELO x", "QUIT"):
    client = socket.create_connection((sink.host, sink.port))
    client.recv(100)
    client.sendall(verb.encode() + b"\\r\\n")
    if verb in ("HELO x", "QUIT"):
        client.recv(100)
    clients.append(client)
with socket.create_connection((sink.host, sink.port)) as last:
    last.recv(100)
sink.close()
for client in clients:
    client.close()
"""


def test_nothing_is_left_pending_when_the_sink_closes(tmp_path):
    finished = run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM],
        home=tmp_path,
        PYTHONASYNCIODEBUG="1",
        PYTHONPATH=os.pathsep.join(sys.path),
    )

    assert (finished.code, finished.said) == (0, "")


# ------------------------------------------------------------------------ stores


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_store_keeps_which_faults_fired(tmp_path, kind):
    where = "memory" if kind == "memory" else tmp_path / "mail.db"
    with Sink(store=where) as sink:
        rcpt = sink.inbox.faults.add(stage="rcpt", rcpt="bob@*", reply="452 4.2.2 Full")
        trap = sink.inbox.faults.add(stage="stored", close=True)
        with Raw(sink.host, sink.port) as client:
            client.begin("ada@example.org", "bob@example.org")
            assert client.data(b"hi\r\n") == END
        message = sink.inbox.expect(rcpt="ada@example.org")
        sink.events.subscribe(after=0, kinds=("session",)).get(10)
        (transaction,) = sink.sessions.get(message.session_id).transactions

        assert message.faults == transaction.faults == (rcpt.rule.id, trap.rule.id)
        assert transaction.message_id == message.id
        assert [r.fault for r in message.envelope.recipients] == ["", rcpt.rule.id]
        assert [r.fault for r in transaction.envelope.recipients] == ["", rcpt.rule.id]


def test_a_refused_mail_that_cannot_be_read_begins_nothing(served):
    handle = served.sink.inbox.faults.add(stage="mail", reply="451 4.3.0 Later")
    client = served.connect()
    client.ehlo()

    assert client.say("MAIL shop").status == "451 4.3.0"
    client.say("QUIT")
    assert served.ended().transactions == ()
    assert handle.hits == 1


def test_a_client_that_reads_late_still_gets_every_refusal(serve):
    served = serve(max_idle_commands=0)
    served.sink.inbox.faults.add(stage="noop", reply="450 4.2.0 Busy\n" + "x" * 2_000)
    client = served.connect(window=4096)
    # The replies are more than the system takes on its own: the server has to wait, and serves others.
    client.send(b"NOOP\r\n" * 5_000)
    served.connect().say("HELP")

    assert {client.reply().code for _ in range(5_000)} == {450}


def test_a_session_may_be_half_closed_and_then_closed(served):
    served.sink.inbox.faults.add(stage="mail", half_close=True)
    served.sink.inbox.faults.add(stage="rcpt", close=True)
    client = served.connect()
    client.ehlo()
    client.send(f"{_MAIL}\r\n{_RCPT}\r\n".encode())

    assert client.rest() == b"250 2.1.0 Sender OK\r\n"
    client.close()
    assert served.ended().end == "A fault closed the connection."


@pytest.mark.parametrize("fault", ["reset", "close", "stall", "half_close"])
def test_what_is_to_follow_a_delay_finds_the_client_gone(serve, fault):
    served = serve(tls="implicit")
    for more in ({"delay": NEVER}, {"delay": NEVER}, {fault: True}):
        served.sink.inbox.faults.add(stage="noop", **more)
    client = served.connect()
    client.send(b"NOOP\r\n")
    client.close()

    assert len(faults_in(served.ended())) == 3


@pytest.mark.parametrize("slowly", ["split", "dribble", "malformed", "half_close"])
def test_a_reply_that_nobody_hears_is_told_as_such(serve, slowly):
    served = serve(tls="implicit")
    served.sink.inbox.faults.add(stage="noop", delay=NEVER)
    served.sink.inbox.faults.add(stage="noop", **{slowly: NEVER if slowly in ("split", "dribble") else True})
    client = served.connect()
    client.send(b"NOOP\r\n")
    client.close()

    assert "Nobody was there to hear: 250 2.0.0 OK" in [e.text for e in served.ended().transcript]


def test_a_refused_recipient_that_cannot_be_read_is_in_no_envelope(served):
    served.sink.inbox.faults.add(stage="rcpt", reply="452 4.2.2 Full", times=1)
    client = served.connect()
    client.ehlo()

    assert client.mail("ada@@").status == "452 4.2.2"
    client.say(_RCPT)
    client.data(b"hi\r\n")
    assert [r.path for r in served.message().envelope.recipients] == [RCPT]


def test_a_client_that_leaves_before_so_many_octets_meets_no_fault(served):
    handle = served.sink.inbox.faults.add(stage="body", after=1000, stall=True)
    client = served.connect()
    client.begin()
    client.send(b"DATA\r\nhi")
    client.reply()
    client.close()

    assert served.ended().end == "The client closed the connection before the final dot."
    assert handle.hits == 0
