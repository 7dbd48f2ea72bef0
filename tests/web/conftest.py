from __future__ import annotations

import threading

import pytest
from asking import Http
from sending import send

from mailsink import Sink
from mailsink_web.server import serve


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def web(sink):
    with serve(sink, port=0) as web:
        yield web


@pytest.fixture
def http(web):
    http = Http(web.host, web.port)
    yield http
    http.close()


@pytest.fixture
def captured(sink):
    """Send a mail, and return its message once it is kept."""

    def capture(content=None, **words):
        send((sink.host, sink.port), content, **words)
        return sink.inbox.get("latest")

    return capture


@pytest.fixture
def in_thread():
    """Call something in a thread; returns what gives its result."""
    threads = []

    def start(call):
        results = []
        thread = threading.Thread(target=lambda: results.append(call()))
        thread.start()
        threads.append(thread)

        def result():
            thread.join(10)
            return results[0]

        return result

    yield start
    for thread in threads:
        thread.join(10)
