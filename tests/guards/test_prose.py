"""What we write is for everybody: no machine's paths, no registries, none of the words we avoid."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from guards.sources import ROOT, files, pages

WRITTEN = tuple(
    files("", ".md", ".py", ".toml", ".txt", ".html", ".css", ".js", ".json", ".svg", ".yml", ".yaml")
)
CODE = tuple(files(".py"))

# Written in pieces, so that this file passes.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "regi" + "stry.", "cr" + "ates.io"]
# Where somebody's checkout lies.
MACHINES = ["/wo" + "rk/", "/ro" + "ot/", "/opt/" + "wheels", "/ho" + "me/", "/Us" + "ers/"]
# They make a reader feel slow and say nothing.
AVOIDED = re.compile(r"\b(simply|just|easily|obviously|of course)\b", re.IGNORECASE)
# RFC 2606 and RFC 6761 keep these for documentation and tests.
RESERVED = re.compile(r"(^|\.)(example\.(org|com|net)|example|test|invalid|localhost)$")
ADDRESS = re.compile(r"[\w.+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_no_package_registry_is_addressed(path):
    text = path.read_text("utf-8").lower()

    assert [word for word in REGISTRIES if word in text] == []


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_no_path_of_a_machine_is_named(path):
    text = path.read_text("utf-8")

    assert [word for word in MACHINES if word in text] == []


@pytest.mark.parametrize("page", pages(), ids=named)
def test_pages_avoid_words_that_say_nothing(page):
    found = [
        f"{number}: {line}"
        for number, line in enumerate(without_code(page.read_text("utf-8")).splitlines(), start=1)
        if AVOIDED.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("path", CODE, ids=named)
def test_docstrings_and_comments_avoid_them_too(path):
    found = [f"{line}: {text}" for line, text in prose_of(path) if AVOIDED.search(text)]

    assert found == []


@pytest.mark.parametrize("page", pages(), ids=named)
def test_addresses_in_pages_are_reserved_ones(page):
    domains = ADDRESS.findall(page.read_text("utf-8"))

    assert [domain for domain in domains if not RESERVED.search(domain)] == []


def without_code(text: str) -> str:
    """*text* with its fenced blocks and code spans blanked, on the same lines."""
    text = re.sub(r"```.*?```", lambda found: "\n" * found.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """The docstrings and comments of a Python file, with their lines."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring and path != Path(__file__):
                yield getattr(node, "lineno", 1), docstring
