from __future__ import annotations

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
