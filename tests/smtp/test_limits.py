"""What a client may not do without end."""
# ruff: noqa: N802, ARG002 - aiosmtpd names the hooks and what they are called with

from __future__ import annotations

import asyncio
import contextlib
import select
import socket

import pytest
from pitfall_server import PitfallServer
from raw import END, Raw

from mailsink.policy import Credentials

pytestmark = pytest.mark.usefixtures("both_ways")

MIB = 1024 * 1024


# ------------------------------------------------------------------------- size


def test_a_declared_size_over_the_limit_is_refused_at_mail(serve):
    client = serve(max_size=1000).connect()
    client.ehlo()

    assert client.say("MAIL FROM:<a@example.com> SIZE=1001").text == (
        "5.3.4 Message too large; 1000 octets are allowed"
    )


def test_what_is_refused_at_mail_was_a_try_to_send(serve):
    served = serve(max_size=1000)
    client = served.connect()
    client.ehlo()
    client.say("MAIL FROM:<a@example.com> SIZE=1001")
    client.say("MAIL FROM:<b@example.com>")
    client.say("QUIT")

    refused, abandoned = served.ended().transactions

    assert (refused.envelope.reverse_path, refused.reply.code) == ("a@example.com", 552)
    assert (abandoned.envelope.reverse_path, abandoned.reply) == ("b@example.com", None)


def test_a_mail_before_the_login_was_a_try_to_send_and_a_wrong_one_was_none(serve):
    served = serve(credentials=Credentials(anyone=True), require_auth=True)
    client = served.connect()
    client.say("MAIL FROM:<a@example.com>")
    client.ehlo()
    client.say("MAIL FROM:<a@example.com>")
    client.say("MAIL FROM:<a@example.com> SIZE=big")
    client.say("QUIT")

    (refused,) = served.ended().transactions

    assert (refused.envelope.reverse_path, refused.reply.code) == ("a@example.com", 530)


@pytest.mark.parametrize(
    ("size", "status"), [(1000, "250 2.0.0"), (1001, "552 5.3.4"), (500_000, "552 5.3.4")]
)
def test_a_content_over_the_limit_is_refused_when_it_is_read(serve, size, status):
    served = serve(max_size=1000)
    client = served.connect()
    client.begin()

    assert client.data(b"x" * (size - 2) + b"\r\n").status == status
    assert len(served.messages()) == (status == "250 2.0.0")


def test_dots_that_are_doubled_for_the_wire_do_not_count(serve):
    client = serve(max_size=1000).connect()
    client.begin()

    assert client.data(b".\r\n" * 333).status == "250 2.0.0"


def test_after_a_content_that_was_too_large_the_next_mail_is_taken(serve):
    served = serve(max_size=1000)
    client = served.connect()
    client.begin()
    client.data(b"x" * 5000)
    client.mail()

    assert client.data(b"hi\r\n").code == 250


def test_chunks_together_may_not_be_over_the_limit(serve):
    client = serve(max_size=1000).connect()
    client.begin()
    client.send(b"BDAT 600\r\n" + b"x" * 600 + b"BDAT 600 LAST\r\n" + b"x" * 600)

    assert [client.reply().status, client.reply().status] == ["250 2.0.0", "552 5.3.4"]


# -------------------------------------------------------------------- recipients


def test_recipients_over_the_limit_are_put_off_and_the_rest_are_served(serve):
    served = serve(max_recipients=3)
    client = served.connect()
    client.ehlo()
    last = client.mail(*(f"user{n}@example.org" for n in range(4)))

    assert last.text == "4.5.3 Too many recipients; 3 are allowed"
    assert client.data(b"hi\r\n").code == 250
    assert len(served.message().envelope.recipients) == 3


def test_10000_recipients_are_taken_by_default(served):
    client = served.connect()
    client.ehlo()
    client.send(b"MAIL FROM:<a@example.com>\r\n")
    for start in range(0, 10_000, 1000):
        client.send(b"".join(b"RCPT TO:<user%d@example.org>\r\n" % n for n in range(start, start + 1000)))
        for _ in range(1000):
            client.reply()
    client.reply()
    client.data(b"hi\r\n")

    assert len(served.message().envelope.forward_paths) == 10_000


# ------------------------------------------------------------------------- lines


def test_a_command_without_an_end_is_not_kept(served):
    client = served.connect()
    client.send(b"NOOP " + b"x" * (2 * MIB) + b"\r\n")

    assert client.reply().status == "500 5.5.2"
    assert client.say("NOOP").code == 250


def test_a_long_content_line_is_kept_and_told_with_the_mail(served):
    client = served.connect()
    client.begin()
    content = b"From: a@example.com\r\n\r\n" + b"x" * 100_000 + b"\r\n"
    client.data(content)
    message = served.message()

    assert message.content == content
    assert [defect.sentence for defect in message.parsed.defects] == ["A line is longer than 998 octets"]


# -------------------------------------------------------------------------- time


def test_a_silent_client_is_told_and_cut_off(serve):
    served = serve(idle_timeout=0.1)
    client = served.connect()

    assert client.reply().text == "4.4.2 Nothing came for 0.1 s; closing"
    assert client.reply() == END
    assert served.ended().end == "The client was silent for 0.1 s."


