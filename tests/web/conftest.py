from __future__ import annotations

import threading

import pytest
from asking import Http
from sinks import capture, sink, web

__all__ = ["captured", "sink", "web"]

captured = capture


@pytest.fixture
def http(web):
    http = Http(web.host, web.port)
    yield http
    http.close()


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


@pytest.fixture
def ended(sink):
    """Wait until so many sessions have ended since the sink began."""

    def ended(number):
        with sink.events.subscribe(after=0, kinds=("session",)) as events:
            for _ in range(number):
                assert events.get(timeout=10) is not None

    return ended
