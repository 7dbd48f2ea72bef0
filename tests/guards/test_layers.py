"""Imports point one way, and heavy libraries stay in their homes.

Imports inside functions and under TYPE_CHECKING count too: they are dependencies all the same.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from guards.sources import Module, modules

# A module may import from its own row and from the rows above it. A package stands for all of its modules.
LAYERS = (
    ("mailsink.errors", "mailsink.model"),
    (
        "mailsink.activity",
        "mailsink.address",
        "mailsink.by_name",
        "mailsink.charsets",
        "mailsink.clock",
        "mailsink.environment",
        "mailsink.exposition",
        "mailsink.meters",
        "mailsink.passwords",
        "mailsink.retention",
        "mailsink.webhooks.hook",
        "mailsink.webhooks.signature",
        "mailsink.words",
    ),
    (
        "mailsink.fault_checks",
        "mailsink.fault_text",
        "mailsink.fault_words",
        "mailsink.faults",
        "mailsink.patterns",
        "mailsink.presets",
        "mailsink.scoped_faults",
    ),
    ("mailsink.fields", "mailsink.markup", "mailsink.mime", "mailsink.parts"),
    ("mailsink.display", "mailsink.extract", "mailsink.picking"),
    ("mailsink.message",),
    ("mailsink.attempts", "mailsink.composing", "mailsink.policy", "mailsink.sockets"),
    ("mailsink.conditions", "mailsink.options", "mailsink.providers", "mailsink.query", "mailsink.settings"),
    ("mailsink.glance", "mailsink.listening", "mailsink.nearness", "mailsink.query_fields"),
    ("mailsink.events", "mailsink.explain", "mailsink.query_text"),
    ("mailsink.archive", "mailsink.store"),
    ("mailsink.capturing", "mailsink.lookout", "mailsink.waiting", "mailsink.webhooks"),
    ("mailsink.awaiting", "mailsink.inbox", "mailsink.sessions", "mailsink.smtp"),
    ("mailsink.client", "mailsink.inboxes", "mailsink.mcp", "mailsink.sink"),
    ("mailsink.testing",),
    ("mailsink",),
    ("mailsink_web",),
    ("mailsink.commands",),
    ("mailsink.cli",),
    ("mailsink.__main__",),
)
# The plugin is built on what any user could build on; types may come from elsewhere.
PLUGIN_MAY_IMPORT = {
    "mailsink",
    "mailsink.client",
    "mailsink.sink",
    "mailsink.testing",
    "mailsink_web.server",
}

# Third-party libraries, and asyncio, which costs as much; where they may be imported.
HOMES = {
    "PIL": {"mailsink_web.compat.mailpit.thumbnails"},
    "aiosmtpd": {"mailsink.smtp"},
    "anyio": {"mailsink.mcp.server"},
    "asyncio": {"mailsink.smtp"},
    "click": {"mailsink.cli", "mailsink.commands", "mailsink.settings"},
    "cryptography": {"mailsink.smtp"},
    "django": {"mailsink.testing.django"},
    "flask": {"mailsink_web"},
    "jinja2": {"mailsink_web"},
    "markupsafe": {"mailsink_web"},
    "mcp": {"mailsink.mcp.server"},
    "msgspec": {
        "mailsink.archive.facts",
        "mailsink.client",
        "mailsink_web",
        "mailsink.store.codec",
        "mailsink.webhooks",
    },
    "pytest": {"pytest_mailsink"},
    "selectolax": {"mailsink.testing.elements"},
    "sqlite3": {"mailsink.store"},
    "starlette": {"mailsink.mcp.server"},
    "trustme": {"mailsink.smtp"},
    "uvicorn": {"mailsink.mcp.server"},
    "uvloop": {"mailsink.smtp.loops"},
    "werkzeug": {"mailsink_web"},
    "wsproto": {"mailsink_web.compat.websocket"},
    "yaml": {"mailsink.fault_text"},
}
# Known to type checkers only.
STUBS = {"_typeshed"}

MODULES = modules()
NAMES = {module.name for module in MODULES}


@dataclass(frozen=True, slots=True)
class Import:
    target: str
    line: int
    at_top: bool
    for_types: bool


def imports(module: Module) -> Iterator[Import]:
    """Every import in *module*, as the most exact module name that is meant."""
    tree = ast.parse(module.file.read_text("utf-8"))
    inner = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.walk(node)
    }
    typing = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in targets(module, node):
                yield Import(target, node.lineno, id(node) not in inner | typing, id(node) in typing)


def targets(module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parts = module.name.split(".")
        depth = node.level - module.is_package
        base = ".".join([*parts[: len(parts) - depth], *([base] if base else [])])
    for alias in node.names:
        inside = f"{base}.{alias.name}"
        yield inside if inside in NAMES else base


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def is_ours(name: str) -> bool:
    return name.split(".")[0] in {"mailsink", "mailsink_web", "pytest_mailsink"}


def row(name: str) -> int | None:
    """The number of the layer that *name* belongs to; the longest entry that fits decides."""
    best: tuple[int, int] | None = None
    for number, layer in enumerate(LAYERS):
        for entry in layer:
            # "mailsink" is the package's own file, not all that lies in it.
            fits = name == entry if entry == "mailsink" else within(name, entry)
            if fits and (best is None or len(entry) > best[0]):
                best = (len(entry), number)
    return None if best is None else best[1]


@pytest.fixture(params=MODULES, ids=lambda module: module.name)
def module(request: pytest.FixtureRequest) -> Module:
    return request.param


def test_every_module_has_a_layer(module):
    known = within(module.name, "pytest_mailsink") or row(module.name) is not None

    assert known, f"{module.name} is in no row of LAYERS: add it to the row that its imports allow"


def test_imports_point_to_lower_layers_only(module):
    # The plugin is in no layer; the next test holds what it may import.
    own = len(LAYERS) if within(module.name, "pytest_mailsink") else row(module.name)

    wrong = [
        f"{module.file}:{found.line} imports {found.target}"
        for found in imports(module)
        if is_ours(found.target)
        and not within(found.target, "pytest_mailsink")
        and (row(found.target) is None or own is None or row(found.target) > own)
    ]

    assert wrong == []


def test_the_plugin_is_built_on_the_public_parts_only():
    wrong = [
        f"{module.file}:{found.line} imports {found.target}"
        for module in MODULES
        if within(module.name, "pytest_mailsink")
        for found in imports(module)
        if is_ours(found.target)
        and not found.for_types
        and not within(found.target, "pytest_mailsink")
        and found.target not in PLUGIN_MAY_IMPORT
    ]

    assert wrong == []


def test_libraries_are_imported_in_their_homes_only(module):
    wrong = []
    for found in imports(module):
        library = found.target.split(".")[0]
        if is_ours(library) or (found.for_types and library in STUBS):
            continue
        if library in HOMES:
            if not any(within(module.name, home) for home in HOMES[library]):
                wrong.append(f"{module.file}:{found.line} imports {library}, whose home is {HOMES[library]}")
        elif library not in sys.stdlib_module_names:
            wrong.append(f"{module.file}:{found.line} imports {library}, which has no home in HOMES")

    assert wrong == []


def test_there_are_no_import_cycles():
    graph = {
        module.name: {
            found.target
            for found in imports(module)
            if found.at_top and found.target in NAMES and found.target != module.name
        }
        for module in MODULES
    }

    assert cycle(graph) is None


def cycle(graph: dict[str, set[str]]) -> tuple[str, ...] | None:
    """Some modules that import each other in a ring, or ``None``."""
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> tuple[str, ...] | None:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return None
        path.append(name)
        for target in sorted(graph[name]):
            if found := visit(target):
                return found
        path.pop()
        done.add(name)
        return None

    return next(filter(None, map(visit, sorted(graph))), None)


def test_a_cycle_is_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ("b", "c", "b")


def test_relative_imports_are_understood():
    store, memory = (named(name) for name in ("mailsink.store", "mailsink.store.memory"))
    parent = ast.parse("from ..events import Events").body[0]
    sibling = ast.parse("from . import contract").body[0]

    assert list(targets(memory, parent)) == ["mailsink.events"]
    assert list(targets(memory, sibling)) == ["mailsink.store.contract"]
    assert list(targets(store, sibling)) == ["mailsink.store.contract"]


def named(name: str) -> Module:
    return next(module for module in MODULES if module.name == name)
