"""The JavaScript client, its helpers for Playwright and Cypress, and its types, against real servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guards.sources import ROOT, blocks
from programs import lack

from mailsink import Policy, Sink
from mailsink_web.server import serve

HERE = Path(__file__).parent
PACKAGE = ROOT / "clients" / "js"
DOCS = ROOT / "docs" / "javascript.md"
# Beside the Python packages of the environment that the tests run in: see the Makefile.
MODULES = Path(sys.prefix, "node", "node_modules")
TIMEOUT = 120.0


@pytest.fixture
def sink():
    with Sink(smtp=(), policy=Policy()) as sink:
        sink.listen(inbox=None)
        yield sink


@pytest.fixture
def project(tmp_path):
    """A folder with these tests, where what npm publishes of the client is installed."""
    needed = ("@playwright/test", "nodemailer", "typescript")
    if shutil.which("node") is None or not all((MODULES / name).is_dir() for name in needed):
        lack("node or one of its packages is not installed; `make packages` installs them, or says how.")
    folder = tmp_path / "project"
    (folder / "node_modules").mkdir(parents=True)
    for name in needed:
        top = name.partition("/")[0]
        (folder / "node_modules" / top).symlink_to(MODULES / top)
    for name in json.loads((PACKAGE / "package.json").read_text())["files"]:
        shutil.copytree(PACKAGE / name, folder / "node_modules" / "mailsink" / name)
    shutil.copy(PACKAGE / "package.json", folder / "node_modules" / "mailsink")
    (folder / "package.json").write_text('{"type": "module"}')
    for file in [*HERE.glob("*.js"), HERE / "types.ts"]:
        shutil.copy(file, folder)
    return folder


def run(project: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAILSINK_")}
    return subprocess.run(
        ["node", *map(str, words)],
        cwd=project,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("file", ["client.test.js", "cypress.test.js"])
def test_the_client_s_own_tests_pass(project, sink, file):
    with serve(sink, port=0) as web:
        done = run(project, "--test", file, MAILSINK_URL=web.url)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_token_is_sent(project, sink):
    with serve(sink, port=0, tokens=("s3cret",)) as web:
        done = run(project, "--test", "token.test.js", MAILSINK_URL=web.url, MAILSINK_TOKEN="s3cret")

    assert done.returncode == 0, done.stdout + done.stderr


def test_it_can_be_required(project):
    code = "const { Client } = require('mailsink'); console.log(new Client('http://127.0.0.1:9').url)"

    assert run(project, "--no-warnings", "-e", code).stdout == "http://127.0.0.1:9\n"


def test_playwright_gives_each_test_an_inbox(project, sink):
    chromium = shutil.which("chromium")
    if chromium is None:
        lack("chromium is not installed; `make packages` installs it, or says how.")
    use = {"launchOptions": {"executablePath": chromium, "args": ["--no-sandbox"]}}
    config = {"testMatch": "*.spec.js", "workers": 2, "fullyParallel": True, "reporter": "json", "use": use}
    (project / "playwright.config.js").write_text(f"export default {json.dumps(config)};\n")

    with serve(sink, port=0) as web:
        done = run(
            project, "node_modules/@playwright/test/cli.js", "test",
            MAILSINK_URL=web.url, SHOP_SMTP_PORT=str(sink.listeners[0].port),
        )  # fmt: skip
        left = sink.inboxes.leases

    assert done.stdout.startswith("{"), done.stdout + done.stderr
    specs = json.loads(done.stdout)["suites"][0]["specs"]
    outcomes = {spec["title"]: spec["tests"][0]["results"][0] for spec in specs}
    assert {title: result["status"] for title, result in outcomes.items()} == {
        "ada signs up": "passed",
        "grace signs up": "passed",
        "a failed test shows its mail": "failed",
    }, done.stdout
    failed = outcomes["a failed test shows its mail"]
    assert "captured mail" in [one["name"] for one in failed["attachments"]]
    assert "expected 1 message, got 0" in failed["errors"][0]["message"]
    assert left == {}


@pytest.mark.parametrize("block", blocks(DOCS, "js"), ids=lambda block: f"line {block.line}")
def test_an_example_of_the_docs_runs(project, sink, block):
    (project / "example.js").write_text(block.code)

    with serve(sink, port=0) as web:
        done = run(project, "example.js", MAILSINK_URL=web.url)

    assert (done.returncode, done.stderr) == (0, "")


def test_type_checkers_know_it(project):
    options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"]
    modules = ["--module", "nodenext", "--skipLibCheck"]

    # The examples of the docs, too.
    for block in blocks(DOCS, "ts"):
        (project / f"line_{block.line}.ts").write_text(block.code)

    done = run(
        project, "node_modules/typescript/bin/tsc", *options, *modules, *map(str, project.glob("*.ts"))
    )

    assert done.returncode == 0, done.stdout
