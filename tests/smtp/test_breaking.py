from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest
from programs import run
from raw import RCPT, SENDER, Raw, base64

from mailsink import Sink
from mailsink.faults import ACTIONS, PAIRS, STAGES
from mailsink.model import Session
from mailsink.policy import Credentials
from mailsink.smtp import connection

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


def each_stage_of(action: str) -> pytest.MarkDecorator:
    """Parametrise a test by all stages at which *action* can be had."""
    stages = [stage for stage in STAGES if (stage, action) in PAIRS]
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


@each_stage_of("reply")
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
    size = len(_CONTENT)
    trial = Trial(served, stage, throttle=10 * size).begin()

    assert trial.hear_line().startswith(_KEPT)
    session = trial.end()
    fault, after = fault_and_next(session)
    # A tick's portion is taken at once: after the first 2 octets there is 1 of them, and some octets more.
    assert after.at - fault.at >= 0
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
    "old_version": "ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL",
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
