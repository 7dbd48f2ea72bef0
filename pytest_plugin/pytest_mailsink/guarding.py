"""The guard in a run of pytest: who is guarded, and which test fails for mail past the sink.

Imported and registered where a test or the settings ask for the guard.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from mailsink.testing import Guard, Stray, told

from .options import marked

__all__ = ["Guarding"]


class Guarding:
    """A plugin that fails the tests whose mail went past the sink.

    *always* guards every test whose marker does not say otherwise. Strays that come when no test runs are
    written into *late*, a line each.
    """

    def __init__(self, guard: Guard, late: list[str], *, always: bool) -> None:
        self.guard = guard
        self._late = late
        self._always = always
        self._ended = ""
        guard.active = always
        guard.start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Look after what strayed before the test; guard it as its marker wants."""
        self._leave_over()
        if self._always:
            self.guard.active = item.get_closest_marker("mailsink") is None or marked(item).get("guard", True)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Fail a test that would have passed."""
        result = yield
        self._judge()
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fail what is torn down, and guard as it was before."""
        try:
            result = yield
            self._judge()
        finally:
            self.guard.take()
            self.guard.active = self._always
            self._ended = item.nodeid
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell of it too where the test failed for another reason."""
        report = yield
        if report.failed and (strays := self.guard.take()):
            report.sections.append(("Mail past the sink", told(strays)))
        return report

    def pytest_sessionfinish(self) -> None:
        """Look after what strayed behind the last test."""
        self._leave_over()
        self.guard.stop()

    def _judge(self) -> None:
        if problem := told(self.guard.take()):
            pytest.fail(problem, pytrace=False)

    def _leave_over(self) -> None:
        self._late.extend(_line(self._ended, stray) for stray in self.guard.take())


def _line(test: str, stray: Stray) -> str:
    when = f"{test} was over" if test else "the first test began"
    return f"SMTP to {stray.where}, which is not the sink, when {when}: {stray.place}"
