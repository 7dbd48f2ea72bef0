"""Every operation of an emulated API has a row in docs/compatibility.md, and every row an operation."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from guards.sources import ROOT

from mailsink_web.emulated import PEERS

PAGE = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
STATUSES = {"whole", "part", "shape only", "refused"}


def rows(peer: str) -> list[list[str]]:
    section = next(text for name, text in SECTIONS.items() if name.lower() == peer)
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("peer", PEERS)
def test_every_operation_has_a_row(peer):
    operations = import_module(f"mailsink_web.compat.{peer}").peer.operations

    documented = [cells[0].strip("`") for cells in rows(peer)]

    assert sorted(documented) == sorted(operations)


@pytest.mark.parametrize("peer", PEERS)
def test_every_row_has_a_status(peer):
    assert {cells[1] for cells in rows(peer)} <= STATUSES


@pytest.mark.parametrize("peer", PEERS)
def test_every_peer_has_an_address(peer):
    assert f"`http://127.0.0.1:8025/{peer}`" in PAGE
