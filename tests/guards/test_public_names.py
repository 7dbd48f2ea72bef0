"""What is public is named, sorted, documented, and written down for users."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re

import pytest
from guards.sources import ROOT, modules, pages

import mailsink

MODULES = [module.name for module in modules()]


def order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then the rest: the order that the linter keeps."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name.lstrip("_")[:1].isupper() else 2, name)


def in_backticks(name: str, text: str) -> bool:
    """True when *text* shows *name* as code: alone, called, or at the start of an expression."""
    return re.search(rf"`(?:mailsink\.)?{re.escape(name)}\b[^`\n]*`", text) is not None


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted(name):
    module = importlib.import_module(name)
    listed = list(getattr(module, "__all__", []))

    assert listed == sorted(listed, key=order)


@pytest.mark.parametrize("name", MODULES)
def test_all_names_what_is_there_once(name):
    module = importlib.import_module(name)
    listed = list(getattr(module, "__all__", []))

    assert [entry for entry in listed if not hasattr(module, entry)] == []
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_what_a_module_imports_from_another_is_in_its_all(module):
    wrong = []
    for node in ast.walk(ast.parse(module.file.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        package = module.name if module.is_package else module.name.rpartition(".")[0]
        source = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
        if source not in MODULES:
            continue
        listed = getattr(importlib.import_module(source), "__all__", [])
        wrong += [
            f"{source}.{alias.name}"
            for alias in node.names
            if alias.name not in listed and f"{source}.{alias.name}" not in MODULES
        ]

    assert wrong == []


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_holds(name):
    assert (importlib.import_module(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", [name for name in mailsink.__all__ if not name.startswith("__")])
def test_a_public_name_has_a_docstring(name):
    value = getattr(mailsink, name)
    own = (vars(value).get("__doc__") if isinstance(value, type) else value.__doc__) or ""

    # A dataclass without one gets its signature for a docstring.
    assert own.strip()
    assert not own.startswith(f"{name}(")


@pytest.mark.parametrize("name", mailsink.__all__)
def test_a_public_name_is_in_the_docs(name):
    docs = [page for page in pages() if page.is_relative_to(ROOT / "docs")]

    assert any(in_backticks(name, page.read_text("utf-8")) for page in docs)


@pytest.mark.parametrize("name", mailsink.__all__)
def test_a_public_name_is_in_the_changelog(name):
    assert in_backticks(name, (ROOT / "CHANGELOG.md").read_text("utf-8"))


def test_the_version_is_the_distributions():
    text = (ROOT / "pyproject.toml").read_text("utf-8")

    assert f'version = "{mailsink.__version__}"' in text