def test_a_client_that_is_silent_in_the_middle_of_a_mail_is_cut_off(serve):
    served = serve(idle_timeout=0.1)
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"half\r\n")

    assert client.reply().status == "421 4.4.2"
    assert served.ended().transactions[0].reply is None
    assert served.messages() == []


def test_a_slow_hook_is_not_the_client_s_silence(serve):
    class Slow:
        async def handle_NOOP(self, server, session, envelope, argument):
            await asyncio.sleep(0.4)
            return "250 2.0.0 at last"

    client = serve(idle_timeout=0.1, handler=Slow()).connect()

    assert client.say("NOOP").text == "2.0.0 at last"


def test_a_session_may_be_limited_in_time_whatever_it_does(serve):
    served = serve(max_seconds=0.2)
    client = served.connect()
    client.begin()
    client.say("DATA")
    with contextlib.suppress(ConnectionError):
        while not readable(client.socket):
            client.send(b"another line\r\n")

    assert client.reply().text == "4.7.0 The session is older than 0.2 s; closing"
    assert served.ended().end == "The session was older than 0.2 s."


def readable(sock: socket.socket) -> bool:
    return bool(select.select([sock], [], [], 0.01)[0])


def test_timers_do_not_grow_with_sessions(serve):
    served = serve(idle_timeout=60, max_seconds=60)
    for _ in range(10):
        client = served.connect()
        client.begin()
        client.say("QUIT")
        client.rest()
        served.ended()
    loop = served.sink._run.thread._loop
    if not hasattr(loop, "_scheduled"):
        pytest.skip("uvloop does not tell its timers")

    # One for the greeting, one for the mail, one for silence; they run out by themselves.
    assert len([handle for handle in loop._scheduled if not handle.cancelled()]) <= 3


# -------------------------------------------------------------------- connections


def test_one_connection_too_many_is_refused(serve):
    served = serve(max_connections=2)
    first, _, third = (served.connect() for _ in range(3))

    assert third.greeting.text == "4.7.0 Too many connections; 2 are allowed"
    assert third.reply() == END
    assert first.say("NOOP").code == 250


def test_a_connection_that_ended_makes_room(serve):
    served = serve(max_connections=1)
    served.connect().say("QUIT")
    served.ended()

    assert served.connect().greeting.code == 220


def test_one_connection_too_many_from_one_peer_is_refused(serve):
    served = serve(max_connections_per_peer=1)
    served.connect()
    refused = served.connect()

    assert refused.greeting.text == "4.7.0 Too many connections from 127.0.0.1; 1 are allowed"


def test_what_xclient_says_does_not_change_whose_connections_are_counted(serve):
    served = serve(max_connections_per_peer=1, xclient=True)
    client = served.connect()
    client.ehlo()
    client.say("XCLIENT ADDR=192.0.2.1")
    client.say("QUIT")
    served.ended()

    assert served.connect().greeting.code == 220


# ---------------------------------------------------------------- errors and NOOPs


def test_a_client_that_errs_too_often_is_cut_off(serve):
    served = serve(max_errors=3)
    client = served.connect()

    assert [client.say("FOO").code for _ in range(3)] == [500] * 3
    assert client.reply().status == "421 4.7.0"
    assert served.ended().end == "The client made too many errors."


def test_a_client_that_says_nothing_about_a_mail_for_too_long_is_cut_off(serve):
    served = serve(max_idle_commands=3)
    client = served.connect()

    assert [client.say(verb).code for verb in ("NOOP", "RSET", "HELP", "NOOP")] == [250, 250, 214, 421]
    assert served.ended().end == "The client sent too many commands without a message."


# ------------------------------------------------------------------------- memory


@pytest.fixture(scope="module")
def server():
    with PitfallServer("mailsink", max_size=MIB) as server:
        yield server


BEGIN = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\n"
FLOODS = {
    "replies": b"EHLO client.example.org\r\n" * 1000,
    "errors in words": b"MAIL FROM:<a@example.com>\r\nRSET\r\n" * 1000,
    "content": BEGIN + b"DATA\r\n" + b"x" * (4 * MIB) + b"\r\n.\r\nRSET\r\n",
    "refused chunks": b"BDAT 1000\r\n" + b"x" * 1000,
    "small chunks": BEGIN + b"BDAT 2\r\nxx" * 10_000 + b"RSET\r\n",
    "failing auth": b"EHLO x\r\n" + b"AUTH PLAIN " + b"A" * 8000 + b"\r\n",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_client_that_floods_and_never_reads_takes_no_memory(server, flood):
    before = server.ask("memory")
    with Raw(server.host, server.port) as client:
        client.socket.settimeout(0.3)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < 10 * MIB:
                client.socket.sendall(FLOODS[flood])
                sent += len(FLOODS[flood])

        assert server.ask("memory") - before < 10 * MIB
    assert sent > 0 or flood == "content"


def test_a_command_that_never_ends_takes_no_memory(server):
    before = server.ask("memory")
    with Raw(server.host, server.port) as client:
        for _ in range(50):
            client.send(b"x" * MIB)

        assert server.ask("memory") - before < 5 * MIB
