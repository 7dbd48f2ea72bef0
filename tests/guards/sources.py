"""Where the sources are, for the guard tests."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = ("mailsink", "web/mailsink_web", "pytest_plugin/pytest_mailsink")

# Built from what is written here, or left by tools.
NOT_WRITTEN = {"build", "dist", "htmlcov", "node_modules", "__pycache__"}
HIDDEN_AND_WRITTEN = {".ci", ".gitignore"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A Python file of ours: its dotted *name*, its *file*, and the packages' *home* it lies in."""

    name: str
    file: Path
    home: str

    @property
    def is_package(self) -> bool:
        return self.file.name == "__init__.py"


def modules() -> tuple[Module, ...]:
    """Every module of the three packages, sorted by name."""
    found = []
    for home in PACKAGES:
        package = ROOT / home
        for file in package.rglob("*.py"):
            parts = (package.name, *file.relative_to(package).with_suffix("").parts)
            name = ".".join(parts).removesuffix(".__init__")
            found.append(Module(name=name, file=file, home=home))
    return tuple(sorted(found, key=lambda module: module.name))


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Every file that somebody wrote, with one of *suffixes*, sorted."""
    for path in sorted(under.iterdir()):
        hidden = path.name.startswith(".") and path.name not in HIDDEN_AND_WRITTEN
        if hidden or path.name in NOT_WRITTEN:
            continue
        if path.is_dir():
            yield from files(*suffixes, under=path)
        elif path.suffix in suffixes:
            yield path


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page: its *language*, its *code*, and the *line* where its code begins."""

    page: Path
    line: int
    language: str
    code: str

    @property
    def name(self) -> str:
        """``docs_pytest_12``: the page and the line."""
        page = self.page.relative_to(ROOT).with_suffix("")
        return "_".join((*page.parts, str(self.line))).lower().replace("-", "_")


def blocks(page: Path, *languages: str) -> tuple[Block, ...]:
    """The fenced blocks of *page* in one of *languages*, in order."""
    found = []
    lines = page.read_text("utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    for start, end in zip(fences[::2], fences[1::2], strict=True):
        language = lines[start].removeprefix("```").strip()
        if language in languages:
            code = "\n".join(lines[start + 1 : end]) + "\n"
            found.append(Block(page=page, line=start + 2, language=language, code=code))
    return tuple(found)


def write_tests(block: Block, folder: Path) -> Path:
    """Write *block* as a test file: as it stands if it holds tests, else inside one."""
    code = block.code
    if "def test_" not in code:
        code = "def test_example():\n" + textwrap.indent(code, "    ")
    file = folder / f"test_{block.name}.py"
    file.write_text(code, "utf-8")
    return file


def pages() -> tuple[Path, ...]:
    """The pages that users read."""
    return tuple(files(".md"))
