"""What users can reach is documented, what is documented is there, and the examples work."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from guards.sources import PROJECT, ROOT, blocks, files, pages, write_tests

from mailsink.cli import cli
from mailsink.options import OPTIONS
from mailsink.query_text import FIELDS, HAS, IS
from mailsink.sink import Sink

DOCS = ROOT / "docs"
PAGES = pages()
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def entries(page: str) -> list[str]:
    """The code that opens a heading or the first cell of a row, one entry for each code span."""
    found = []
    for line in (DOCS / page).read_text("utf-8").splitlines():
        if line.startswith("#"):
            found += re.findall(r"`([^`]+)`", line)
        elif line.startswith("|"):
            found += re.findall(r"`([^`]+)`", re.split(r"(?<!\\)\|", line)[1])
    return [entry.replace("\\|", "|") for entry in found]


def rows(page: str) -> list[list[str]]:
    lines = (DOCS / page).read_text("utf-8").splitlines()
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]


@pytest.fixture(scope="module")
def routes():
    from mailsink_web.app import create_app

    with Sink() as sink:
        app = create_app(sink)
        return {
            (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
            for rule in app.url_map.iter_rules()
            if not rule.endpoint.startswith("emulated ")  # test_compatibility_docs.py looks at these
            for method in rule.methods - {"HEAD", "OPTIONS"}
        }


def test_every_command_has_an_entry():
    named = {entry.removeprefix("mailsink ") for entry in entries("cli.md")}
    prose = (DOCS / "cli.md").read_text("utf-8")

    assert [name for name in cli.commands if name not in named and f"`mailsink {name}`" not in prose] == []


def test_every_option_of_a_command_has_an_entry():
    documented = {entry.split()[0] for entry in entries("cli.md")}
    offered = {
        max(parameter.opts, key=len)
        for command in cli.commands.values()
        for parameter in command.params
        if parameter.param_type_name == "option"
    }

    assert offered - {"--help"} - documented == set()


def test_every_option_in_the_docs_is_offered():
    documented = {entry.split()[0] for entry in entries("cli.md") if entry.startswith("--")}
    offered = {
        opt for command in cli.commands.values() for parameter in command.params for opt in parameter.opts
    }

    assert documented - offered == set()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_options_row_tells_form_variable_and_default(option):
    form = f"`{option.flag} {option.metavar}".rstrip() + "`"
    default = ", ".join(option.default) if isinstance(option.default, tuple) else option.default
    shown = "off" if option.is_switch else f"`{default}`" if default else "none"

    (row,) = [cells for cells in rows("cli.md") if cells[0].strip().replace("\\|", "|") == form]

    assert row[1].strip() == f"`{option.variable}`"
    assert row[2].strip() == shown
    assert ("Repeatable" in row[3]) == option.repeatable


def test_every_route_of_the_api_has_an_entry(routes):
    offered = {f"{method} {path}" for method, path in routes if path.startswith("/api/")}

    assert offered
    assert offered - set(entries("http-api.md")) == set()


def test_every_route_in_the_docs_is_there(routes):
    offered = {f"{method} {path}" for method, path in routes}
    documented = {entry for entry in entries("http-api.md") if re.match(r"[A-Z]+ /", entry)}

    assert documented - offered == set()


def test_every_page_has_a_row(routes):
    offered = {
        re.sub(r"{\w+}", "{id}", path)
        for method, path in routes
        if method == "GET" and not path.startswith(("/api/", "/static/"))
    }

    assert offered - set(entries("browser.md")) == set()


def test_every_measurement_has_a_row():
    from prometheus_client.parser import text_string_to_metric_families

    from mailsink_web.app import create_app

    with Sink() as sink:
        sink.store.outbox()
        body = create_app(sink).test_client().get("/metrics").text
    suffixes = {"counter": "_total"}
    offered = {f"{f.name}{suffixes.get(f.type, '')}" for f in text_string_to_metric_families(body)}

    assert offered == {name for name in entries("metrics.md") if re.fullmatch(r"[a-z_]+", name)}


def test_every_key_of_the_page_has_a_row():
    script = (ROOT / "web/mailsink_web/static/js/commands.js").read_text("utf-8")
    keys = {
        key
        for listed in re.findall(r"(?:keys: |VIEWS = )\[(.*?)\](?:[,;])", script)
        for key in re.findall(r'"(.+?)"', listed)
    }

    assert {"/", "j", "Escape", "7", "g i"} <= keys
    assert keys - set(entries("browser.md")) == set()


def test_every_extra_has_a_row():
    assert set(PROJECT["project"]["optional-dependencies"]) - set(entries("install.md")) == set()


def test_every_field_of_the_search_language_has_a_row():
    fields = {f"{name}:" for name in FIELDS} | {f"has:{word}" for word in HAS} | {f"is:{word}" for word in IS}

    assert {entry for entry in entries("search.md") if ":" in entry} == fields


def test_every_condition_of_the_fixture_has_a_row():
    from mailsink.query import Words

    assert set(Words.__annotations__) - set(entries("pytest.md")) == set()


class Recorder:
    """Takes down what a plugin tells pytest's parser."""

    def __init__(self):
        self.names = set()

    def getgroup(self, *_):
        return self

    def addini(self, name, *_, **__):
        self.names.add(name)

    def addoption(self, *flags, **_):
        self.names.add(max(flags, key=len))


def test_every_fixture_and_setting_of_the_plugin_has_a_row():
    from pytest_mailsink import plugin

    settings = Recorder()
    plugin.pytest_addoption(settings)
    source = (ROOT / "pytest_plugin/pytest_mailsink/plugin.py").read_text("utf-8")
    fixtures = set(re.findall(r"@pytest\.fixture.*\n(?:async )?def (\w+)", source))

    assert fixtures
    assert settings.names
    assert fixtures | settings.names <= set(entries("pytest.md"))


def test_every_extension_and_mechanism_of_the_server_has_a_row():
    from mailsink.policy import EXTENSIONS, MECHANISMS

    assert set(EXTENSIONS) | set(MECHANISMS) <= {cells[0].strip() for cells in rows("smtp.md")}


def test_the_examples_pass(tmp_path):
    for page in PAGES:
        if page.is_relative_to(DOCS):
            for block in blocks(page, "python"):
                write_tests(block, tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_reached_from_the_index():
    index = (DOCS / "index.md").read_text("utf-8")

    missing = [
        page.name for page in sorted(DOCS.glob("*.md")) if page.name != "index.md" and page.name not in index
    ]

    assert missing == []


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_short_and_has_its_four_parts(page):
    lines = page.read_text("utf-8").splitlines()

    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", page.stem)
    assert len(lines) <= 60
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
        "## Rejected",
    ]


def test_pictures_are_used():
    text = "\n".join(page.read_text("utf-8") for page in PAGES)

    assert [picture.name for picture in files(".png", ".svg", under=DOCS) if picture.name not in text] == []
