"""Who moves from another plugin finds all of it in docs/moving.md: read off the published packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from guards.sources import ROOT, blocks
from programs import lack

PAGE = ROOT / "docs/moving.md"
PYTHON = Path(sys.prefix, "peers", "bin", "python")
# What a user of each can reach, as the page would name it.
PUBLIC = {
    "smtpdfix": """
import pathlib, re, smtpdfix
from smtpdfix.configuration import Config
from smtpdfix.controller import AuthController
source = "".join(p.read_text() for p in pathlib.Path(smtpdfix.__file__).parent.glob("*.py"))
own = {name for name in vars(AuthController) if not name.startswith("_")}
config = {name for name in {*vars(Config), *vars(Config())} if not name.startswith("_")} - {"convert_to_bool"}
names = {*smtpdfix.__all__, *own, *config, *re.findall(r'getenv\\(\\s*"(\\w+)"', source)}
""",
    "pytest-localserver": """
import inspect, pathlib, re
from pytest_localserver import plugin, smtp
own = {name for name in vars(smtp.Server) if not name.startswith("_")} | {"addr", "port"}
details = set(inspect.signature(smtp.MessageDetails).parameters)
fixtures = re.findall(r"@pytest.fixture\\s+def (\\w+)", pathlib.Path(plugin.__file__).read_text())
names = {*own, *details, *fixtures, "Handler", "MessageDetails", "Server"}
""",
}


def ask(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the Python in whose environment the published plugins are."""
    if not PYTHON.exists():
        lack(f"the published plugins are not in {PYTHON.parents[1]}: make test")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "COV"))
    }
    return subprocess.run(
        [PYTHON, *arguments], cwd=cwd, env=kept, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("plugin", PUBLIC)
def test_every_name_of_a_plugin_has_its_place(plugin, tmp_path):
    done = ask("-c", f"{PUBLIC[plugin]}\nimport json; print(json.dumps(sorted(names)))", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    # The first cell names what they have.
    named = {
        word
        for row in rows
        for span in re.findall(r"`([^`]+)`", row.split("|")[1])
        for word in re.findall(r"\w+", span)
    }

    assert [name for name in json.loads(done.stdout) if name not in named] == []


@pytest.mark.parametrize("block", blocks(PAGE, "py"), ids=lambda block: block.name)
def test_what_the_page_shows_of_a_plugin_is_so(block, tmp_path):
    (tmp_path / "test_before.py").write_text(block.code, "utf-8")

    done = ask("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("number", [0, 2])
def test_each_before_has_an_after_with_the_same_tests(number):
    before = blocks(PAGE, "py")[number // 2]
    after = blocks(PAGE, "python")[number]

    assert re.findall(r"def (test_\w+)", before.code) == re.findall(r"def (test_\w+)", after.code)
