from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mailsink.store import Store, open_store

# How long an example takes says more about the machine than about the code.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = open_store("memory" if request.param == "memory" else str(tmp_path / "mail.db"))
    yield opened
    opened.close()
