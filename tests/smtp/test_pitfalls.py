"""What goes wrong with aiosmtpd's stock class and must not go wrong here: each check is made on both.

Where the stock server is expected to fail and does not, the test fails: then the pitfall is gone, and what we
do about it may go as well.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pitfall_server import PATIENCE, PitfallServer
from raw import Raw, base64

from mailsink.sink import Sink

MIB = 1024 * 1024
BOTH = pytest.mark.parametrize(
    "kind", ["mailsink", pytest.param("stock", marks=pytest.mark.xfail(strict=True, reason="a pitfall"))]
)
# From Python 3.12 on, asyncio's wait_closed() waits for connections too.
HANGS = sys.version_info >= (3, 12)
BOTH_WHERE_STOPPING_HANGS = pytest.mark.parametrize(
    "kind",
    [
        "mailsink",
        pytest.param(
            "stock",
            marks=[
                pytest.mark.skipif(not HANGS, reason="before Python 3.12 it does not hang"),
                pytest.mark.xfail(strict=True, reason="a pitfall"),
            ],
        ),
    ],
)

Start = Callable[..., PitfallServer]


@pytest.fixture(scope="module")
def servers() -> Iterator[Start]:
    """Servers that live as long as this module's tests: starting one takes longer than most checks."""
    started: dict[tuple[object, ...], PitfallServer] = {}
    with ExitStack() as stack:

        def start(kind: str, **options: object) -> PitfallServer:
            key = (kind, *sorted(options.items()))
            if key not in started:
                started[key] = stack.enter_context(PitfallServer(kind, **options))
            started[key].ask("clear")
            return started[key]

        yield start


@contextlib.contextmanager
def connected(server: PitfallServer, *, greet: bool = True, **how: object) -> Iterator[Raw]:
    with Raw(server.host, server.port, greet=greet, **how) as client:
        client.socket.settimeout(PATIENCE * 5 if server.kind == "mailsink" else PATIENCE)
        yield client


def until(server: PitfallServer, order: str, expected: Callable[[object], bool]) -> object:
    """Ask until the answer is as *expected*, each time after a round trip of a client; the last answer."""
    for _ in range(1000):
        answer = server.ask(order)
        if expected(answer):
            break
        with connected(server) as client:
            client.say("NOOP")
    return answer


# ------------------------------------------------------------------ what is sent


@BOTH
def test_mail_is_kept_although_the_client_hangs_up_right_after_the_dot(servers, kind):
    server = servers(kind)
    with connected(server) as client:
        client.begin("slow@example.org")
        client.say("DATA")
        client.send(b"hi\r\n.\r\n")
    for _ in range(2):
        # Once another client has been served, the server knows that the first is gone.
        with connected(server) as other:
            other.say("NOOP")
    server.ask("release")

    assert len(until(server, "kept", bool)) == 1


@BOTH
def test_lines_longer_than_the_rfc_s_1000_octets_are_kept(servers, kind):
    server = servers(kind)
    content = b"x" * 1001 + b"\r\n" + b"y" * 100_000 + b"\r\n"
    with connected(server) as client:
        client.begin()
        client.data(content)

    assert [kept for _, _, kept in server.kept()] == [content]


@BOTH
@pytest.mark.parametrize("path", ["=?utf-8?q?x?=@example.org", "=?utf-8?q?x=40y=3E?=@example.org"])
def test_addresses_are_kept_as_they_were_said(servers, kind, path):
    server = servers(kind)
    with connected(server) as client:
        client.ehlo()
        client.say(f"MAIL FROM:<{path}>")
        client.say(f"RCPT TO:<{path}>")
        client.data(b"hi\r\n")

    assert server.kept() == [(path, [path], b"hi\r\n")]


@BOTH
def test_the_null_reverse_path_is_an_empty_text(servers, kind):
    server = servers(kind)
    with connected(server) as client:
        client.ehlo()
        client.say("MAIL FROM:<>")
        client.say("RCPT TO:<ada@example.org>")
        client.data(b"hi\r\n")

    assert [sender for sender, _, _ in server.kept()] == [""]


# ------------------------------------------------------------------------ memory


@BOTH
def test_200_mb_without_a_line_end_against_a_limit_of_1_mb_take_no_memory(servers, kind):
    server = servers(kind, max_size=MIB)
    with connected(server) as client:
        client.begin()
        client.say("DATA")
        before = server.ask("memory")
        piece = b"x" * (10 * MIB)
        for _ in range(20):
            client.send(piece)
            assert server.ask("memory") - before < 20 * MIB
        client.socket.settimeout(20)
        client.send(b"\r\n.\r\n")

        assert client.reply().code == 552
        assert server.ask("memory") - before < 20 * MIB


# -------------------------------------------------------------------------- time


@BOTH
def test_an_upload_that_takes_longer_than_the_timeout_and_goes_on_is_not_cut_off(servers, kind):
    server = servers(kind, timeout=0.4)
    with connected(server) as client:
        client.begin()
        client.say("DATA")
        for _ in range(12):
            client.send(b"another line\r\n")
            # The server says something only if it gives up.
            assert select.select([client.socket], [], [], 0.1)[0] == []
        client.send(b".\r\n")

        assert client.reply().code == 250


@BOTH
def test_a_client_that_never_reads_does_not_keep_its_connection_open(servers, kind):
    server = servers(kind, timeout=0.4)
    until(server, "connections", lambda count: count == 0)
    with connected(server, window=4096) as client:
        flood(client.socket, b"EHLO x\r\n" * 1000)
        client.socket.settimeout(4)
        held = server.ask("connections")
        watcher = select.poll()
        watcher.register(client.socket, select.POLLHUP | select.POLLERR)

        # The client sees the reset, and the server has let go of it.
        watcher.poll(10_000 if kind == "mailsink" else 4000)
        assert (held, server.ask("connections")) == (1, 0)


