from __future__ import annotations

import pytest
from sending import mail, send
from sinks import sink, web

from mailsink import Client
from mailsink.mcp.tools import Tools

__all__ = ["sink", "web"]


@pytest.fixture
def tools(web):
    with Client(web.url) as client:
        yield Tools(client)


@pytest.fixture
def put(sink):
    """Send a mail, and return its message."""

    def put(subject="Hello", text="Hi", content=None, **words):
        send((sink.host, sink.port), content or mail(subject, text), **words)
        return sink.inbox.get("latest")

    return put
