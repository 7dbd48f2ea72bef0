from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsink.store import Store, open_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = open_store("memory" if request.param == "memory" else str(tmp_path / "mail.db"))
    yield opened
    opened.close()
