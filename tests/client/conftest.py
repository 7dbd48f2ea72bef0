from __future__ import annotations

import threading

import pytest
from sending import mail, send
from sinks import sink, web

from mailsink import Client

__all__ = ["sink", "web"]


@pytest.fixture
def client(web):
    with Client(web.url) as client:
        yield client


@pytest.fixture
def put(sink):
    """Send a mail, and return its message as the sink has it."""

    def put(subject="Hello", text="Hi", *, content=None, **words):
        send((sink.host, sink.port), content or mail(subject, text), **words)
        return sink.everything.get("latest")

    return put


@pytest.fixture
def later(put):
    """Call something in a moment, from another thread; the test's end waits for it."""
    timers = []

    def later(call, *arguments):
        timers.append(threading.Timer(0.05, call, arguments))
        timers[-1].start()

    yield later
    for timer in timers:
        timer.join()


@pytest.fixture
def put_to_a_stream(later, put, web):
    """Send a mail as soon as somebody follows the stream."""
    return lambda: later(lambda: web.seats.wait_taken(1, timeout=30) and put())
