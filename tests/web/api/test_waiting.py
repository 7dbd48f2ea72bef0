from __future__ import annotations

import socket
import threading
import time
from contextlib import closing

import pytest
from asking import Http
from sending import in_data, mail, send

from mailsink import Sink
from mailsink_web.app import create_app
from mailsink_web.server import serve


@pytest.fixture
def later(web, in_thread):
    """Ask on a connection of its own, in a thread; returns what gives the answer."""

    def ask(path):
        http = Http(web.host, web.port)
        _ = http.contract

        def get():
            with closing(http):
                return http.get(path)

        return in_thread(get)

    return ask


def test_a_message_that_is_here_is_answered_at_once(http, captured):
    message = captured(mail("Hello"))

    answer = http.get("/api/wait?q=subject:hello")

    assert [m["id"] for m in answer.json["messages"]] == [message.id]
    assert answer.json["messages"][0]["text"]


def test_a_message_that_comes_later_is_waited_for(web, sink, later):
    answer = later("/api/wait?q=subject:hello&timeout=10")
    assert web.seats.wait_taken(1, timeout=5)

    send((sink.host, sink.port), mail("Other"))
    send((sink.host, sink.port), mail("Hello"))

    assert [m["subject"] for m in answer().json["messages"]] == ["Hello"]


def test_several_messages_are_waited_for_oldest_first(web, sink, later):
    answer = later("/api/wait?count=2&timeout=10")
    assert web.seats.wait_taken(1, timeout=5)

    send((sink.host, sink.port), mail("First"))
    send((sink.host, sink.port), mail("Second"))

    assert [m["subject"] for m in answer().json["messages"]] == ["First", "Second"]


def test_messages_up_to_an_id_are_left_out(http, captured):
    first, second = captured(mail("First")), captured(mail("Second"))

    answer = http.get(f"/api/wait?after={first.id}&timeout=0")

    assert [m["id"] for m in answer.json["messages"]] == [second.id]
    assert http.get(f"/api/wait?after={second.id}&timeout=0").status == 408


def test_another_inbox_is_not_listened_to(web, sink, later):
    other = sink.listen(inbox="other")
    answer = later("/api/wait?inbox=other&timeout=10")
    assert web.seats.wait_taken(1, timeout=5)

    send((sink.host, sink.port), mail("Here"))
    send((other.host, other.port), mail("There"))

    assert [m["subject"] for m in answer().json["messages"]] == ["There"]


def test_what_did_not_come_is_explained(http, sink, captured):
    message = captured(mail("Hello"))

    answer = http.get("/api/wait?q=subject:welcome&timeout=0")

    assert answer.status == 408
    assert answer.json["detail"].startswith("0 of 1 message came within ")
    assert answer.json["explanation"].startswith("expected 1 message, got 0")
    assert f"127.0.0.1:{sink.port}" in answer.json["explanation"]
    (miss,) = answer.json["misses"]
    assert miss["message"]["id"] == message.id
    assert [reason["matches"] for reason in miss["reasons"]] == [False]
    assert "subject" in miss["reasons"][0]["condition"]
    assert "Hello" in miss["reasons"][0]["actual"][0]


def test_the_time_is_kept(http):
    started = time.monotonic()

    answer = http.get("/api/wait?timeout=0.2")

    assert answer.status == 408
    assert answer.headers["Connection"] == "close"
    assert 0.2 <= time.monotonic() - started < 2
    assert answer.json["misses"] == []


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("timeout=301", "timeout must be a number from 0 to 300, not '301'."),
        ("timeout=nan", "timeout must be a number from 0 to 300, not 'nan'."),
        ("timeout=soon", "timeout must be a number from 0 to 300, not 'soon'."),
        ("count=0", "count must be a whole number from 1 to 1000, not '0'."),
        ("count=1&count=2", "The parameter count is given 2 times; give it once."),
    ],
)
def test_a_wrong_parameter_says_what_is_right(http, query, detail):
    answer = http.get(f"/api/wait?{query}")

    assert answer.status == 400
    assert answer.json["detail"] == detail


def test_it_works_under_a_server_that_hands_out_no_socket(sink, monkeypatch):
    monkeypatch.setattr("mailsink.waiting.LOOK", 0.01)

    answer = create_app(sink).test_client().get("/api/wait?timeout=0.05")

    assert answer.status_code == 408


def test_a_client_that_hangs_up_frees_its_seat(web, monkeypatch):
    monkeypatch.setattr("mailsink.waiting.LOOK", 0.02)
    with socket.create_connection((web.host, web.port)) as client:
        client.sendall(b"GET /api/wait?timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert web.seats.wait_taken(1, timeout=5)

    assert web.seats.wait_taken(0, timeout=5)


def test_no_more_wait_than_there_are_seats(web, http, later):
    web.seats.most = 1
    first = later("/api/wait?timeout=0.5")
    assert web.seats.wait_taken(1, timeout=5)

    answer = http.get("/api/wait")

    assert answer.status == 503
    assert "close some" in answer.json["detail"]
    assert first().status == 408


def test_after_the_latest_only_new_mail_counts(http, captured):
    assert http.get("/api/wait?after=latest&timeout=0").status == 408
    captured()

    assert http.get("/api/wait?after=latest&timeout=0").status == 408
    assert http.get("/api/wait?after=&timeout=0").status == 200


def test_what_is_no_id_is_refused(http):
    answer = http.get("/api/wait?after=yesterday&timeout=0")

    assert (answer.status, answer.json["field"]) == (400, "after")
    assert answer.json["detail"] == "after must be a message's id, or latest, not 'yesterday'."


def test_who_comes_before_during_or_after_the_mail_gets_it(web, sink, http, later):
    path = "/api/wait?q=subject:hello&timeout=10"
    before = later(path)
    assert web.seats.wait_taken(1, timeout=5)
    with in_data((sink.host, sink.port), mail("Hello")) as client:
        during = later(path)
        assert web.seats.wait_taken(2, timeout=5)
        client.ask(b"\r\n.")
    after = http.get(path)

    got = [[m["id"] for m in answer.json["messages"]] for answer in (before(), during(), after)]
    assert got == [[sink.inbox.get("latest").id]] * 3


@pytest.mark.parametrize("store", ["memory", "mail.db"])
def test_who_comes_at_the_same_moment_as_the_mail_gets_it(store, tmp_path, in_thread):
    with Sink(store=store if store == "memory" else tmp_path / store) as sink, serve(sink, port=0) as web:
        for number in range(15):
            path = f"/api/wait?q=subject:mail{number}&timeout=10"
            start = threading.Barrier(4)

            def ask(path=path, start=start):
                with closing(Http(web.host, web.port)) as http:
                    _ = http.contract
                    start.wait()
                    return http.get(path)

            answers = [in_thread(ask) for _ in range(3)]
            start.wait()
            send((sink.host, sink.port), mail(f"mail{number}"))

            assert [answer().status for answer in answers] == [200] * 3


def test_many_who_waited_leave_no_thread_and_no_seat(web, sink, captured):
    captured(mail("Hello"))
    before = set(threading.enumerate())

    def wait_often():
        with closing(Http(web.host, web.port)) as http:
            for path in ("q=subject:hello", "q=subject:none&timeout=0.001", "count=2&timeout=0") * 7:
                http.get(f"/api/wait?{path}")

    threads = [threading.Thread(target=wait_often) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)

    assert set(threading.enumerate()) - before == set()
    assert web.seats.taken == 0
