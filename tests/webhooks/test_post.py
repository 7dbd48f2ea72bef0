from __future__ import annotations

import socket
import threading

import pytest
from receiving import receiving

from mailsink.webhooks.post import Post, PostError


def test_a_body_and_its_fields_arrive_and_the_answer_comes_back():
    with receiving((202, {"Retry-After": "5"})) as receiver:
        answer = Post(f"{receiver.url}?a=1", timeout=5).send(b"{}", {"Content-Type": "application/json"})
        received = receiver.next()

    assert (answer.status, answer.text, answer.retry_after) == (202, "noted", "5")
    assert (received.path, received.body) == ("/hook?a=1", b"{}")
    assert received.headers["Content-Type"] == "application/json"


def test_a_redirect_is_told_and_not_followed():
    with receiving((302, {"Location": "http://ada:secret@127.0.0.1:1/"})) as receiver:
        answer = Post(receiver.url, timeout=5).send(b"{}", {})
        receiver.next()
        assert receiver.is_quiet

    assert (answer.status, answer.location) == (302, "http://ada:secret@127.0.0.1:1/")


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with receiving() as receiver:
        assert Post(receiver.url, timeout=5).send(b"{}", {}).status == 200


@pytest.mark.parametrize("answer", [None, "drip"], ids=["hangs", "drips"])
def test_a_receiver_that_does_not_come_to_an_end_is_given_up(answer):
    with receiving(answer) as receiver, pytest.raises(PostError, match=r"answer came within 0\.2 s"):
        Post(receiver.url, timeout=0.2).send(b"{}", {})


def test_a_connection_that_is_cut_is_told():
    with (
        receiving("cut") as receiver,
        pytest.raises(PostError, match="the connection was closed without an answer"),
    ):
        Post(receiver.url, timeout=5).send(b"{}", {})


def test_what_is_no_http_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            client, _ = server.accept()
            with client:
                client.recv(1000)
                client.sendall(b"220 smtp.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(PostError, match="220 smtp"):
            Post(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=5).send(b"{}", {})
        thread.join()


def test_nobody_there_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(PostError, match="Connection refused"):
        Post(f"http://127.0.0.1:{port}/", timeout=5).send(b"{}", {})


def test_it_can_be_broken_off():
    with receiving(None) as receiver:
        post = Post(receiver.url, timeout=5)
        stopper = threading.Thread(target=lambda: (receiver.next(), post.stop()))
        stopper.start()
        with pytest.raises(PostError, match="mailsink stopped"):
            post.send(b"{}", {})
        stopper.join()
