"""The page on faults: its tables are the code's, its files can be read, and nothing is left out."""

from __future__ import annotations

import tomllib

import pytest
import yaml
from guards.fault_table import PAGE, tables, written
from guards.sources import blocks

from mailsink.fault_text import read_rules
from mailsink.fault_words import PER, TLS_TROUBLES
from mailsink.faults import Rule
from mailsink.presets import PRESETS
from mailsink.providers import PROVIDERS

TEXT = PAGE.read_text("utf-8")
READ = {"toml": tomllib.loads, "yaml": yaml.safe_load}
FILES = blocks(PAGE, *READ)


def test_the_tables_are_those_of_the_code():
    assert written() == tables(), "run: python tests/guards/fault_table.py"


def test_there_are_examples_of_both_kinds_of_file():
    assert {block.language for block in FILES} == {"toml", "yaml"}


@pytest.mark.parametrize("block", FILES, ids=lambda block: block.name)
def test_an_example_file_can_be_read(block):
    assert read_rules(READ[block.language](block.code))


def test_every_condition_is_named():
    conditions = set(Rule.__dataclass_fields__) - {"fault"}

    assert [word for word in conditions if f"`{word}`" not in TEXT] == []


@pytest.mark.parametrize(
    "words", [PER, TLS_TROUBLES, PRESETS, PROVIDERS], ids=["per", "tls", "presets", "providers"]
)
def test_every_word_is_named(words):
    assert [word for word in words if f"`{word}`" not in TEXT] == []


def test_every_setting_of_a_preset_is_named():
    rows = {line.split("|")[1].strip(" `"): line for line in TEXT.splitlines() if line.startswith("| `")}

    for name, function in PRESETS.items():
        settings = set(function.__kwdefaults__) - {"inbox"}
        assert [word for word in settings if f"`{word}=" not in rows[name]] == [], name


def test_every_refusal_of_a_provider_is_named():
    ids = [rule.id for profile in PROVIDERS.values() for rule in profile.rules]

    assert [rule_id for rule_id in ids if f"`{rule_id}`" not in TEXT] == []
