# ruff: noqa: ARG002 - a store is called with what it is called with
from __future__ import annotations

import asyncio
import threading
import time

import pytest
from messages import message as a_message
from raw import Raw

from mailsink.activity import Activity
from mailsink.errors import StoreError
from mailsink.events import Events
from mailsink.model import Auth
from mailsink.policy import Policy
from mailsink.sink import Sink
from mailsink.smtp.listener import Listener, ListenerThread
from mailsink.sockets import _has_ipv6 as has_ipv6
from mailsink.sockets import bind
from mailsink.store.memory import MemoryStore


def send(listener: Listener) -> None:
    with Raw(listener.host, listener.port) as client:
        client.begin()
        assert client.data(b"hi\r\n").code == 250


def test_port_0_is_chosen_by_the_system(served):
    assert served.listener.port > 0
    assert served.listener.address == f"127.0.0.1:{served.listener.port}"
    assert served.listener.url == f"smtp://{served.listener.address}"


def test_implicit_tls_is_in_the_url(serve):
    assert serve(tls="implicit").listener.url.startswith("smtps://127.0.0.1:")


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_name_for_both_families_has_one_port(serve):
    served = serve(host="localhost")
    send(served.listener)
    with Raw("::1", served.listener.port) as client:
        assert client.say("NOOP").code == 250

    assert len(served.messages()) == 1


def test_connections_from_a_socket_file_are_limited_too(serve, tmp_path):
    served = serve(host=f"unix:{tmp_path / 'smtp.sock'}", max_connections_per_peer=1)
    served.connect()

    assert served.connect().greeting.text == "4.7.0 Too many connections from this socket file; 1 are allowed"


def test_a_unix_socket_can_be_listened_at(serve, tmp_path):
    path = str(tmp_path / "smtp.sock")
    served = serve(host=f"unix:{path}")
    send(served.listener)

    assert (served.listener.host, served.listener.port, served.listener.address) == (path, 0, path)
    assert str(served.message().peer) == "unix socket"


def test_many_listeners_share_a_sink(served):
    others = [served.sink.listen(inbox=name) for name in ("a", "b")]
    for listener in (served.listener, *others):
        send(listener)

    assert [m.inbox for m in served.messages()] == ["default", "a", "b"]
    assert served.sink.listeners == (served.listener, *others)


def test_a_listener_may_have_a_policy_of_its_own(served):
    other = served.sink.listen(policy=Policy(hostname="other.example"))
    with Raw(other.host, other.port) as client:
        assert client.greeting.text.startswith("other.example ")


def test_a_closed_listener_listens_no_more(served):
    other = served.sink.listen()
    other.close()
    other.close()

    assert served.sink.listeners == (served.listener,)
    with pytest.raises(ConnectionRefusedError):
        Raw(other.host, other.port)
    send(served.listener)


def test_a_listener_can_be_closed_after_its_sink(served):
    served.sink.close()

    served.listener.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_clients_that_stay_do_not_keep_the_sink_from_closing(serve, tls):
    served = serve(tls=tls)
    clients = [served.connect() for _ in range(20)]
    started = time.monotonic()
    served.sink.close()

    assert time.monotonic() - started < 1
    assert [client.rest().startswith(b"421 4.3.2") for client in clients] == [True] * 20


def test_a_client_that_comes_while_the_sink_closes_is_not_forgotten(serve):
    for _ in range(20):
        served = serve()
        client = served.connect(greet=False)
        served.sink.close()

        # Greeted or refused, or never accepted: in no case is it left waiting.
        client.rest()


def test_a_port_can_be_listened_at_again_at_once(served):
    port = served.listener.port
    with Raw(served.listener.host, port) as client:
        served.listener.close()
        client.rest()
    again = served.sink.listen(port=port)

    send(again)


@pytest.mark.parametrize(
    ("inbox", "auth", "tag", "expected"),
    [
        ("mine", Auth("PLAIN", "ada"), "tag", "mine"),
        (None, Auth("PLAIN", "ada"), "tag", "ada"),
        (None, None, "tag", "tag"),
        (None, None, "", "default"),
    ],
)
def test_the_inbox_is_the_listener_s_the_user_s_the_tag_s_or_the_default(serve, inbox, auth, tag, expected):
    assert serve(inbox=inbox).listener.inbox_of(auth, tag) == expected


def test_a_session_is_busy_until_its_last_mail_is_answered(served):
    activity = served.sink._run.activity
    client = served.connect()
    client.begin()
    during = activity.wait_idle("default", timeout=0)
    client.data(b"hi\r\n")

    assert not during
    assert activity.wait_idle("default", timeout=5)


def test_a_session_is_no_longer_busy_when_its_client_has_heard_the_end(served):
    activity = served.sink._run.activity
    client = served.connect()
    client.say("QUIT")

    assert activity.wait_idle(None, timeout=0)


class BrokenStore(MemoryStore):
    """Keeps nothing, and says so from a thread of its own."""

    def add(self, message, done):
        threading.Thread(target=done, args=(StoreError("the disk is full"),)).start()


def test_what_the_store_cannot_keep_is_answered_with_a_451():
    store = BrokenStore(Events())
    with Sink(store=store) as sink, Raw(sink.host, sink.port) as client:
        client.begin()

        assert client.data(b"hi\r\n").text == "4.3.0 Not kept: the disk is full"
        client.say("QUIT")
    store.close()


def test_replies_to_many_clients_come_by_few_wake_ups():
    """Each message gets the answer that belongs to it, whatever the order of the store's answers."""
    waiting = []

    class SlowStore(MemoryStore):
        def add(self, message, done):
            waiting.append((message, done))
            if len(waiting) == 2:
                first, second = waiting
                second[1](None)
                first[1](StoreError("first"))

    store = SlowStore(Events())
    with Sink(store=store) as sink, Raw(sink.host, sink.port) as one, Raw(sink.host, sink.port) as two:
        one.begin()
        two.begin()
        one.say("DATA")
        two.say("DATA")
        one.send(b"hi\r\n.\r\n")
        two.send(b"hi\r\n.\r\n")
        replies = {one.reply().code, two.reply().code}

    assert replies == {250, 451}
    store.close()


def test_keeping_after_the_loop_is_closed_tells_nobody_and_does_not_fail():
    answers = []

    class LateStore(MemoryStore):
        def add(self, message, done):
            answers.append(done)

    store = LateStore(Events())
    thread = ListenerThread(store, Activity())
    thread.start()

    async def keep():
        thread.keep(a_message())

    asyncio.run_coroutine_threadsafe(keep(), thread._loop).result(5)
    thread.stop()

    answers[0](None)
    store.close()


def test_stopping_a_thread_that_never_started_closes_its_loop():
    store = MemoryStore(Events())
    thread = ListenerThread(store, Activity())
    thread.stop()
    thread.stop()

    assert thread._loop.is_closed()
    store.close()


def test_a_socket_that_was_bound_by_others_is_served():
    store = MemoryStore(Events())
    thread = ListenerThread(store, Activity())
    thread.start()
    listener = thread.open([bind("127.0.0.1", 0, what="--smtp")], policy=Policy())
    send(listener)
    thread.stop()

    assert store.latest() is not None
    store.close()
