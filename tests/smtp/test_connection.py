# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with
from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time

import pytest
from raw import END

from mailsink.smtp import connection

pytestmark = pytest.mark.usefixtures("both_ways")


def shown(session) -> str:
    return "\n".join(entry.text for entry in session.transcript)


# ------------------------------------------------------------- greeting and end


def test_the_server_greets_first(served):
    assert served.connect().greeting == (220, ["mailsink ESMTP mailsink"])


def test_the_hostname_is_in_the_greeting(serve):
    assert serve(hostname="mail.example.org").connect().greeting.text.startswith("mail.example.org ESMTP")


def test_quit_ends_the_session(served):
    client = served.connect()

    assert client.say("QUIT").status == "221 2.0.0"
    assert client.reply() == END
    assert served.ended().end == "The client said QUIT."


def test_a_client_that_hangs_up_is_told_in_the_session(served):
    served.connect().close()

    assert served.ended().end == "The client closed the connection without QUIT."


def test_a_client_that_resets_is_told_in_the_session(served):
    client = served.connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()

    assert served.ended().end.startswith("The connection broke: ")


def test_a_client_that_closes_its_half_still_gets_its_replies(served):
    client = served.connect()
    client.send(b"EHLO client.example.org\r\nNOOP\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert [client.reply().code, client.reply().code, client.reply()] == [250, 250, END]


def test_a_command_that_is_cut_off_is_not_carried_out(served):
    client = served.connect()
    client.begin()
    client.send(b"RCPT TO:<bob@example.or")
    client.socket.shutdown(socket.SHUT_WR)

    assert client.reply() == END
    session = served.ended()
    assert session.end == "The client closed the connection in the middle of a command."
    assert [r.path for r in session.transactions[0].envelope.recipients] == ["ada@example.org"]


def test_closing_the_sink_ends_a_session_with_a_421(served):
    client = served.connect()
    served.sink.close()

    assert client.reply().status == "421 4.3.2"
    assert client.reply() == END


def test_closing_a_listener_ends_its_sessions(served):
    client = served.connect()
    served.listener.close()

    assert client.reply().status == "421 4.3.2"
    assert served.ended().end == "The listener closed."


# -------------------------------------------------------------------- commands


def test_commands_are_known_in_any_case(served):
    assert served.connect().say("nOoP").status == "250 2.0.0"


def test_an_unknown_command_does_not_end_the_session(served):
    client = served.connect()

    assert [client.say("FOO").status, client.say("NOOP").status] == ["500 5.5.1", "250 2.0.0"]


@pytest.mark.parametrize("line", [b"", b" ", b"\xff\xfe", b"\0", b" NOOP", b"\tNOOP", b"MAIL\tFROM:<a@b>"])
def test_an_odd_line_is_unknown_and_nothing_more(served, line):
    client = served.connect()

    assert client.say(line).code == 500
    assert client.say("NOOP").code == 250


def test_a_bare_lf_ends_a_command_and_is_noted(served):
    client = served.connect()
    client.ehlo()
    client.send(b"MAIL FROM:<shop@example.com>\nRCPT TO:<ada@example.org>\r\n")

    assert [client.reply().code, client.reply().code] == [250, 250]
    client.data(b"hi\r\n")
    assert served.message().notes == ("A command line ended with a bare LF (RFC 5321 §2.3.8 asks for CRLF).",)


def test_commands_may_be_pipelined(served):
    client = served.connect()
    client.send(
        b"EHLO client.example.org\r\nMAIL FROM:<shop@example.com>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
        b"one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n"
    )
    codes = [client.reply().code for _ in range(11)]

    assert codes == [250, 250, 250, 354, 250, 250, 250, 354, 250, 221, 0]
    assert [m.content for m in served.messages()] == [b"one\r\n", b"two\r\n"]


def test_a_command_longer_than_allowed_is_refused(served):
    client = served.connect()

    assert client.say("NOOP " + "x" * 4092).status == "500 5.5.2"
    assert client.say("NOOP " + "x" * 4091).status == "250 2.0.0"


def test_a_hook_that_fails_is_answered_and_the_session_goes_on(serve):
    class Failing:
        async def handle_RCPT(self, server, session, envelope, address, options):
            raise ValueError("no such luck")

    client = serve(handler=Failing()).connect()

    assert client.begin().text == "4.3.0 Error: (ValueError) no such luck"
    assert client.say("MAIL FROM:<a@example.com>").status == "250 2.1.0"


def test_a_failure_of_our_own_ends_the_session_with_a_421(serve):
    class Failing:
        async def handle_NOOP(self, server, session, envelope, argument):
            raise ValueError

        async def handle_exception(self, error):
            raise RuntimeError("worse")

    served = serve(handler=Failing())
    client = served.connect()

    assert client.say("NOOP").status == "421 4.3.0"
    assert served.ended().end == "mailsink failed: worse."


def test_a_hook_that_fails_at_the_content_is_answered_and_the_session_goes_on(serve):
    class Failing:
        async def handle_DATA(self, server, session, envelope):
            raise ValueError("no room")

    served = serve(handler=Failing())
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").text == "4.3.0 Error: (ValueError) no room"
    assert client.mail().status == "250 2.1.5"
    assert served.messages() == []


class Waiting:
    """Waits at the content until it is let go, or for ever."""

    def __init__(self):
        self.began = threading.Event()
        self.go_on = asyncio.Event()

    async def handle_DATA(self, server, session, envelope):
        self.began.set()
        await self.go_on.wait()
        return "250 2.0.0 OK"


def test_what_a_hook_says_to_a_client_that_is_gone_is_told_in_the_session(serve):
    handler = Waiting()
    served = serve(handler=handler)
    client = served.connect()
    client.begin()
    client.send(b"DATA\r\nhi\r\n.\r\n")
    handler.began.wait(10)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    with served.connect() as other:
        # Once another is served, the loop knows that the first is gone.
        other.say("NOOP")
    served.sink._run.thread._loop.call_soon_threadsafe(handler.go_on.set)
    gone = next(s for s in (served.ended(1), served.ended(2)) if s.transactions)

    assert gone.transactions[0].reply.code == 250
    assert "Nobody was there to hear: 250 2.0.0 OK" in shown(gone)
    assert len(served.messages()) == 1


def test_a_hook_that_never_ends_does_not_keep_the_sink_from_closing(serve):
    handler = Waiting()
    served = serve(handler=handler)
    client = served.connect()
    client.begin()
    client.send(b"DATA\r\nhi\r\n.\r\n")
    handler.began.wait(10)
    started = time.monotonic()
    served.sink.close()

    assert time.monotonic() - started < 2


# ---------------------------------------------------------------- slow clients


def test_a_client_that_reads_late_still_gets_every_reply(served):
    client = served.connect(window=4096)
    writer = threading.Thread(target=client.send, args=(b"EHLO x\r\n" * 5_000,))
    writer.start()
    greetings = {client.reply().lines[0] for _ in range(5_000)}
    writer.join()

    assert greetings == {"mailsink"}


def test_a_client_that_does_not_read_the_end_is_cut_off(serve, monkeypatch):
    monkeypatch.setattr(connection, "LINGER", 0.05)
    served = serve(idle_timeout=0.2)
    client = served.connect(window=4096)
    client.socket.settimeout(0.1)
    with contextlib.suppress(OSError):
        while True:
            client.send(b"EHLO x\r\n" * 1000)

    assert served.ended().end == "The client was silent for 0.2 s."


def test_a_client_may_be_silent_for_ever_where_there_is_no_limit(serve):
    served = serve(idle_timeout=0)
    client = served.connect()
    client.say("NOOP")
    (protocol,) = served.listener._open.values()

    assert protocol._timeout_handle is None


def test_a_health_check_that_connects_and_leaves_is_no_error(serve, caplog):
    served = serve(proxy=True)
    served.connect(greet=False).close()

    assert served.ended().end == "The PROXY header is wrong: the client closed the connection before it."
    assert [r for r in caplog.records if r.name.startswith("mailsink")] == []


# --------------------------------------------------------------------- records


def test_an_open_session_can_be_looked_at(served):
    client = served.connect()
    client.begin()
    (session,) = served.sink.sessions.list()

    assert (session.greeting_verb, session.greeting) == ("EHLO", "client.example.org")
    assert session.ended_at is None
    assert served.sink.sessions.get(session.id).listener == served.listener.address


def test_the_transcript_has_both_directions_and_counts_content(served):
    client = served.connect()
    client.begin()
    client.data(b"secret\r\n")
    client.say("QUIT")
    kinds = [(e.kind, e.text or e.size) for e in served.ended().transcript]

    assert ("client", "RCPT TO:<ada@example.org>") in kinds
    assert ("server", "250 2.1.5 Recipient OK") in kinds
    assert ("content", 11) in kinds
    assert kinds[-1] == ("event", "The client said QUIT.")
    assert "secret" not in shown(served.ended())


def test_every_transaction_is_in_the_session_with_its_last_word(served):
    client = served.connect()
    client.begin()
    client.data(b"hi\r\n")
    client.mail()
    client.say("RSET")
    client.mail()
    client.ehlo()
    client.mail()
    client.close()
    transactions = served.ended().transactions

    assert [t.reply.code if t.reply else None for t in transactions] == [250, None, None, None]
    assert transactions[0].message_id == served.message().id


def test_recipients_in_a_session_s_transactions_are_bounded(serve, monkeypatch):
    monkeypatch.setattr(connection, "MAX_RECIPIENTS_RECORDED", 200)
    served = serve()
    client = served.connect()
    client.ehlo()
    lot = 101
    for _ in range(3):
        client.send(b"MAIL FROM:<a@example.com>\r\n" + b"RCPT TO:<b@example.org>\r\n" * lot + b"RSET\r\n")
        for _ in range(lot + 2):
            client.reply()
    client.say("QUIT")

    assert [len(t.envelope.recipients) for t in served.ended().transactions] == [101]


def test_a_refused_recipients_tag_tells_whose_try_it_was(serve):
    served = serve(inbox=None)
    served.sink.everything.faults.add(stage="rcpt", reply="450 4.2.0 Later")
    client = served.connect()

    client.begin("ada+shop@example.org")
    client.say("QUIT")
    client.rest()

    [mailing] = served.sink.inboxes["shop"].attempts()
    assert mailing.codes == (450,)


@pytest.mark.parametrize("command", [b"HELP\r\n", b"NOOP\r\n"])
def test_a_client_that_sends_a_flood_ahead_lets_others_have_their_turn(serve, command):
    served = serve(max_idle_commands=0)
    other, flooding = served.connect(), served.connect()

    def flood():
        flooding.send(command * 20_000 + b"QUIT\r\n")

    sending = threading.Thread(target=flood)
    sending.start()
    flooding.reply()
    # From here on somebody reads, so that it is not the client which keeps the server from going on.
    reading = threading.Thread(target=flooding.rest)
    reading.start()
    assert other.say("NOOP").status == "250 2.0.0"
    other.say("QUIT")

    sending.join()
    reading.join()
    first, second = served.ended(1), served.ended(2)
    assert first.ended_at < second.ended_at
    assert len(first.transcript) < len(second.transcript)
