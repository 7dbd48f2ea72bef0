from __future__ import annotations

import os
from pathlib import Path

import pytest

# So that the inner tests may use the clients of the outer ones.
TESTS = str(Path(__file__).parents[1])


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Write a test file, and run pytest on it in another process, with no plugin but ours and those named.

    ``run(code, "-n", "2", plugins=["xdist"])``; the result's text is that of the inner pytest.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([TESTS, *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.delenv("MAILSINK_TIMEOUT_SCALE", raising=False)

    def run(code: str, *arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
        pytester.makepyfile(code)
        loaded = [word for name in ("pytest_mailsink.plugin", *plugins) for word in ("-p", name)]
        return pytester.runpytest_subprocess(*loaded, "-p", "no:cacheprovider", *arguments)

    return run
