"""Sample projects whose suites pass, in two workers and in random order, in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENVIRONMENT = Path(sys.prefix, "examples")
PYTHON = ENVIRONMENT / "bin" / "python"
OLD_DJANGO = ENVIRONMENT / "django-5.2"
OLD_PYTEST = ENVIRONMENT / "pytest-8"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="the samples' environment is missing: make test")


def run(folder: Path, *arguments: str, paths: tuple[Path, ...] = ()) -> str:
    """Run the suite in *folder*; return what pytest said. Fails if it failed."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "COV"))
    }
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
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
    assert "pytest-8" not in run(sample(name))


@pytest.mark.parametrize("name", [*SAMPLES, "django_shop"])
def test_a_sample_passes_with_pytest_8(sample, name):
    assert "pytest-8" in run(sample(name), paths=(OLD_PYTEST,))


def test_the_sample_passes_with_django_5_2(sample):
    assert "django: version: 5.2" in run(sample("django_shop"), paths=(OLD_DJANGO,))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the newest Django needs Python 3.12")
@pytest.mark.parametrize("settings", ["shop.settings", "shop.mailers"])
def test_the_sample_passes_with_the_newest_django(sample, settings):
    said = run(sample("django_shop"), f"--ds={settings}")

    assert "django: version: 5" not in said
