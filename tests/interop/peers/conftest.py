from __future__ import annotations

import pytest
from sinks import capture, sink, web

__all__ = ["capture", "sink", "web"]


@pytest.fixture(params=["", "/mailpit"], ids=["root", "path"])
def mailpit_url(web, request):
    """Mailpit's clients are at home at the root and under the path."""
    return web.url + request.param
