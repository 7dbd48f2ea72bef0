"""Fixtures that several folders share: a sink, its pages, a mail that has come."""

from __future__ import annotations

import pytest
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
def capture(sink):
    """Send a mail, and return its message once it is kept."""

    def capture(content=None, **words):
        send((sink.host, sink.port), content, **words)
        return sink.inbox.get("latest")

    return capture
