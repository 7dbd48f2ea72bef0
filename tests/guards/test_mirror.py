"""The tests mirror the code: one test file per module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from guards.sources import PACKAGES, ROOT, Module, modules

TESTS = ROOT / "tests"
# Where the tests of a package lie, by the folder that it lies in.
BESIDE = {
    "mailsink": TESTS,
    "web/mailsink_web": TESTS / "web",
    "pytest_plugin/pytest_mailsink": TESTS / "plugin",
}
# Folders of tests that belong to no single module.
OTHER = ("acceptance", "bench", "browser", "examples", "guards", "interop", "typing")


def mirror_of(module: Module) -> Path:
    """``mailsink/store/sqlite.py`` is tested by ``tests/store/test_sqlite.py``."""
    inner = module.file.relative_to(ROOT / module.home)
    return BESIDE[module.home] / inner.parent / f"test_{inner.name}"


# A package's own file only gathers names, and __main__ only calls the command.
TESTED = [module for module in modules() if module.file.name not in ("__init__.py", "__main__.py")]


def test_every_package_has_a_folder_of_tests():
    assert set(BESIDE) == set(PACKAGES)


@pytest.mark.parametrize("module", TESTED, ids=lambda module: module.name)
def test_every_module_has_a_test_file(module):
    expected = mirror_of(module)

    assert expected.is_file(), f"{module.name} is not tested: write {expected.relative_to(ROOT)}"


def test_a_test_file_of_several_modules_says_what_it_holds():
    mirrors = {mirror_of(module) for module in modules()}

    silent = [
        path.relative_to(ROOT).as_posix()
        for path in TESTS.rglob("test_*.py")
        if path.relative_to(TESTS).parts[0] not in OTHER
        and path not in mirrors
        and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == [], "named after no module: rename it after one, or say in its docstring what it tests"
