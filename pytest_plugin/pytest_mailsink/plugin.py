"""The fixtures and settings that pytest sees.

Loaded in every run of every user who has mailsink installed: imports nothing that pytest has not
loaded already. Everything else is imported when a fixture is used for the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mailsink import Sink

    from .fixture import Mailsink

__all__ = ["mailsink", "mailsink_server", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini setting ``mailsink_timeout``."""
    parser.addini(
        "mailsink_timeout",
        "mailsink: how many seconds expect() waits when a test does not say; "
        "the environment's MAILSINK_TIMEOUT_SCALE multiplies it",
        default="5",
    )


@pytest.fixture(scope="session")
def mailsink_server() -> Iterator[Sink]:
    """The running `mailsink.Sink` of this session; under pytest-xdist each worker has its own."""
    from mailsink import Sink

    with Sink(smtp=()) as sink:
        yield sink


@pytest.fixture
def mailsink(
    mailsink_server: Sink, request: pytest.FixtureRequest, pytestconfig: pytest.Config
) -> Iterator[Mailsink]:
    """An SMTP server of this test's own: a port and an inbox that no other test sees.

    Point your code at ``mailsink.host`` and ``mailsink.port`` (or ``mailsink.env``), then
    ``mailsink.expect(...)`` what it sends.
    """
    from .fixture import opened, timeout_of

    timeout = timeout_of(pytestconfig.getini("mailsink_timeout"))
    with opened(mailsink_server, request.node.nodeid, timeout) as inbox:
        yield inbox
