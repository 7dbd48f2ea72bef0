from __future__ import annotations

import itertools
from types import SimpleNamespace
from unittest import mock

import pytest

from mailsink.testing.changes import set_attributes, set_items


def test_items_are_put_back_or_taken_out_again():
    target = {"host": "smtp.example.org"}

    undo = set_items(target, {"host": "127.0.0.1", "port": 25})

    assert target == {"host": "127.0.0.1", "port": 25}
    undo()
    undo()
    assert target == {"host": "smtp.example.org"}


def test_attributes_are_put_back():
    target = SimpleNamespace(host="smtp.example.org")

    undo = set_attributes(target, {"host": "127.0.0.1"})

    assert target.host == "127.0.0.1"
    undo()
    assert target.host == "smtp.example.org"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_changes_of_one_place_may_end_in_any_order(order):
    target = {"host": "smtp.example.org"}
    undo = [set_items(target, {"host": f"{number}", "port": number}) for number in range(3)]

    for number in order:
        undo[number]()

    assert target == {"host": "smtp.example.org"}


def test_what_is_on_top_stays_when_one_below_it_ends():
    target = {}
    below = set_items(target, {"host": "below"})
    above = set_items(target, {"host": "above"})

    below()

    assert target == {"host": "above"}
    above()
    assert target == {}


def test_what_somebody_else_has_changed_since_is_theirs():
    target = {}
    undo = set_items(target, {"host": "ours", "port": 25})
    target["host"] = "theirs"
    del target["port"]

    undo()

    assert target == {"host": "theirs"}


def test_what_somebody_else_takes_away_with_theirs_is_not_brought_back():
    target = {}
    with mock.patch.dict(target, {"host": "theirs"}):
        undo = set_items(target, {"host": "ours"})

    undo()

    assert target == {}


def test_a_mapping_may_keep_what_it_is_given_in_another_form():
    class Texts(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, str(value))

    target = Texts(port="587")

    undo = set_items(target, {"port": 25})

    assert target == {"port": "25"}
    undo()
    assert target == {"port": "587"}
