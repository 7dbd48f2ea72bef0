"""Nothing is loaded before it is used: not by importing mailsink, and not by having the plugin installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = {
    "aiosmtpd",
    "asyncio",
    "click",
    "cryptography",
    "flask",
    "msgspec",
    "sqlite3",
    "ssl",
    "trustme",
    "werkzeug",
}

CONFTEST = """
import json, os, sys

def pytest_unconfigure():
    with open(os.environ["LOADED_MODULES_FILE"], "w") as file:
        json.dump(sorted(sys.modules), file)
"""


def test_importing_mailsink_loads_no_heavy_library():
    code = "import json, sys, mailsink; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(json.loads(done.stdout))

    assert "mailsink" in loaded
    assert loaded & HEAVY == set()


@pytest.fixture
def loaded_by_pytest(tmp_path):
    """Run pytest where there is nothing to collect; return the modules it had loaded at its end."""

    def run(*arguments, **environment):
        listing = tmp_path / "modules.json"
        (tmp_path / "conftest.py").write_text(CONFTEST)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
            *arguments,
        ]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
        done = subprocess.run(
            [*command, f"--rootdir={tmp_path}", str(tmp_path)],
            cwd=tmp_path,
            env={**kept, "LOADED_MODULES_FILE": str(listing), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr
        return set(json.loads(listing.read_text()))

    return run


def foreign(modules):
    return {name for name in modules if name.split(".")[0] != "pytest_mailsink"}


def test_the_plugin_loads_nothing_but_itself(loaded_by_pytest):
    without = loaded_by_pytest(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    with_it = loaded_by_pytest("-p", "pytest_mailsink.plugin", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    assert "pytest_mailsink.plugin" in with_it - without
    assert foreign(with_it - without) == set()


def test_the_installed_plugin_loads_nothing_but_itself(loaded_by_pytest):
    without = loaded_by_pytest("-p", "no:mailsink")
    with_it = loaded_by_pytest()

    assert "pytest_mailsink.plugin" in with_it - without, "not installed: run make test"
    assert foreign(with_it - without) == set()
