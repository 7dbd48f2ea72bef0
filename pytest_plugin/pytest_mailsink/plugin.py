"""The fixtures and settings that pytest sees.

Loaded in every run of every user who has mailsink installed: imports nothing that pytest has not
loaded already. Everything else is imported when a fixture is used for the first time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mailsink import Sink

    from .fixture import Mailsink

__all__ = ["mailsink", "mailsink_server", "pytest_addoption", "pytest_configure"]

TIMEOUT = "mailsink_timeout"
SCALE = "MAILSINK_TIMEOUT_SCALE"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini setting ``mailsink_timeout``."""
    parser.addini(
        TIMEOUT,
        "mailsink: how many seconds expect() waits when a test does not say; "
        "the environment's MAILSINK_TIMEOUT_SCALE multiplies it",
        default="5",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong setting once and before the first test, not once for each test."""
    _timeout(config)


def _timeout(config: pytest.Config) -> float:
    """How many seconds expect() waits when a test does not say."""
    return _positive(TIMEOUT, config.getini(TIMEOUT)) * _positive(SCALE, os.environ.get(SCALE) or "1")


def _positive(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        raise pytest.UsageError(f"{name} = {text}: must be a number greater than 0")
    return number


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
    from .fixture import opened

    with opened(mailsink_server, request.node.nodeid, _timeout(pytestconfig)) as inbox:
        yield inbox
