from __future__ import annotations

import gc
import smtplib
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from messages import message
from sending import in_data, mail, raw, send

from mailsink import ConfigError, Fault, Plan, Reply, Rule, Sink
from mailsink.errors import StartError
from mailsink.policy import Policy
from mailsink.retention import Limits, Retention
from mailsink.sockets import bind
from mailsink.store import open_store


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def at(listener) -> tuple[str, int]:
    return listener.host, listener.port


def descriptors() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")


# --- what it is


def test_a_sink_catches_what_is_sent_to_it(sink):
    send(at(sink))

    assert sink.inbox.expect(subject="Hello").envelope.forward_paths == ("ada@example.org",)


def test_a_sink_listens_at_a_port_of_the_systems_choice(sink):
    (listener,) = sink.listeners

    assert (sink.host, sink.port) == (listener.host, listener.port) == ("127.0.0.1", listener.port)
    assert sink.port > 0
    assert sink.url == f"smtp://127.0.0.1:{sink.port}"


def test_a_sink_may_listen_at_several_addresses():
    with Sink(smtp=[("127.0.0.1", 0), ("127.0.0.1", 0)]) as sink:
        for listener in sink.listeners:
            send(at(listener))

        assert len(sink.inbox.expect(count=2)) == 2


def test_a_sink_may_listen_nowhere_at_first():
    with Sink(smtp=()) as sink:
        assert sink.listeners == ()
        send(at(sink.listen()))

        assert len(sink.inbox) == 1


def test_a_listener_has_an_inbox_of_its_own(sink):
    listener = sink.listen(inbox="checkout")

    send(at(listener))

    assert len(sink.inboxes["checkout"]) == 1
    assert len(sink.inbox) == 0
    assert len(sink.everything) == 1


def test_a_sink_listens_as_a_provider(sink):
    listener = sink.listen_as("gmail", inbox="gmail")

    assert listener.tls == "starttls"
    assert listener.inbox == "gmail"
    assert listener.policy.hostname == "smtp.gmail.example"
    assert [rule.id for rule in sink.faults][:2] == ["gmail-unusual-rate", "gmail-too-quickly"]
    assert not sink.faults.active


def test_a_second_listener_as_the_same_provider_has_refusals_of_its_own(sink):
    first, second = sink.listen_as("ses"), sink.listen_as("ses")

    rules = {rule.id: rule.listener for rule in sink.faults}
    assert rules["ses-temporary"] == first.address
    assert rules["ses-temporary-2"] == second.address


def test_an_unknown_provider_opens_nothing(sink):
    with pytest.raises(ConfigError, match=r"provider 'hotmail' is not known; known are gmail, "):
        sink.listen_as("hotmail")

    assert len(sink.listeners) == 1
    assert list(sink.faults) == []


def test_a_sink_takes_a_plan_and_changes_it_while_it_runs():
    plan = Plan((Rule(fault=Fault("reply", Reply(450, "Later", "4.2.0")), stage="rcpt", id="later"),))
    with Sink(faults=plan) as sink:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(at(sink))
        assert sink.faults is plan

        sink.faults.enable("later", enabled=False)
        send(at(sink))

        assert plan.tally("later").hits == 1


def test_the_inboxes_are_those_that_hold_messages(sink):
    for name in ("b", "a"):
        send(at(sink.listen(inbox=name)))

    assert list(sink.inboxes) == ["a", "b"]
    assert len(sink.inboxes) == 2
    assert "a" in sink.inboxes
    assert "default" not in sink.inboxes


def test_events_are_the_stores(sink):
    assert sink.events is sink.store.events


def test_the_policy_reaches_the_listeners():
    with Sink(policy=Policy(hostname="mx.example.org", max_size=1024)) as sink, raw(at(sink)) as client:
        assert client.reply() == b"220 mx.example.org ESMTP mailsink\r\n"
        assert b"250-SIZE 1024\r\n" in client.ask(b"EHLO client.example.org")


def test_an_accepted_connection_does_not_wait_to_fill_packets(sink):
    # Nagle's algorithm and delayed acknowledgements together cost a mail 40 ms.
    with raw(at(sink)) as client:
        client.reply()
        (protocol,) = sink._run.thread._open.values()
        accepted = protocol.transport.get_extra_info("socket")

        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


# --- its store


def test_a_store_named_by_a_path_outlives_the_sink(tmp_path):
    file = tmp_path / "mail.db"
    with Sink(store=file) as sink:
        send(at(sink))

    with Sink(store=str(file)) as sink:
        assert sink.inbox.expect(timeout=0).subject == "Hello"


def test_a_store_that_somebody_else_opened_is_left_open():
    store = open_store("memory")
    with Sink(store=store) as sink:
        send(at(sink))

    with Sink(store=store) as sink:
        send(at(sink))

        assert sink.store is store
        assert len(sink.inbox) == 2
    store.close()


