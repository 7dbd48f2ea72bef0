"""How long the fixture takes: set-up and tear-down, the first use, and from the 250 to expect()'s return.

``python tests/bench/fixture.py [ROUNDS]`` measures each plugin that is installed (smtpdfix and
pytest-localserver, else mailsink alone) and a bare aiosmtpd Controller in the same run, taking turns, and
prints medians in milliseconds. A mail is sent in each test. expect() is called while the client is still
connected, which is when it takes longest: the listener's grace for one more mail, 5 ms, is in it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROUNDS = 200

CONFTEST = """
import json, os, time
import pytest

times = {"setup": [], "teardown": [], "expect": []}

def timed(name):
    def hook(item):
        began = time.perf_counter()
        yield
        times[name].append((time.perf_counter() - began) * 1000)
    return pytest.hookimpl(hookwrapper=True)(hook)

pytest_runtest_setup = timed("setup")
pytest_runtest_teardown = timed("teardown")

@pytest.fixture
def controller():
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()

@pytest.fixture
def clock():
    return times["expect"]

def pytest_sessionfinish():
    with open(os.environ["TIMES"], "w") as file:
        json.dump(times, file)
"""
TEST = """
import smtplib, time
import pytest

@pytest.mark.parametrize("number", range({rounds}))
def test_it({fixture}, clock, number):
    host, port = {place}
    with smtplib.SMTP(host, port) as client:
        client.sendmail("shop@example.com", ["ada@example.org"], "Subject: Hello\\n\\nHi")
        began = time.perf_counter()
        {expect}
        clock.append((time.perf_counter() - began) * 1000)
"""
# name -> the module that must be there, fixture, where to send, how to wait
KINDS = {
    "mailsink": ("mailsink", "mailsink", "mailsink.host, mailsink.port", "mailsink.expect()"),
    "smtpdfix": ("smtpdfix", "smtpd", "smtpd.hostname, smtpd.port", "assert smtpd.messages"),
    "pytest-localserver": (
        "pytest_localserver",
        "smtpserver",
        "smtpserver.addr[:2]",
        "assert smtpserver.outbox",
    ),
    "aiosmtpd Controller": ("aiosmtpd", "controller", "controller.hostname, controller.port", "pass"),
}


def run(kind: str, rounds: int) -> dict[str, list[float]]:
    """The times of *rounds* tests in a process of their own."""
    _, fixture, place, expect = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "conftest.py").write_text(CONFTEST)
        (root / "test_it.py").write_text(
            TEST.format(rounds=rounds, fixture=fixture, place=place, expect=expect)
        )
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--rootdir={root}",
            str(root),
        ]
        # Where mailsink is on the path and not installed.
        command += ["-p", "pytest_mailsink.plugin"] if "PYTHONPATH" in os.environ else []
        subprocess.run(
            command,
            cwd=root,
            env={**os.environ, "TIMES": str(root / "times")},
            check=True,
            capture_output=True,
        )
        times: dict[str, list[float]] = json.loads((root / "times").read_text())
        return times


def main(rounds: int) -> None:
    kinds = [kind for kind, (module, *_) in KINDS.items() if importlib.util.find_spec(module)]
    turns = 4
    found: dict[str, list[dict[str, list[float]]]] = {kind: [] for kind in kinds}
    for _ in range(turns):
        for kind in kinds:
            found[kind].append(run(kind, max(2, rounds // turns)))
    heads = ("ms", "setup", "teardown", "together", "first use", "expect p50", "p99")
    print("{:20} {:>8} {:>9} {:>9} {:>10} {:>11} {:>8}".format(*heads))
    for kind, runs in found.items():
        setup = median(t for times in runs for t in times["setup"][1:])
        teardown = median(t for times in runs for t in times["teardown"][1:-1])
        first = median(times["setup"][0] for times in runs)
        waits = sorted(t for times in runs for t in times["expect"])
        p99 = waits[int(len(waits) * 0.99)]
        print(
            f"{kind:20} {setup:8.2f} {teardown:9.2f} {setup + teardown:9.2f} {first:10.0f} "
            f"{median(waits):11.2f} {p99:8.2f}"
        )


if __name__ == "__main__":
    number = sys.argv[1] if len(sys.argv) > 1 and re.fullmatch(r"\d+", sys.argv[1]) else ROUNDS
    main(int(number))