def flood(sock: socket.socket, octets: bytes) -> None:
    """Send *octets* again and again until the other side takes no more."""
    sock.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        while True:
            sock.sendall(octets)


# ------------------------------------------------------------- what hooks may raise


@BOTH
def test_line_ends_in_an_exception_s_text_inject_no_reply(servers, kind):
    server = servers(kind)
    with connected(server) as client:
        failed = client.begin("crlf@example.org")
        following = client.say("NOOP")

    assert (failed.code >= 400, len(failed.lines)) == (True, 1)
    assert "injected" not in following.text


@BOTH
def test_an_octet_that_is_no_utf_8_in_a_failing_hook_does_not_silence_the_session(servers, kind):
    server = servers(kind)
    with connected(server) as client:
        client.ehlo()
        client.say(b"MAIL FROM:<\xff@example.com>")

        assert client.say("RCPT TO:<echo@example.org>").code >= 400
        assert client.say("NOOP").code == 250


@BOTH
def test_after_a_hook_failed_a_new_transaction_begins(servers, kind):
    server = servers(kind)
    with connected(server) as client:
        client.begin("fail@example.org")
        failed = client.data(b"hi\r\n")

        assert failed.code >= 400
        assert client.say("MAIL FROM:<b@example.com>").code == 250


# ------------------------------------------------------------------- other sessions


@BOTH
def test_another_connection_changes_nothing_for_mine(servers, kind):
    server = servers(kind)
    long = f"MAIL FROM:<{'x' * 500}@example.com>"
    with connected(server) as client:
        client.ehlo()
        before = client.say(long).code
        client.say("RSET")
        with connected(server) as other:
            other.say("NOOP")

        assert (before, client.say(long).code) == (250, 250)


# ------------------------------------------------------------------------ stopping


@BOTH_WHERE_STOPPING_HANGS
def test_stopping_with_2000_idle_clients_takes_less_than_a_second(kind):
    # A busy machine may be slow; it is not slow each time.
    assert any(stopping(kind, clients=2000) < 1.0 for _ in range(3))


def stopping(kind: str, *, clients: int) -> float:
    """Seconds that a server takes to stop while *clients* are connected."""
    with ExitStack() as stack:
        server = stack.enter_context(PitfallServer(kind))
        for _ in range(clients):
            stack.enter_context(Raw(server.host, server.port))
        return server.ask("stop")


@BOTH_WHERE_STOPPING_HANGS
def test_stopping_after_a_session_crashed_does_not_hang(kind):
    with PitfallServer(kind) as server, connected(server) as client:
        client.ehlo()
        client.say(b"MAIL FROM:<\xff@example.com>")
        with contextlib.suppress(TimeoutError):
            client.say("RCPT TO:<echo@example.org>")

        assert server.ask("stop") < 1.0


def test_port_0_is_a_port_that_can_be_connected_to():
    with Sink(smtp=(("127.0.0.1", 0),)) as sink, Raw(sink.host, sink.port) as client:
        assert client.greeting.code == 220


# ---------------------------------------------------------------------------- AUTH


@BOTH
@pytest.mark.parametrize("size", [1500, 9000])
def test_long_tokens_can_authenticate(servers, kind, size):
    server = servers(kind)
    with connected(server) as client:
        client.ehlo()
        client.say("AUTH LOGIN")
        client.say(b64encode(b"ada").decode())

        assert client.say(b64encode(b"t" * size).decode()).code == 235


@BOTH
@pytest.mark.parametrize(
    "command", [f"auth plain {base64('', 'ada', 'x')}", f"AUTH Plain {base64('', 'ada', 'x')}"]
)
def test_mechanisms_are_known_in_any_case(servers, kind, command):
    with connected(servers(kind)) as client:
        client.ehlo()

        assert client.say(command).code == 235


@BOTH
def test_auth_is_offered_over_implicit_tls(servers, kind):
    server = servers(kind, tls=True)
    context = ssl.create_default_context(cadata=server.ca)
    with connected(server, tls=context) as client:
        assert any(line.startswith("AUTH") for line in client.ehlo())


# ------------------------------------------------------------------------ dialogue


@BOTH
@pytest.mark.parametrize(
    ("before", "command", "expected"),
    [
        ((), "HELP", 214),
        ((), "MAIL FROM:<a@example.com> ENVID=QQ314159 RET=HDRS", 250),
        ((), "MAIL FROM:<a@example.com> MT-PRIORITY=3", 250),
        (("MAIL FROM:<a@example.com>",), "RCPT TO:<>", 553),
        (("MAIL FROM:<a@example.com>",), "RCPT TO:<a@example.org", 501),
        (("FOO",) * 6, "NOOP", 250),
    ],
    ids=["HELP", "DSN", "hyphens", "null recipient", "open bracket", "many unknown commands"],
)
def test_a_command_gets_the_code_that_its_rfc_names(servers, kind, before, command, expected):
    with connected(servers(kind)) as client:
        client.ehlo()
        for line in before:
            client.say(line)

        assert client.say(command).code == expected


@BOTH
def test_pipelining_and_enhanced_codes_are_advertised(servers, kind):
    with connected(servers(kind)) as client:
        assert {"PIPELINING", "ENHANCEDSTATUSCODES"} <= set(client.ehlo())