def test_who_waits_for_events_is_told_of_the_end():
    with Sink() as sink:
        news = sink.events.subscribe()

    assert news.get(10) is None
    assert news.ended


# --- starting and closing


def test_a_sink_that_does_not_run_says_so():
    with pytest.raises(RuntimeError) as caught:
        _ = Sink().port

    assert str(caught.value) == (
        "the sink is not running: use it with `with Sink() as sink:`, or call start() first"
    )


def test_starting_and_closing_twice_does_nothing():
    sink = Sink()

    port = sink.start().port
    same = sink.start().port
    sink.close()
    sink.close()

    assert port == same


def test_a_closed_sink_can_be_started_again():
    sink = Sink()
    for _ in range(2):
        with sink:
            send(at(sink))
            assert len(sink.inbox) == 1


def test_closing_frees_the_port():
    with Sink() as sink:
        send(at(sink))
        address = at(sink)

    bind(*address, what="--smtp").close()


def test_a_closed_listener_frees_its_port_and_the_others_stay(sink):
    listener = sink.listen()
    listener.close()
    listener.close()

    bind(*at(listener), what="--smtp").close()
    send(at(sink))
    assert listener not in sink.listeners


def test_closing_a_listener_ends_its_sessions(sink):
    listener = sink.listen()
    with raw(at(listener)) as client:
        client.reply()
        listener.close()

        assert client.reply().startswith(b"421 4.3.2 ")
        assert client.reply() == b""


def test_closing_ends_open_sessions():
    with ExitStack() as clients:
        with Sink() as sink:
            client = clients.enter_context(in_data(at(sink)))

        assert client.reply().startswith(b"421 4.3.2 ")
        assert client.reply() == b""


def test_what_got_its_250_before_closing_is_kept(tmp_path):
    file = str(tmp_path / "mail.db")
    with Sink(store=file) as sink:
        for number in range(20):
            send(at(sink), mail(str(number)))

    with Sink(store=file) as sink:
        assert [m.subject for m in sink.inbox] == [str(number) for number in range(20)]


def test_a_port_in_use_is_named_and_everything_is_released():
    before = threading.active_count()
    with bind("127.0.0.1", 0, what="--smtp") as taken:
        port = taken.getsockname()[1]

        with pytest.raises(StartError) as caught:
            Sink(smtp=[("127.0.0.1", 0), ("127.0.0.1", port)]).start()

    assert str(caught.value) == (
        f"--smtp 127.0.0.1:{port}: the port is in use; choose another, or 0 to let the system choose"
    )
    assert threading.active_count() == before


def test_a_store_that_cannot_be_had_is_named(tmp_path):
    file = tmp_path / "missing" / "mail.db"

    with pytest.raises(StartError) as caught:
        Sink(store=str(file)).start()

    assert str(caught.value) == (
        f"{file}: there is no directory {file.parent}: make it first, or name another file"
    )


def test_a_thread_may_not_start_what_another_closes(sink):
    # Started from many threads at once, it runs once.
    other = Sink()
    threads = [threading.Thread(target=other.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(other.listeners) == 1
    other.close()


@needs_proc
@pytest.mark.parametrize("store", ["memory", "mail.db"])
def test_nothing_is_left_behind(store, tmp_path):
    where = store if store == "memory" else str(tmp_path / store)

    def use() -> None:
        with Sink(store=where) as sink:
            send(at(sink))
            sink.inbox.expect()
            sink.inbox.clear()
            sink.listen(inbox="other").close()

    use()
    before = (threading.active_count(), descriptors())
    for _ in range(20):
        use()

    assert (threading.active_count(), descriptors()) == before


def test_a_process_that_forgets_to_close_it_still_ends():
    code = "from mailsink import Sink; print(Sink().start().port)"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=20, check=True
    )

    assert done.stdout.strip().isdigit()


def test_listening_loads_no_web_library():
    code = (
        "import sys\n"
        "from mailsink import Sink\n"
        "with Sink() as sink: pass\n"
        "print(sorted({'flask', 'werkzeug', 'click', 'sqlite3', 'cryptography'} & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_a_sink_keeps_as_much_as_it_is_told():
    with Sink(retention=Retention(all=Limits(max_messages=2))) as sink:
        for number in range(3):
            sink.store.add(message(subject=f"Mail {number}"), lambda _error: None)

        assert [m.subject for m in sink.inbox] == ["Mail 1", "Mail 2"]


def test_limits_are_for_a_store_that_the_sink_opens():
    with pytest.raises(ValueError, match="give it to open_store instead"):
        Sink(store=open_store("memory"), retention=Retention())
