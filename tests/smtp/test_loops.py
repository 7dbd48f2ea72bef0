from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest
from raw import Raw

from mailsink.errors import StartError
from mailsink.sink import Sink
from mailsink.smtp.loops import VARIABLE, name_of, new_loop

BIG = b"0123456789abcdef\r\n" * 100_000


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request, monkeypatch):
    pytest.importorskip(request.param)
    monkeypatch.setenv(VARIABLE, request.param)
    return request.param


def named(monkeypatch, value: str) -> str:
    monkeypatch.setenv(VARIABLE, value)
    with closing(new_loop()) as loop:
        return name_of(loop)


def test_uvloop_is_taken_where_it_is_installed(monkeypatch):
    uvloop = pytest.importorskip("uvloop")
    monkeypatch.delenv(VARIABLE)
    with Sink() as sink:
        assert sink.loop == f"uvloop {uvloop.__version__}"


def test_uvloop_can_be_refused(monkeypatch):
    assert named(monkeypatch, "asyncio") == "asyncio"


def test_asyncio_is_taken_where_uvloop_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert named(monkeypatch, "") == "asyncio"


@pytest.mark.parametrize(("variables", "told"), [({}, False), ({"PYTHONASYNCIODEBUG": "1"}, True)])
def test_a_developer_hears_of_it_only_where_asyncio_is_debugged(loop, variables, told):
    code = (
        "from mailsink.smtp.loops import new_loop; loop = new_loop(); print(loop.get_debug()); loop.close()"
    )
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONASYNCIODEBUG"}

    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        env=kept | variables,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (f"{told}\n", "")


def test_uvloop_that_is_demanded_and_not_installed_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.setenv(VARIABLE, "uvloop")

    with pytest.raises(StartError, match=r"install mailsink with the extra \[fast\], or unset it"):
        Sink(store=tmp_path / "mail.db").start()


def test_no_other_loop_can_be_demanded(monkeypatch):
    monkeypatch.setenv(VARIABLE, "twisted")

    with pytest.raises(StartError) as refusal:
        Sink().start()

    assert str(refusal.value) == (
        "MAILSINK_LOOP=twisted: no such event loop; set it to asyncio or uvloop, or unset it"
    )


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_mail_is_kept_as_it_was_sent(loop, serve, tls):
    served = serve(tls=tls)
    client = served.connect_tls() if tls == "starttls" else served.connect()
    client.begin()

    assert client.data(BIG).code == 250
    assert client.say("QUIT").code == 221
    assert served.message().content == BIG
    assert served.ended().end == "The client said QUIT."


def test_what_is_pipelined_is_answered_in_order(loop, served):
    client = served.connect()
    client.send(b"EHLO a.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
    client.send(b"hi\r\n.\r\nRSET\r\nQUIT\r\n")

    assert [client.reply().code for _ in range(7)] == [250, 250, 250, 354, 250, 250, 221]
    assert client.rest() == b""


def test_the_client_hello_may_come_with_a_proxy_header(loop, serve):
    served = serve(tls="implicit", proxy=True)
    client = served.connect(first=b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n")
    client.say("QUIT")

    assert str(served.ended().peer) == "192.0.2.1:40000"


def test_a_client_that_closed_its_half_hears_its_reply(loop, served):
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"hi\r\n.\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert client.reply().code == 250


def test_a_client_that_is_silent_is_sent_away(loop, serve):
    assert serve(idle_timeout=0.05).connect().reply().status == "421 4.4.2"


def test_a_socket_file_takes_mail(loop, serve, tmp_path):
    served = serve(host=f"unix:{tmp_path}/sink")
    client = served.connect()
    client.begin()

    assert client.data(b"hi\r\n").code == 250


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_stopping_ends_what_is_open_and_leaves_nothing(loop, serve, tls):
    served = serve(tls=tls)
    clients = [served.connect() for _ in range(3)]
    clients[1].begin()
    clients[2].begin()
    clients[2].say("DATA")
    thread = served.sink._run.thread
    served.sink.close()

    assert [client.reply().code for client in clients] == [421, 421, 421]
    assert thread._loop.is_closed()
    assert not thread._connected
    assert "mailsink-smtp" not in {each.name for each in threading.enumerate()}


def test_a_client_that_reads_nothing_does_not_keep_it_from_stopping(loop, serve):
    served = serve(max_idle_commands=0)
    client = Raw(served.listener.host, served.listener.port, window=1024)
    with client:
        client.socket.setblocking(False)
        lines = b"HELP\r\n" * 1_000
        with suppress(BlockingIOError):
            # Where only a part of them is taken the last line is torn: whatever followed would be no command.
            while client.socket.send(lines) == len(lines):
                pass
        served.sink.close()

    assert "mailsink-smtp" not in {each.name for each in threading.enumerate()}


def test_a_foreign_loop_has_a_name():
    with closing(asyncio.SelectorEventLoop()) as loop:
        assert name_of(loop) == "asyncio"
