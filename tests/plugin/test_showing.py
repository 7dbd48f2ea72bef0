from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest
from guards.sources import ROOT, blocks

SEND = """
import smtplib
import pytest

def send(where, subject):
    with smtplib.SMTP(where.host, where.port, timeout=10) as client:
        client.sendmail("shop@example.com", ["ada@example.org"], f"Subject: {subject}\\r\\n\\r\\nHi")
"""
FAILING = (
    SEND
    + """
def test_1_passes(mailsink):
    send(mailsink, "Nobody looks at this")

def test_2_fails(mailsink, mailsink_factory):
    send(mailsink, "Broken")
    send(mailsink_factory("backup"), "Backup")
    assert 0

def test_3_fails_too(mailsink_shared):
    send(mailsink_shared, "Shared")
    assert 0
"""
)


@pytest.fixture
def watched(pytester, monkeypatch):
    """A run of pytest at whose terminal somebody sits: what it has said, up to where it waits for Enter."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    runs = []

    def start(code: str, *arguments: str) -> tuple[subprocess.Popen[str], list[str]]:
        pytester.makepyfile(test_it=code)
        command = [sys.executable, "-m", "pytest", "-p", "pytest_mailsink.plugin", "-p", "no:cacheprovider"]
        run = subprocess.Popen(
            [*command, *arguments],
            cwd=pytester.path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ,
        )
        runs.append(run)
        lines = []
        for line in run.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Press Enter"):
                break
        return run, lines

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def go_on(run: subprocess.Popen[str]) -> str:
    out, _ = run.communicate("\n", timeout=60)
    return out


def subjects(url: str) -> list[str]:
    """The subjects in the inbox whose page *url* is, by the API beside it."""
    with urllib.request.urlopen(url.replace("/?", "/api/messages?"), timeout=30) as answer:
        return [message["subject"] for message in json.load(answer)["messages"]]


def test_the_mail_of_failed_tests_can_be_looked_at_until_enter_is_pressed(watched):
    run, lines = watched(FAILING, "--mailsink-ui")

    start = lines.index("The mail of the tests that failed:")
    assert [re.sub(r"http://127\.0\.0\.1:\d+", "URL", line) for line in lines[start:]] == [
        "The mail of the tests that failed:",
        "  test_it.py::test_2_fails",
        "    URL/?inbox=test_it.py%3A%3Atest_2_fails",
        "  test_it.py::test_2_fails backup",
        "    URL/?inbox=test_it.py%3A%3Atest_2_fails%20backup",
        "  test_it.py::test_3_fails_too",
        "    URL/?inbox=test_it.py%3A%3Atest_3_fails_too",
        "Press Enter to end the run.",
    ]
    urls = [line.strip() for line in lines[start:] if "http" in line]
    assert [subjects(url) for url in urls] == [["Broken"], ["Backup"], ["Shared"]]
    assert len(subjects(urls[0].partition("?")[0] + "?")) == 3
    with urllib.request.urlopen(urls[0], timeout=30) as page:
        assert "Broken" in page.read().decode()
    assert "2 failed, 1 passed" in go_on(run)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert any("test_2_fails" in line and line.startswith("____") for line in lines[:start])


def test_the_page_shows_what_is_printed(watched):
    [shown] = [b.code for b in blocks(ROOT / "docs/pytest.md", "text") if "Press Enter" in b.code]

    _, lines = watched("def test_invoice(mailsink):\n    assert 0\n", "--mailsink-ui")

    said = "\n".join(lines[lines.index("The mail of the tests that failed:") :]) + "\n"
    assert re.sub(r":\d{4,}/", ":PORT/", said).replace("test_it.py", "test_shop.py") == re.sub(
        r":\d{4,}/", ":PORT/", shown
    )


def test_where_nothing_failed_nobody_is_waited_for(watched):
    run, lines = watched(SEND + "\ndef test_it(mailsink):\n    send(mailsink, 'Hello')\n", "--mailsink-ui")

    assert run.wait(60) == pytest.ExitCode.OK
    assert "1 passed" in lines[-1]


def test_a_test_pauses_where_it_says(watched):
    code = """
def test_it(mailsink, capsys):
    send(mailsink, "So far")
    print("said before")
    mailsink.pause()
    assert capsys.readouterr().out == "said before\\n"
"""
    run, lines = watched(SEND + code)

    assert lines[-3] == "The mail of test_it.py::test_it so far:"
    assert lines[-1] == "Press Enter to go on."
    assert subjects(lines[-2].strip()) == ["So far"]
    assert "1 passed" in go_on(run)
    assert run.returncode == pytest.ExitCode.OK


def test_a_worker_of_xdist_cannot_pause(run):
    result = run("def test_it(mailsink):\n    mailsink.pause()\n", "-n", "1", plugins=("xdist",))

    result.assert_outcomes(failed=1)
    assert (
        "E   RuntimeError: pause() waits for Enter, and a worker of pytest-xdist has no terminal: "
        "run this test without -n"
    ) in [re.sub(r"E +", "E   ", line) for line in result.outlines]


def test_several_processes_have_no_one_inbox(run):
    result = run("def test_it(): pass", "-n", "2", "--mailsink-ui", plugins=("xdist",))

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --mailsink-ui: shows the inbox of one process; run without -n" in result.errlines
