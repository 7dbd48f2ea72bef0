from __future__ import annotations

import pytest

from mailsink.testing import Mailsink, Server


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


@pytest.fixture
def mailsink(server) -> Mailsink:
    """The object that the fixture of the plugin gives, without pytest's part in it."""
    with server.open("test") as opened:
        yield opened
