"""Sample projects whose suites pass, in two workers and in random order, in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guards.sources import ROOT, blocks
from serving import running

HERE = Path(__file__).parent
ENVIRONMENT = Path(sys.prefix, "examples")
PYTHON = ENVIRONMENT / "bin" / "python"
NEWEST_DJANGO = Path(sys.prefix, "newest-django", "bin", "python")
OLD_DJANGO = ENVIRONMENT / "django-5.2"
OLD_PYTEST = ENVIRONMENT / "pytest-8"
CHROMIUM = Path(os.environ.get("MAILSINK_CHROMIUM", "/usr/bin/chromium"))

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="the samples' environment is missing: make test")


def run(
    folder: Path, *arguments: str, paths: tuple[Path, ...] = (), python: Path = PYTHON, **more: str
) -> str:
    """Run the suite in *folder*, with *more* in the environment; return what pytest said.

    Fails if it failed.
    """
    others = ("PYTEST", "PYTHON", "COV", "MAILSINK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    done = subprocess.run(
        [python, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1", **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "late mail" not in done.stdout
    assert "Using --randomly-seed" in done.stdout
    return done.stdout


@pytest.fixture
def sample(tmp_path):
    """A sample by its name, where it may write."""

    def copied(name: str) -> Path:
        return Path(shutil.copytree(HERE / name, tmp_path / name))

    return copied


SAMPLES = [
    "async_shop",
    "celery_shop",
    "fastapi_mail_shop",
    "flask_mail_shop",
    "flask_mailman_shop",
    "smtplib_process",
]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_passes(sample, name):
    assert "pytest-8." not in run(sample(name))


@pytest.mark.parametrize("name", [*SAMPLES, "django_shop"])
def test_a_sample_passes_with_pytest_8(sample, name):
    assert "pytest-8." in run(sample(name), paths=(OLD_PYTEST,))


def test_the_sample_passes_with_django_5_2(sample):
    assert "django: version: 5.2" in run(sample("django_shop"), paths=(OLD_DJANGO,))


@pytest.mark.skipif(
    not NEWEST_DJANGO.exists(),
    reason="the newest Django needs Python 3.12 or newer: make test NEWER_PYTHON=python3.13",
)
@pytest.mark.parametrize(
    ("settings", "paths"),
    [("shop.settings", (OLD_PYTEST,)), ("shop.mailers", ())],
    ids=["EMAIL, pytest 8", "MAILERS, pytest 9"],
)
def test_the_sample_passes_with_the_newest_django(sample, settings, paths):
    said = run(sample("django_shop"), f"--ds={settings}", paths=paths, python=NEWEST_DJANGO)

    assert "django: version: 6" in said
    assert ("pytest-8." in said) == bool(paths)


@pytest.mark.parametrize("paths", [(), (OLD_PYTEST,)], ids=["pytest 9", "pytest 8"])
def test_the_sample_with_a_browser_passes_over_a_running_server(sample, paths):
    if not CHROMIUM.exists():
        sentence = f"Chromium is not at {CHROMIUM}: install it, or name it in MAILSINK_CHROMIUM."
        if os.environ.get("MAILSINK_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)

    with running() as url:
        said = run(sample("playwright_shop"), paths=paths, MAILSINK_URL=url, CHROMIUM=str(CHROMIUM))

    assert ("pytest-8." in said) == bool(paths)


def test_the_page_shows_the_sample_with_a_browser():
    [block] = blocks(ROOT / "docs/pytest.md", "py")

    assert (HERE / "playwright_shop/test_shop.py").read_text("utf-8").startswith(block.code)


def test_a_run_around_a_sample_catches_its_mail(sample):
    wanted = ("rcpt:alice@example.com subject:reset", "rcpt:reader5@example.com subject:digest")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    around = [PYTHON, "-m", "mailsink", "run", *(f"--expect={one}" for one in wanted)]
    done = subprocess.run(
        [*around, "--", PYTHON, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=sample("django_shop"),
        env={**kept, "PYTHONPATH": str(OLD_DJANGO), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.startswith("mailsink: caught 8 messages\n")
