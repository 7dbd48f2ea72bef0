from __future__ import annotations

import pytest

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


@pytest.fixture(params=["", "/mailpit"], ids=["root", "path"])
def mailpit_url(web, request):
    """Mailpit's clients are at home at the root and under the path."""
    return web.url + request.param
