"""The fixtures and hooks that pytest sees.

Loaded in every run of every user who has mailsink installed: imports nothing that pytest has not
loaded already. Everything else is imported when a fixture is used for the first time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .options import MARKER, Options, add_options, marked, read_options

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from mailsink.testing import Guard, Mailsink, RemoteServer, Server

    from .guarding import Guarding
    from .running import Factory

__all__ = [
    "mailsink",
    "mailsink_factory",
    "mailsink_guard",
    "mailsink_server",
    "mailsink_shared",
    "pytest_addoption",
    "pytest_configure",
    "pytest_leave_out_ours",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

OPTIONS = pytest.StashKey[Options]()
LATE = pytest.StashKey[list[str]]()
SERVERS = pytest.StashKey[list["Server | RemoteServer"]]()
GUARDING = pytest.StashKey["Guarding"]()
# Under pytest-xdist: how a worker's late mail comes to the controller.
_KEY = "mailsink_late"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong setting once and before the first test, not once for each test."""
    config.addinivalue_line("markers", MARKER)
    config.stash[OPTIONS] = read_options(config)
    config.stash[LATE] = []
    config.stash[SERVERS] = []
    if config.stash[OPTIONS].guard == "on":
        _guarding(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Guard a test whose marker wants it, whatever fixtures it asks for; a wrong marker fails it."""
    if item.get_closest_marker("mailsink") is not None and marked(item).get("guard"):
        _guarding(item.config).guard.active = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the mail that came to the report of a test that fails."""
    report = yield
    # Who used a fixture has loaded it.
    running = sys.modules.get(f"{__package__}.running")
    if running is None:
        return report
    if report.when == "teardown":
        # A plugin may run the test once more: it begins as if it had never run.
        running.forget(item)
    elif report.failed:
        item.stash[running.FAILED] = True
        if opened := running.used(item):
            from .report import captured

            report.sections.append(captured(opened))
    return report


# After pytest has put in what a unittest raised, and before a report is made of it.
@pytest.hookimpl(specname="pytest_runtest_makereport")
def pytest_leave_out_ours(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Shorten the traceback that is reported."""
    if call.excinfo is not None and "mailsink" in sys.modules and not item.config.getoption("fulltrace"):
        error: BaseException | None = call.excinfo.value
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            _leave_out_ours(error.__traceback__)
            # A doctest keeps what its example raised.
            inner = getattr(error, "exc_info", (None, None))[1]
            error = error.__cause__ or error.__context__ or inner


def _leave_out_ours(trace: TracebackType | None) -> None:
    """Shorten a traceback by mailsink's own frames: the error tells what is wrong, the test's line where."""
    ours = tuple(
        f"{Path(file).parent}{os.sep}" for file in (sys.modules["mailsink"].__file__, __file__) if file
    )
    while trace is not None:
        after = trace.tb_next
        while after is not None and _is_ours(after.tb_frame, ours):
            after = after.tb_next
        trace.tb_next, trace = after, after


def _is_ours(frame: FrameType, ours: tuple[str, ...]) -> bool:
    if frame.f_code.co_filename == "<string>":
        # What a dataclass makes of its fields.
        return str(frame.f_globals.get("__name__")).partition(".")[0] == "mailsink"
    return frame.f_code.co_filename.startswith(ours)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist knows of late mail."""
    node.config.stash[LATE].extend(getattr(node, "workeroutput", {}).get(_KEY, []))


# When all fixtures are torn down: what they start may send to the end.
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the server; hand a worker's late mail to its controller, or fail the run for it if wanted."""
    config = session.config
    late = config.stash.get(LATE, [])
    for server in config.stash.get(SERVERS, []):
        from .running import end

        late.extend(end(config, server, config.stash[OPTIONS]))
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = late
    elif late and config.stash[OPTIONS].late == "error" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests whose mail came when they were over."""
    config = terminalreporter.config
    if hasattr(config, "workerinput"):
        # Under pytest-xdist the controller tells it all.
        return
    came = config.stash[LATE]
    late = [] if config.stash[OPTIONS].late == "ignore" else sorted(came)
    if summary_file := os.environ.get("GITHUB_STEP_SUMMARY"):
        _write_summary(summary_file, terminalreporter.stats, late)
    if not late:
        return
    terminalreporter.section("late mail")
    for line in late:
        terminalreporter.line(line)
    if any(" after it ended: " in line for line in late):
        terminalreporter.line("These tests ended before their mail came: expect() it in them.")


def _write_summary(file: str, stats: dict[str, list[Any]], late: list[str]) -> None:
    reports = [one for many in stats.values() for one in many if isinstance(one, pytest.TestReport)]
    # Known when a test is torn down: no sooner than by its last report.
    files = {
        one.nodeid: value
        for one in reports
        for name, value in one.user_properties
        if name == "mailsink.artifacts"
    }
    failed = [
        (one.nodeid, text, str(files.get(one.nodeid, "")))
        for one in reports
        for title, text in one.sections
        if title.startswith("Captured mail")
    ]
    if failed or late:
        from .summary import write

        write(Path(file), failed, late)


@pytest.fixture(scope="session")
def mailsink_server(pytestconfig: pytest.Config) -> Server | RemoteServer:
    """The running `mailsink.Sink` of this session; under pytest-xdist each worker has its own.

    ``mailsink_server.open("backup")`` opens one more SMTP server, for fixtures of a wider scope. With
    ``--mailsink-url`` it stands for the running server there, and opens inboxes of it.
    """
    from .running import start

    server = start(pytestconfig, pytestconfig.stash[OPTIONS])
    pytestconfig.stash[SERVERS].append(server)
    return server


@pytest.fixture
def mailsink(
    mailsink_server: Server | RemoteServer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> Iterator[Mailsink]:
    """An SMTP server of this test's own: a port and an inbox that no other test sees.

    Point your code at ``mailsink.host`` and ``mailsink.port`` (or ``mailsink.env``), then
    ``mailsink.expect(...)`` what it sends.
    """
    from .running import of_test

    with of_test(mailsink_server, request.node, monkeypatch, pytestconfig.stash[OPTIONS]) as opened:
        yield opened


@pytest.fixture
def mailsink_shared(
    mailsink_server: Server | RemoteServer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> Iterator[Mailsink]:
    """This test's part of an SMTP server whose port stays the same for the whole session.

    For applications that cannot be pointed to another port for each test: ``mailsink_server.shared`` is where
    they send to. Its mail is what comes during the test, and what ``address()`` or ``username`` names.
    """
    from .running import shared_by_test

    with shared_by_test(mailsink_server, request.node, monkeypatch, pytestconfig.stash[OPTIONS]) as opened:
        yield opened


@pytest.fixture
def mailsink_factory(
    mailsink_server: Server | RemoteServer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> Iterator[Factory]:
    """Opens more SMTP servers for this test: ``mailsink_factory("backup", tls="implicit")``."""
    from .running import factory

    with factory(mailsink_server, request.node, monkeypatch, pytestconfig.stash[OPTIONS]) as made:
        yield made


@pytest.fixture
def mailsink_guard(pytestconfig: pytest.Config) -> Guard:
    """Fails this test if it talks SMTP to anything but the sink; nothing is sent there.

    ``mailsink_guard.allow("mail.example.org", 25)`` lets mail go to another server. The ini setting
    ``mailsink_guard = on`` guards every test.
    """
    guard = _guarding(pytestconfig).guard
    guard.active = True
    return guard


def _guarding(config: pytest.Config) -> Guarding:
    """The guard of this run, made when it is first wanted."""
    if GUARDING not in config.stash:
        from mailsink.testing import Guard

        from .guarding import Guarding

        servers = config.stash[SERVERS]
        guard = Guard(lambda host, port: any(server.takes(host, port) for server in servers))
        always = config.stash[OPTIONS].guard == "on"
        config.stash[GUARDING] = Guarding(guard, config.stash[LATE], always=always)
        config.pluginmanager.register(config.stash[GUARDING], "mailsink-guard")
    return config.stash[GUARDING]
