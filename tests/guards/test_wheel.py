"""What users install is what we mean to ship, and it works."""

from __future__ import annotations

import configparser
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from guards.sources import PACKAGES, PROJECT, ROOT

VERSION = PROJECT["project"]["version"]
DIST_INFO = f"mailsink-{VERSION}.dist-info"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in an environment that sees our dependencies and not this checkout; returns its ``bin``."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    # The .pth files of a folder that a .pth file names are not read: the editable install stays out.
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    run(*pip, "--ignore-installed", wheel, cwd=folder)
    return folder / "bin"


def test_the_wheel_holds_the_three_packages_and_nothing_else(names):
    sources = {
        f"{(ROOT / package).name}/{path.relative_to(ROOT / package).as_posix()}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    metadata = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}

    assert names == sources | {f"{DIST_INFO}/{name}" for name in metadata}


def test_nothing_is_installed_beside_the_packages(names):
    top = {name.split("/")[0] for name in names}

    assert top == {"mailsink", "mailsink_web", "pytest_mailsink", DIST_INFO}


@pytest.mark.parametrize("package", ["mailsink", "mailsink_web", "pytest_mailsink"])
def test_a_package_says_that_it_is_typed(names, package):
    assert f"{package}/py.typed" in names


@pytest.mark.parametrize(
    ("folder", "suffix"), [("templates", ".html"), ("static", ".css"), ("static", ".js")]
)
def test_the_inbox_has_what_it_shows(names, folder, suffix):
    assert any(name.startswith(f"mailsink_web/{folder}/") and name.endswith(suffix) for name in names)


def test_the_entry_points_are_the_command_and_the_plugin(wheel):
    parser = configparser.ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        parser.read_string(archive.read(f"{DIST_INFO}/entry_points.txt").decode())

    assert {section: dict(parser[section]) for section in parser.sections()} == {
        "console_scripts": {"mailsink": "mailsink.cli:main"},
        "pytest11": {"mailsink": "pytest_mailsink.plugin"},
    }


def test_the_metadata_names_the_licence_and_the_readme(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{DIST_INFO}/METADATA").decode()

    assert "License-Expression: MIT" in metadata
    assert (ROOT / "README.md").read_text("utf-8") in metadata


def test_the_installed_command_tells_its_version(installed, tmp_path):
    assert VERSION in run(installed / "mailsink", "--version", cwd=tmp_path)


def test_the_installed_packages_are_the_wheels(installed, tmp_path):
    code = "import mailsink, mailsink_web, pytest_mailsink as p; print(mailsink, mailsink_web, p)"

    found = run(installed / "python", "-c", code, cwd=tmp_path)

    assert str(ROOT) not in found


def test_the_installed_plugin_gives_the_fixture(installed, tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it(mailsink):\n    mailsink.expect_none()\n")

    closing = run(
        installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path, cwd=tmp_path
    )

    assert "1 passed" in closing
